#include "attempts.h"

#include "attempt_text.h"
#include "attempts_source.h"

#include "cleanup.h"
#include "wire.h"

#include <string.h>

static bool is_same(const struct attempt *a, const struct attempt *b)
{
	return a->action == b->action && a->uid == b->uid && a->login_uid == b->login_uid &&
	       a->device == b->device && a->block == b->block && a->number == b->number &&
	       memcmp(a->program, b->program, sizeof(a->program)) == 0 &&
	       memcmp(a->text, b->text, sizeof(a->text)) == 0 &&
	       memcmp(a->source, b->source, sizeof(a->source)) == 0;
}

static bool is_over(const struct attempts_row *row, int64_t now)
{
	return now - row->told_at >= ATTEMPTS_FOLD_MS;
}

static void tell(struct attempts *attempts, struct attempts_row *row, int64_t now)
{
	_cleanup_event_ struct event event = {};

	if (event_begin(&event, EVENT_ATTEMPT_REFUSED) < 0)
		return;
	attempt_describe(&row->attempt, attempts->run, attempts->sysfs, &event);
	if (row->untold > 0)
		event_set_number(&event, "count", row->untold);
	if (attempts->missed > 0)
		event_set_number(&event, "missed", attempts->missed);
	attempts->missed = 0;
	row->untold = 0;
	row->told_at = now;
	attempts->tell(attempts->user, &event);
}

/* A row of its own for what was not tried lately; NULL: all are in use. */
static struct attempts_row *make(struct attempts *attempts, const struct attempt *attempt,
				 int64_t now)
{
	struct attempts_row *row = NULL;

	for (size_t i = 0; i < ATTEMPTS_MAX; i++) {
		struct attempts_row *one = &attempts->rows[i];

		if (one->told_at != 0 && (one->untold > 0 || !is_over(one, now)))
			continue;
		if (!row || one->told_at < row->told_at)
			row = one;
	}
	if (row)
		*row = (struct attempts_row){.attempt = *attempt};
	return row;
}

static void note(struct attempts *attempts, const struct attempt *attempt, int64_t now)
{
	struct attempts_row *row;

	/* What had no room in the ring. */
	if (attempt->count > attempts->count + 1 && attempts->count > 0)
		attempts->missed += attempt->count - attempts->count - 1;
	attempts->count = attempt->count;
	for (size_t i = 0; i < ATTEMPTS_MAX; i++) {
		row = &attempts->rows[i];
		if (row->told_at != 0 && is_same(&row->attempt, attempt)) {
			row->untold++;
			return;
		}
	}
	row = quota_has(&attempts->quota, now) ? make(attempts, attempt, now) : NULL;
	if (!row) {
		attempts->missed++;
		return;
	}
	quota_take(&attempts->quota, now);
	tell(attempts, row, now);
}

void attempts_dispatch(struct attempts *attempts, int64_t now)
{
	struct attempt attempt;

	if (attempts->asking >= 0)
		attempts_answered(attempts, now);
	if (now < attempts->pause_until)
		return;
	for (size_t i = 0; i < ATTEMPT_BYTES / sizeof(attempt) &&
			   attemptring_take(&attempts->ring, attempts->page, &attempt);
	     i++) {
		note(attempts, &attempt, now);
		attempts->pause_until = now + ATTEMPTS_PAUSE_MS;
	}
}

int attempts_fd(const struct attempts *attempts, int64_t now)
{
	if (attempts->asking >= 0)
		return attempts->asking;
	return now < attempts->pause_until ? -1 : attempts->ring.fd;
}

int64_t attempts_deadline(const struct attempts *attempts, int64_t now)
{
	return now < attempts->pause_until ? attempts->pause_until : WIRE_NO_DEADLINE;
}

void attempts_tick(struct attempts *attempts, int64_t now, bool all)
{
	for (size_t i = 0; i < ATTEMPTS_MAX; i++) {
		struct attempts_row *row = &attempts->rows[i];

		if (row->untold == 0 || !(all || is_over(row, now)))
			continue;
		tell(attempts, row, now);
	}
}
