#include "secondperson.h"

#include "operators.h"
#include "secondkey.h"

#include <errno.h>
#include <string.h>

static enum failure ask_name(struct secondperson *second, enum message question)
{
	_cleanup_secret_ struct secret typed = {};
	const struct message_values values = {.service = second->service, .user = second->user};
	int r;

	second->asked = true;
	r = person_ask(second->person, question, true, &values,
		       wire_now() + (int64_t)second->settings->pin_wait * 1000, &typed);
	second->factor.answered = wire_now();
	if (r == -ETIMEDOUT)
		return FAILURE_SECOND_UNANSWERED;
	if (r == -ECANCELED)
		return FAILURE_CANCELLED;
	if (r < 0)
		return FAILURE_PROTOCOL;
	if (typed.length >= sizeof(second->name))
		return FAILURE_SECOND_UNKNOWN;
	memcpy(second->name, typed.bytes, typed.length);
	return FAILURE_NONE;
}

bool secondperson_may(const struct standing *standing, unsigned int right)
{
	const struct roster_person *person = &standing->person;
	const struct roster_period *period =
		roster_period_on(person->periods, person->n_periods, standing->today);

	return roster_may(person, right, standing->today) && period &&
	       roster_is_open(&period->terms, roster_minute());
}

/* FAILURE_NONE, or why nobody of that name can be the second person. The conversation goes on all
 * the same, about a made-up key. */
static enum failure judge_name(struct secondperson *second, unsigned int right)
{
	struct standing *standing = &second->standing;
	const bool known = standing->person.n_entries > 0;

	if (strcmp(second->name, second->user) == 0)
		return FAILURE_SECOND_SAME;
	if (!known)
		return FAILURE_SECOND_UNKNOWN;
	if (!secondperson_may(standing, right))
		return FAILURE_SECOND_RIGHT;
	if (standing->n_usable == 0)
		return standing_of(standing, second->settings, &standing->entries[0]);
	secondkey_drop_shared(second);
	return standing->n_usable > 0 ? FAILURE_NONE : FAILURE_SECOND_SHARED;
}

/* What is typed for nobody ends as a wrong key does; the event has the reason. */
static enum failure verify_or_tell(struct secondperson *second, enum failure why)
{
	enum failure failure;

	if (why != FAILURE_NONE)
		second->standing.n_usable = second->standing.n_unusable = 0;
	failure = secondkey_verify(second);
	if (why == FAILURE_NONE)
		return failure;
	/* Nobody's key can't have proved itself. */
	return failure == FAILURE_OTHER_KEY || failure == FAILURE_NONE ? why : failure;
}

enum failure secondperson_name(struct secondperson *second, unsigned int right,
			       enum message question, enum failure *ret_why)
{
	enum failure failure = ask_name(second, question);
	bool shared = false;

	if (failure == FAILURE_NONE)
		failure = standing_find(second->roster, second->owner, second->revoked,
					second->settings, second->name, roster_today(),
					&second->standing);
	if (failure == FAILURE_NONE)
		shared = operators_share(second->operators, second->owner, second->name) != 0;
	if (failure == FAILURE_NONE)
		*ret_why = shared ? FAILURE_SECOND_RIGHT : judge_name(second, right);
	return failure;
}

enum failure secondperson_run(struct secondperson *second, unsigned int right,
			      enum message question)
{
	enum failure why = FAILURE_BROKEN;
	enum failure failure;

	second->tally.fd = second->lockout.fd = -1;
	failure = secondperson_name(second, right, question, &why);
	if (failure == FAILURE_NONE)
		failure = lockout_open(second->state_dirfd, second->settings, false,
				       second->loginuid, second->name, &second->lockout);
	if (failure == FAILURE_NONE)
		failure = lockout_check(&second->lockout);
	if (failure == FAILURE_NONE)
		failure = lockout_settle(&second->lockout, verify_or_tell(second, why));
	lockout_close(&second->lockout);
	second->verified = failure == FAILURE_NONE;
	return failure;
}

enum failure secondperson_witness(struct secondperson *second, bool here,
				  struct message_values *values)
{
	const struct roster_person *first = &second->first->person;
	const struct roster_period *period =
		roster_period_on(first->periods, first->n_periods, roster_today());

	if (!period)
		return first->n_periods > 0 ? FAILURE_EXPIRED : FAILURE_NONE;
	if (!roster_is_open(&period->terms, roster_minute())) {
		roster_format_hours(&period->terms, second->hours);
		values->time = second->hours;
		return FAILURE_OUTSIDE_HOURS;
	}
	if (!period->terms.witnessed)
		return FAILURE_NONE;
	if (!here || !settings_accept(second->settings, "key"))
		return FAILURE_SECOND_AFAR;
	return secondperson_run(second, ROSTER_MAY_WITNESS, MESSAGE_WITNESS);
}

void secondperson_describe_key(const struct secondperson *second, struct event *event)
{
	if (second->verified)
		keyfactor_describe_key(&second->factor, event);
}

void secondperson_describe(const struct secondperson *second, struct event *event)
{
	char name[ROSTER_NAME_SIZE];

	event_set(event, "second", second->name);
	if (!second->factor.entry)
		return;
	roster_name(second->factor.entry, name);
	event_set(event, "second_credential", name);
	event_set(event, "second_label", second->factor.entry->label);
}
