/* The engine's own events on their way to the journal. They are appended when they happen and
 * flushed together once a turn; what a full or broken disk refuses waits here, up to a limit.
 * Urgent ones (event_weight) go past others that wait for room. */
#ifndef SEKISHO_OUTBOX_H
#define SEKISHO_OUTBOX_H

#include "event.h"
#include "journal.h"

#define OUTBOX_MAX	256 /* events that wait */
#define OUTBOX_ORDINARY 192 /* from here on only urgent ones */
#define OUTBOX_RETRY_MS 1000

struct outbox {
	struct journal *journal; /* borrowed */
	struct record_request *waiting[OUTBOX_MAX]; /* in order */
	size_t count;
	int64_t retry_at; /* wire_now(); 0: nothing failed last time */
	uint64_t lost; /* events dropped since this was last told, and those they were to count */
	uint64_t lost_total;
	int error; /* of the last attempt, 0 or -errno */
};

/* Takes a finished event; release stays the caller's. Never fails: what can't wait is counted. */
void outbox_put(struct outbox *outbox, const struct event *event);

/* Writes and flushes what waits. Returns the last attempt's error; after one, nothing is tried
 * again before .retry_at. */
int outbox_flush(struct outbox *outbox, int64_t now);

/* When outbox_flush is due; WIRE_NO_DEADLINE if nothing waits. */
int64_t outbox_deadline(const struct outbox *outbox);

void outbox_release(struct outbox *outbox);

#endif
