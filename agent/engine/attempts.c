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

/* With how many more of it there were, and how many others of the kind went untold. */
static void tell(struct attempts *attempts, struct attempts_kind *kind,
		 const struct attempt *attempt, uint64_t more)
{
	_cleanup_event_ struct event event = {};

	if (event_begin(&event, EVENT_ATTEMPT_REFUSED) < 0)
		return;
	attempt_describe(attempt, attempts->run, attempts->sysfs, &event);
	/* Of a service's: whoever sits here now need not be who sat here then. */
	if (attempt->login_uid == ATTEMPT_NOBODY && attempt->count <= attempts->earlier)
		event_set(&event, "seat", "unknown");
	if (more > 0)
		event_set_number(&event, "count", more);
	if (attempts->missed + kind->missed > 0)
		event_set_number(&event, "missed", attempts->missed + kind->missed);
	attempts->missed = kind->missed = 0;
	attempts->tell(attempts->user, &event);
}

static void tell_row(struct attempts *attempts, struct attempts_kind *kind,
		     struct attempts_row *row, int64_t now)
{
	tell(attempts, kind, &row->attempt, row->untold);
	row->untold = 0;
	row->told_at = now;
}

static bool is_free(const struct attempts_row *row, int64_t now)
{
	return row->told_at == 0 || (row->untold == 0 && is_over(row, now));
}

/* A row of its own for what was not tried lately; NULL: there is none for it. */
static struct attempts_row *make(struct attempts_kind *kind, const struct attempt *attempt,
				 int64_t now)
{
	struct attempts_row *row = NULL;
	bool has_one = false;
	size_t used = 0;

	for (size_t i = 0; i < ATTEMPTS_MAX; i++) {
		struct attempts_row *one = &kind->rows[i];

		if (!is_free(one, now)) {
			used++;
			has_one |= memcmp(one->attempt.program, attempt->program,
					  sizeof(attempt->program)) == 0;
		} else if (!row || one->told_at < row->told_at) {
			row = one;
		}
	}
	if (has_one && used >= ATTEMPTS_SHARED)
		return NULL;
	if (row)
		*row = (struct attempts_row){.attempt = *attempt};
	return row;
}

/* More than there is room for: they are counted, and now and then the last one is told. */
static void miss(struct attempts_kind *kind, const struct attempt *attempt, int64_t now)
{
	if (kind->missed == 0)
		kind->missed_at = now;
	kind->missed++;
	kind->last = *attempt;
}

static void note(struct attempts *attempts, const struct attempt *attempt, int64_t now)
{
	struct attempts_kind *kind =
		&attempts->kinds[attempt->action < ATTEMPT_ACTION_COUNT ? attempt->action
									: ATTEMPT_ACTION_COUNT];
	struct attempts_row *row;

	/* What had no room in the ring. */
	if (attempt->count > attempts->count + 1 && attempts->count > 0)
		attempts->missed += attempt->count - attempts->count - 1;
	attempts->count = attempt->count;
	for (size_t i = 0; i < ATTEMPTS_MAX; i++) {
		row = &kind->rows[i];
		if (row->told_at != 0 && is_same(&row->attempt, attempt)) {
			row->untold++;
			return;
		}
	}
	kind->quota.max = ATTEMPTS_QUOTA;
	kind->quota.within_ms = ATTEMPTS_QUOTA_MS;
	row = quota_has(&kind->quota, now) ? make(kind, attempt, now) : NULL;
	if (!row) {
		miss(kind, attempt, now);
		return;
	}
	quota_take(&kind->quota, now);
	tell_row(attempts, kind, row, now);
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
		if (attemptring_kept_it(&attempts->ring))
			attempts->earlier = attempt.count;
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

static void tick(struct attempts *attempts, struct attempts_kind *kind, int64_t now, bool all)
{
	for (size_t i = 0; i < ATTEMPTS_MAX; i++) {
		struct attempts_row *row = &kind->rows[i];

		if (row->untold > 0 && (all || is_over(row, now)))
			tell_row(attempts, kind, row, now);
	}
	if (kind->missed > 0 && (all || now - kind->missed_at >= ATTEMPTS_QUOTA_MS)) {
		kind->missed--;
		tell(attempts, kind, &kind->last, 0);
	}
}

void attempts_tick(struct attempts *attempts, int64_t now, bool all)
{
	for (size_t i = 0; i < ARRAY_SIZE(attempts->kinds); i++)
		tick(attempts, &attempts->kinds[i], now, all);
}
