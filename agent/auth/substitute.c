#include "substitute.h"

#include "counter.h"
#include "loginnote.h"
#include "substituteplace.h"
#include "telephone.h"

#include <errno.h>
#include <string.h>

/* Whether one of the person's keys would open a door today: none that may have been copied does. */
static int has_good_key(const struct standing *first, int counters, bool *ret_good)
{
	bool good = false;

	for (size_t i = 0; i < first->n_usable && !good; i++) {
		bool suspect = true;
		int r = counter_is_suspect(counters, first->entries[i].credential,
					   first->entries[i].credential_length, &suspect);

		if (r < 0)
			return r;
		good = !suspect;
	}
	*ret_good = good;
	return 0;
}

/* A person who could come with a key today, and only forgot it. */
static enum failure judge_person(const struct standing *first, int counters, uint32_t today)
{
	bool good = false;

	if (has_good_key(first, counters, &good) < 0)
		return FAILURE_COUNTER_STORE;
	return standing_suits_substitute(first, good, today) ? FAILURE_NONE
							     : FAILURE_SUBSTITUTE_USER;
}

static int count_before(const struct substitute *substitute, uint32_t today, uint32_t *ret_count)
{
	struct substituteplace place;
	int r = substituteplace_peek(*substitute->counters, substitute->second->user, &place);

	*ret_count = r == 0 && place.day == today ? place.count : 0;
	return r == -ENOENT ? 0 : r;
}

const char *substitute_words(const struct substitute *substitute)
{
	if (substitute->here && substitute->telephone)
		return SUBSTITUTE_WORD " / " SUBSTITUTE_TELEPHONE;
	if (substitute->telephone)
		return SUBSTITUTE_TELEPHONE;
	return substitute->here ? SUBSTITUTE_WORD : "";
}

bool substitute_is_meant(struct substitute *substitute, const char *typed)
{
	substitute->by_telephone =
		substitute->telephone && strcmp(typed, SUBSTITUTE_TELEPHONE) == 0;
	return substitute->by_telephone ||
	       (substitute->here && strcmp(typed, SUBSTITUTE_WORD) == 0);
}

enum failure substitute_run(struct substitute *substitute)
{
	struct secondperson *second = substitute->second;
	const uint32_t today = roster_today();
	const struct message_values values = {.service = second->service};
	enum failure failure;
	uint32_t before = 0;

	substitute->chosen = true;
	substitute->last_day = today;
	/* Before anything is asked: what is given out for a count is good for no other one. */
	if (count_before(substitute, today, &before) < 0)
		return FAILURE_COUNTER_STORE;
	failure = substitute->by_telephone
			  ? telephone_ask(substitute, today, before)
			  : secondperson_run(second, ROSTER_MAY_SUBSTITUTE, MESSAGE_VOUCHER);
	/* Told to nobody but a colleague who may vouch. */
	if (failure == FAILURE_NONE)
		failure = judge_person(second->first, *substitute->counters, today);
	if (failure == FAILURE_NONE && today != roster_today())
		failure = FAILURE_SUBSTITUTE_LATE;
	if (failure == FAILURE_NONE)
		failure = substituteplace_use(*substitute->counters, second->user, today, before,
					      &substitute->count);
	if (failure == FAILURE_NONE && loginnote_is_wanted(second->service) &&
	    person_tell(second->person, MESSAGE_SUBSTITUTE_ENDS, &values) < 0)
		failure = FAILURE_PROTOCOL;
	return failure;
}

static const char *method_of(const struct substitute *substitute)
{
	return substitute->by_telephone ? "telephone" : "here";
}

void substitute_describe(const struct substitute *substitute, struct event *event)
{
	if (!substitute->chosen)
		return;
	event_set(event, "factor", "substitute");
	event_set(event, "method", method_of(substitute));
}

void substitute_describe_use(const struct substitute *substitute, struct event *event)
{
	event_set(event, "voucher", substitute->second->name);
	secondperson_describe_key(substitute->second, event);
	event_set(event, "method", method_of(substitute));
	event_set(event, "terminal", substitute->terminal);
	event_set_number(event, "count", substitute->count);
}
