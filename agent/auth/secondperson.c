#include "secondperson.h"

#include "keysearch.h"
#include "operators.h"

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

static bool same_credential(const struct roster_entry *one, const struct roster_entry *other)
{
	return one->credential_length == other->credential_length &&
	       memcmp(one->credential, other->credential, one->credential_length) == 0;
}

/* One key may be registered for several accounts of one person: it is no second person's. */
static void drop_shared(struct secondperson *second)
{
	const struct roster_person *first = &second->first->person;
	struct standing *standing = &second->standing;
	size_t kept = 0;

	for (size_t i = 0; i < standing->n_usable; i++) {
		bool shared = false;

		for (size_t j = 0; j < first->n_entries; j++)
			shared |= same_credential(&standing->entries[i], &first->entries[j]);
		if (!shared)
			standing->entries[kept++] = standing->entries[i];
	}
	standing->n_usable = kept;
	standing->n_unusable = 0;
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
	drop_shared(second);
	return standing->n_usable > 0 ? FAILURE_NONE : FAILURE_SECOND_SHARED;
}

/* The device that signed may hold a key of the first one's as well, under another credential. Where
 * it does not tell, it must not be the one that signed for the first. */
static enum failure check_device(struct secondperson *second)
{
	const struct roster_person *first = &second->first->person;
	const char *node = second->factor.node;

	if (first->n_entries == 0)
		return FAILURE_NONE;
	keysearch_forget(&second->factor);
	if (keysearch_ask(&second->factor, first->entries, first->n_entries) != FAILURE_NONE)
		return FAILURE_CANCELLED;
	for (size_t i = 0; i < KEYS_MAX; i++) {
		const struct key *key = &second->keys->key[i];

		if (key->state != KEY_READY || strcmp(key->name, node) != 0)
			continue;
		if (key->presence == KEY_LACKS)
			return FAILURE_NONE;
		if (key->presence == KEY_UNSURE && strcmp(second->first_factor->node, node) != 0)
			return FAILURE_NONE;
		return FAILURE_SECOND_SHARED;
	}
	return FAILURE_KEY_GONE;
}

static enum failure verify(struct secondperson *second)
{
	struct keyfactor *factor = &second->factor;
	enum failure failure;

	factor->settings = second->settings;
	factor->person = second->person;
	factor->keys = second->keys;
	factor->tally = &second->tally;
	factor->lockout = &second->lockout;
	factor->strict = true;
	factor->values.service = second->service;
	failure = standing_offer(&second->standing, second->state_dirfd, second->name, factor);
	if (failure == FAILURE_NONE)
		failure = tally_open(second->state_dirfd, &second->tally);
	if (failure != FAILURE_NONE)
		return failure;
	/* The key that comes for this may just be plugged in. */
	keysearch_forget(factor);
	failure = keysearch_settle(factor, false);
	if (failure == FAILURE_NONE)
		failure = keyfactor_run(factor);
	if (failure == FAILURE_NONE)
		failure = tally_settle(&second->tally, factor->entry, factor->proof.counter);
	if (failure == FAILURE_NONE)
		failure = check_device(second);
	tally_close(&second->tally);
	return failure;
}

/* What is typed for nobody ends as a wrong key does; the event has the reason. */
static enum failure verify_or_tell(struct secondperson *second, enum failure why)
{
	enum failure failure;

	if (why != FAILURE_NONE)
		second->standing.n_usable = second->standing.n_unusable = 0;
	failure = verify(second);
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
					second->settings, second->name, &second->standing);
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
