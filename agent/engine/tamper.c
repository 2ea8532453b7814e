#include "tamper.h"

#include "cleanup.h"

#include <stdio.h>
#include <string.h>

static struct tamper_row *find(struct tamper *tamper, const struct tamper_case *found)
{
	for (size_t i = 0; i < tamper->count; i++)
		if (strcmp(tamper->rows[i].path, found->path) == 0 &&
		    strcmp(tamper->rows[i].object, found->object) == 0)
			return &tamper->rows[i];
	return NULL;
}

/* The row that nobody misses: the one not seen for longest. NULL: all are found at each look, or
 * have something to tell. */
static struct tamper_row *find_stale(struct tamper *tamper, int64_t now)
{
	struct tamper_row *stale = NULL;

	for (size_t i = 0; i < TAMPER_MAX; i++) {
		struct tamper_row *row = &tamper->rows[i];

		if (!row->waits && row->untold == 0 && now - row->seen_at >= TAMPER_STILL_MS &&
		    (!stale || row->seen_at < stale->seen_at))
			stale = row;
	}
	return stale;
}

static struct tamper_row *make(struct tamper *tamper, const struct tamper_case *found, int64_t now)
{
	struct tamper_row *row;

	row = tamper->count < TAMPER_MAX ? &tamper->rows[tamper->count++] : find_stale(tamper, now);
	if (!row)
		return NULL;
	*row = (struct tamper_row){};
	snprintf(row->object, sizeof(row->object), "%s", found->object);
	snprintf(row->path, sizeof(row->path), "%s", found->path);
	return row;
}

static void tell(struct tamper *tamper, struct tamper_row *row, bool restored, int error,
		 int64_t now)
{
	_cleanup_event_ struct event event = {};

	if (event_begin(&event, EVENT_TAMPER_FOUND) < 0)
		return;
	event_set(&event, "object", row->object);
	event_set(&event, "path", row->path);
	event_set(&event, "found", row->found);
	event_set(&event, "expected", row->expected);
	event_set(&event, "restored", restored ? "yes" : "no");
	if (error < 0)
		event_set(&event, "error", strerror(-error));
	if (row->untold > 0)
		event_set_number(&event, "count", row->untold);
	row->untold = 0;
	row->told_at = now;
	tamper->tell(tamper->user, &event);
}

static bool is_fresh(const struct tamper_row *row, int64_t now)
{
	return row->told_at > 0 && now - row->told_at < TAMPER_FOLD_MS;
}

void tamper_found(struct tamper *tamper, const struct tamper_case *found, int64_t now)
{
	const char *text = found->found ? found->found : "";
	struct tamper_row *row;
	bool still;

	if (!tamper)
		return;
	row = find(tamper, found);
	still = row && found->verb == 0 && now - row->seen_at < TAMPER_STILL_MS &&
		strncmp(row->found, text, sizeof(row->found) - 1) == 0;
	if (!row)
		row = make(tamper, found, now);
	/* Beyond those that are told of, it is only counted; what has a verb is put right. */
	if (!row) {
		tamper->total++;
		return;
	}
	row->seen_at = now;
	if (still)
		return;
	row->verb = found->verb;
	snprintf(row->found, sizeof(row->found), "%s", text);
	snprintf(row->expected, sizeof(row->expected), "%s",
		 found->expected ? found->expected : "");
	snprintf(row->name, sizeof(row->name), "%s", found->name ? found->name : "");
	row->waits = found->verb != 0;
	if (row->waits)
		return;
	tamper->total++;
	tell(tamper, row, false, 0, now);
}

/* A node is only known to have been open by what the root half found. */
static bool was_nothing(const struct tamper_row *row, int error)
{
	return priv_has_left(error) || (row->verb == PRIV_NODE_CLOSE && error == 0);
}

void tamper_done(struct tamper *tamper, const struct priv_request *request, int error, int64_t now)
{
	for (size_t i = 0; tamper && i < tamper->count; i++) {
		struct tamper_row *row = &tamper->rows[i];

		if (!row->waits || (uint32_t)row->verb != request->verb ||
		    strcmp(row->name, request->name) != 0)
			continue;
		row->waits = false;
		if (was_nothing(row, error))
			continue;
		tamper->total++;
		if (is_fresh(row, now))
			row->untold++;
		else
			tell(tamper, row, error >= 0, error, now);
	}
}

void tamper_tick(struct tamper *tamper, int64_t now, bool all)
{
	for (size_t i = 0; i < tamper->count; i++)
		if (tamper->rows[i].untold > 0 && (all || !is_fresh(&tamper->rows[i], now)))
			tell(tamper, &tamper->rows[i], true, 0, now);
}
