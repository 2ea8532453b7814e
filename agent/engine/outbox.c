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
	bool urgent = event_rows[event->kind].weight == EVENT_URGENT;
	struct record_request *record;

	record = outbox->count < (urgent ? OUTBOX_MAX : OUTBOX_ORDINARY) ? malloc(sizeof(*record))
									 : NULL;
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

	if (outbox->lost == 0 || outbox->count >= OUTBOX_ORDINARY ||
	    event_begin(&event, EVENT_ENGINE_FAULT) < 0)
		return;
	event_set(&event, "fault", "events-lost");
	event_set_number(&event, "count", outbox->lost);
	outbox->lost = 0;
	outbox_put(outbox, &event);
}

static void drop(struct outbox *outbox, const bool gone[static OUTBOX_MAX])
{
	size_t left = 0;

	for (size_t i = 0; i < outbox->count; i++) {
		if (gone[i])
			free(outbox->waiting[i]);
		else
			outbox->waiting[left++] = outbox->waiting[i];
	}
	outbox->count = left;
}

static bool is_urgent(const struct record_request *record)
{
	enum event_kind kind;

	return event_kind_from_name(record->kind, &kind) == 0 &&
	       event_rows[kind].weight == EVENT_URGENT;
}

/* What became of those that wait. */
struct flush {
	bool appended[OUTBOX_MAX], gone[OUTBOX_MAX];
	size_t n_appended, n_refused;
};

/* In order, but that urgent ones do not wait with the others. 0, or the first error. */
static int append_all(const struct outbox *outbox, struct flush *flush)
{
	int error = 0;

	for (size_t i = 0; i < outbox->count; i++) {
		const struct record_request *record = outbox->waiting[i];
		uint64_t sequence;
		int r;

		if (error < 0 && !is_urgent(record))
			continue;
		r = journal_append(outbox->journal, record, &sequence);
		if (r == 0) {
			flush->appended[i] = true;
			flush->n_appended++;
		} else if (event_is_refused(-r)) {
			/* Will never be taken, and must not hold up the others. */
			flush->gone[i] = true;
			flush->n_refused++;
		} else if (r != -EAGAIN && !is_urgent(record)) {
			error = r;
		} else {
			return error < 0 ? error : r;
		}
	}
	return error;
}

int outbox_flush(struct outbox *outbox, int64_t now)
{
	struct flush flush = {};
	int r;

	if (outbox->count == 0 || now < outbox->retry_at)
		return outbox->error;
	r = append_all(outbox, &flush);
	if (flush.n_appended > 0) {
		int committed = journal_commit(outbox->journal);

		for (size_t i = 0; i < OUTBOX_MAX && committed == 0; i++)
			flush.gone[i] |= flush.appended[i];
		if (committed < 0)
			r = committed;
	}
	drop(outbox, flush.gone);
	outbox->lost += flush.n_refused;
	outbox->lost_total += flush.n_refused;
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
	for (size_t i = 0; i < outbox->count; i++)
		free(outbox->waiting[i]);
	outbox->count = 0;
}
