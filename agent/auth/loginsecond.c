#include "loginsecond.h"

#include "loginstate.h"

void loginsecond_introduce(struct login *login)
{
	login->second = (struct secondperson){
		.roster = login->places->roster,
		.operators = login->places->operators,
		.revoked = login->places->revoked,
		.owner = login->places->owner,
		.settings = &login->settings,
		.person = &login->person,
		.keys = login->keys,
		.state_dirfd = login->state_dirfd,
		.loginuid = login->caller.loginuid,
		.service = login->hello.service,
		.user = login->hello.user,
		.first = &login->standing,
		.first_factor = &login->factor,
	};
	login->substitute = (struct substitute){
		.here = settings_substitute(&login->settings, login->hello.service),
		.telephone = settings_telephone(&login->settings, login->hello.service),
		.second = &login->second,
		.lockout = &login->lockout,
		.group = login->places->substitutes,
		.counters = &login->tally.fd,
	};
}

/* At a shared account it is the operator beside whom somebody stands, and whose hours count. */
static enum failure take_operator(struct login *login)
{
	const struct roster_entry *entry = login->factor.entry;
	struct secondperson *second = &login->second;

	if (!login->shared.is)
		return FAILURE_NONE;
	if (!entry)
		return FAILURE_OPERATOR;
	second->user = entry->user;
	second->first = &login->operator_standing;
	return shared_person(&login->shared_places, second->settings, &login->standing, entry->user,
			     roster_now(), &login->operator_standing);
}

enum failure loginsecond_witness(struct login *login)
{
	enum failure failure = take_operator(login);
	struct keyfactor *last = login->second.asked ? &login->second.factor : &login->factor;

	if (failure != FAILURE_NONE)
		return failure;
	return secondperson_witness(&login->second, login->way == FACTORS_HERE, &last->values);
}

/* At another terminal nobody's key was asked here: the wrong answers are the person's. */
static bool is_second(const struct login *login)
{
	return login->second.asked && !login->substitute.by_telephone;
}

const char *loginsecond_last_user(const struct login *login)
{
	return is_second(login) ? login->second.name : login->hello.user;
}

const struct keyfactor *loginsecond_last_factor(const struct login *login)
{
	return login->second.asked ? &login->second.factor : &login->factor;
}

const struct lockout *loginsecond_last_lockout(const struct login *login)
{
	return is_second(login) ? &login->second.lockout : &login->lockout;
}
