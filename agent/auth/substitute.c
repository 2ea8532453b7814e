#include "substitute.h"

#include "substituteplace.h"

#include <errno.h>

/* A person who could come with a key today, and only forgot it. Somebody who has to be witnessed
 * would be let in by two of the staff without showing anything. */
static enum failure judge_person(const struct standing *first, uint32_t today)
{
	const struct roster_person *person = &first->person;
	const struct roster_period *period =
		roster_period_on(person->periods, person->n_periods, today);

	if (first->n_usable == 0 || (person->n_periods > 0 && !period) ||
	    (period && period->terms.witnessed))
		return FAILURE_SUBSTITUTE_USER;
	return FAILURE_NONE;
}

static int count_before(const struct substitute *substitute, uint32_t today, uint32_t *ret_count)
{
	struct substituteplace place;
	int r = substituteplace_peek(*substitute->counters, substitute->second->user, &place);

	*ret_count = r == 0 && place.day == today ? place.count : 0;
	return r == -ENOENT ? 0 : r;
}

enum failure substitute_run(struct substitute *substitute)
{
	struct secondperson *second = substitute->second;
	const uint32_t today = roster_today();
	enum failure failure;
	uint32_t before;

	substitute->chosen = true;
	failure = secondperson_run(second, ROSTER_MAY_SUBSTITUTE, MESSAGE_VOUCHER);
	/* Told to nobody but a colleague who may vouch. */
	if (failure == FAILURE_NONE)
		failure = judge_person(second->first, today);
	if (failure == FAILURE_NONE && today != roster_today())
		failure = FAILURE_SUBSTITUTE_LATE;
	if (failure == FAILURE_NONE && count_before(substitute, today, &before) < 0)
		failure = FAILURE_COUNTER_STORE;
	if (failure == FAILURE_NONE)
		failure = substituteplace_use(*substitute->counters, second->user, today, before,
					      &substitute->count);
	return failure;
}

void substitute_describe(const struct substitute *substitute, struct event *event)
{
	if (!substitute->chosen)
		return;
	event_set(event, "factor", "substitute");
	event_set(event, "method", "here");
}

void substitute_describe_use(const struct substitute *substitute, struct event *event)
{
	event_set(event, "voucher", substitute->second->name);
	secondperson_describe_key(substitute->second, event);
	event_set(event, "method", "here");
	event_set_number(event, "count", substitute->count);
}
