#include "unheard.h"

static struct record_counters since(const struct unheard *unheard,
				    const struct record_counters *counters)
{
	return (struct record_counters){
		.strangers = counters->strangers - unheard->told.strangers,
		.overflow = counters->overflow - unheard->told.overflow,
		.limited = counters->limited - unheard->told.limited,
		.stray = counters->stray - unheard->told.stray,
		.garbage = counters->garbage - unheard->told.garbage,
		.expired = counters->expired - unheard->told.expired,
	};
}

static bool is_none(const struct record_counters *counters)
{
	return counters->strangers + counters->overflow + counters->limited + counters->stray +
		       counters->garbage + counters->expired ==
	       0;
}

bool unheard_take(struct unheard *unheard, const struct record_counters *counters, int64_t now,
		  struct record_counters *ret_new)
{
	struct record_counters new = since(unheard, counters);

	if (is_none(&new) || now < unheard->not_before)
		return false;
	unheard->told = *counters;
	unheard->not_before = now + unheard->interval_ms;
	*ret_new = new;
	return true;
}

int64_t unheard_deadline(const struct unheard *unheard, const struct record_counters *counters)
{
	struct record_counters new = since(unheard, counters);

	return is_none(&new) ? WIRE_NO_DEADLINE : unheard->not_before;
}

void unheard_describe(const struct unheard *unheard, const struct record_counters *new,
		      struct event *event)
{
	event_set(event, "socket", unheard->socket);
	if (new->strangers > 0)
		event_set_number(event, "strangers", new->strangers);
	if (new->overflow > 0)
		event_set_number(event, "overflow", new->overflow);
	if (new->limited > 0)
		event_set_number(event, "limited", new->limited);
	if (new->stray > 0)
		event_set_number(event, "stray", new->stray);
	if (new->garbage > 0)
		event_set_number(event, "garbage", new->garbage);
	if (new->expired > 0)
		event_set_number(event, "expired", new->expired);
}
