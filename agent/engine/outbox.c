#include "outbox.h"

#include "cleanup.h"
#include "number.h"
#include "wire.h"

#include <errno.h>
#include <string.h>

/* How many events are lost with this one: those that it was to tell as a number, too. */
static uint64_t weigh(const struct event *event)
{
	static const struct {
		enum event_kind kind; /* EVENT_KIND_COUNT: all */
		const char *field;
	} numbers[] = {{EVENT_KIND_COUNT, "suppressed"},
		       {EVENT_ATTEMPT_REFUSED, "count"},
		       {EVENT_ATTEMPT_REFUSED, "missed"},
		       {EVENT_TAMPER_FOUND, "count"},
		       {EVENT_ENGINE_FAULT, "count"}};
	uint64_t sum = 1;

	for (size_t i = 0; i < ARRAY_SIZE(numbers); i++) {
		const char *text =
			json_string_value(json_object_get(event->fields, numbers[i].field));
		uint64_t number;

		if ((numbers[i].kind == EVENT_KIND_COUNT || numbers[i].kind == event->kind) &&
		    text && number_parse(text, 0, UINT64_MAX, &number) == 0)
			sum += number;
	}
	return sum;
}

void outbox_put(struct outbox *outbox, const struct event *event)
{
	struct record_request *record;

	record = outbox->count < OUTBOX_MAX ? malloc(sizeof(*record)) : NULL;
	if (!record || event_to_record(event, record) < 0) {
		free(record);
		uint64_t lost = weigh(event);

		outbox->lost += lost;
		outbox->lost_total += lost;
		return;
	}
	outbox->waiting[outbox->count++] = record;
}

/* That events were dropped is itself an event, once there is room. */
static void tell_loss(struct outbox *outbox)
{
	_cleanup_event_ struct event event = {};

	if (outbox->lost == 0 || outbox->count == OUTBOX_MAX ||
	    event_begin(&event, EVENT_ENGINE_FAULT) < 0)
		return;
	event_set(&event, "fault", "events-lost");
	event_set_number(&event, "count", outbox->lost);
	outbox->lost = 0;
	outbox_put(outbox, &event);
}

static void drop(struct outbox *outbox, size_t first, size_t count)
{
	struct record_request **begin = outbox->waiting + first;

	for (size_t i = 0; i < count; i++)
		free(begin[i]);
	outbox->count -= count;
	memmove(begin, begin + count, (outbox->count - first) * sizeof(void *));
}

int outbox_flush(struct outbox *outbox, int64_t now)
{
	size_t appended = 0, refused = 0;
	int r = 0;

	if (outbox->count == 0 || now < outbox->retry_at)
		return outbox->error;
	while (appended < outbox->count) {
		uint64_t sequence;

		r = journal_append(outbox->journal, outbox->waiting[appended], &sequence);
		if (event_is_refused(-r)) {
			/* Will never be taken, and must not hold up the others. */
			drop(outbox, appended, 1);
			refused++;
			r = 0;
			continue;
		}
		if (r < 0)
			break;
		appended++;
	}
	if (appended > 0) {
		int committed = journal_commit(outbox->journal);

		if (committed == 0)
			drop(outbox, 0, appended);
		else
			r = committed;
	}
	outbox->lost += refused;
	outbox->lost_total += refused;
	/* A full group is no failure: the rest is written in the next turn. */
	if (r == -EAGAIN)
		r = 0;
	outbox->error = r;
	outbox->retry_at = r < 0 ? now + OUTBOX_RETRY_MS : 0;
	if (r == 0)
		tell_loss(outbox);
	return r;
}

int64_t outbox_deadline(const struct outbox *outbox)
{
	return outbox->count > 0 ? outbox->retry_at : WIRE_NO_DEADLINE;
}

void outbox_release(struct outbox *outbox)
{
	drop(outbox, 0, outbox->count);
}
