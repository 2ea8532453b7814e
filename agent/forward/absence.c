#include "absence.h"

#include "cleanup.h"
#include "clock.h"
#include "file.h"
#include "journal_format.h"
#include "number.h"
#include "wire.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

void absence_begin(struct absence *absence, const char *socket, int directory, uint32_t limit_s,
		   int64_t now)
{
	char text[24];
	int r;

	*absence = (struct absence){
		.directory = directory,
		.socket = socket,
		.limit_ms = 1000 * (int64_t)limit_s,
		.well_until = now,
		.since_us = clock_us(CLOCK_REALTIME),
	};
	r = file_read_line(directory, ABSENCE_FILE, text, sizeof(text));
	/* A damaged one says at least that it was told. */
	absence->lost = r != -ENOENT;
	if (r >= 0)
		number_parse(text, 1, INT64_MAX, &absence->since_us);
}

void absence_see(struct absence *absence, bool well, int64_t now)
{
	if (absence->well && !well) {
		absence->well_until = now;
		if (!absence->lost)
			absence->since_us = clock_us(CLOCK_REALTIME);
	}
	absence->well = well;
}

/* Whether what was told last is no longer so. */
static bool has_changed(const struct absence *absence, int64_t now)
{
	if (absence->well)
		return absence->lost || absence->in_doubt;
	return !absence->lost && now >= absence->well_until + absence->limit_ms;
}

static enum event_kind kind_of_now(const struct absence *absence)
{
	return absence->well ? EVENT_COLLECTOR_BACK : EVENT_COLLECTOR_LOST;
}

bool absence_wants(struct absence *absence, int64_t now)
{
	if (absence->waiting && absence->kind != kind_of_now(absence)) {
		/* It is no longer so, and nobody heard of it. */
		absence->waiting = false;
		absence->again_at = 0;
	}
	return now >= absence->again_at && has_changed(absence, now);
}

int64_t absence_due(const struct absence *absence)
{
	int64_t due = absence->well_until + absence->limit_ms;

	if (absence->well ? !absence->lost && !absence->in_doubt : absence->lost)
		return INT64_MAX;
	if (absence->well)
		due = 0;
	return due > absence->again_at ? due : absence->again_at;
}

static void set_time(struct event *event, const char *key, uint64_t time_us)
{
	char text[JOURNAL_TIME_SIZE];

	if (journal_format_time(time_us, text) == 0)
		event_set(event, key, text);
}

static void describe(const struct absence *absence, const struct absence_facts *facts,
		     struct event *event)
{
	char place[ABSENCE_PLACE_MAX];

	snprintf(place, sizeof(place), "%s:%s", facts->host, facts->port);
	event_set(event, "collector", place);
	set_time(event, "since", absence->since_us);
	event_set_number(event, "waiting", facts->waiting);
	if (event->kind == EVENT_COLLECTOR_LOST) {
		event_set(event, "reason", trouble_words[facts->trouble]);
		event_set(event, "error", facts->error);
	} else if (event->time_us >= absence->since_us) {
		event_set_number(event, "seconds", (event->time_us - absence->since_us) / 1000000);
	}
}

/* One that the engine did not answer is sent again as it is, id and all. */
static int prepare(struct absence *absence, const struct absence_facts *facts)
{
	_cleanup_event_ struct event event = {};
	int r;

	if (absence->waiting)
		return 0;
	absence->kind = kind_of_now(absence);
	r = event_begin(&event, absence->kind);
	if (r < 0)
		return r;
	describe(absence, facts, &event);
	r = event_to_record(&event, &absence->record);
	absence->waiting = r == 0;
	return r;
}

/* What was told last is remembered. Where that fails it may be told once more after a restart. */
static void remember(struct absence *absence)
{
	char text[24];
	int length, r;

	if (absence->lost) {
		length = snprintf(text, sizeof(text), "%" PRIu64 "\n", absence->since_us);
		r = file_write_atomic(absence->directory, ABSENCE_FILE, text, (size_t)length, 0600);
	} else {
		r = unlinkat(absence->directory, ABSENCE_FILE, 0) == 0 || errno == ENOENT ? 0
											  : -errno;
	}
	if (r < 0)
		fprintf(stderr, "whether the collector is lost can't be stored: %s\n",
			strerror(-r));
}

static void try_later(struct absence *absence, int error, int64_t now)
{
	if (absence->again_at == 0)
		fprintf(stderr, "%s is not recorded yet: %s\n", event_rows[absence->kind].name,
			strerror(error < 0 ? -error : error));
	if (absence->kind == EVENT_COLLECTOR_LOST && error == -ETIMEDOUT)
		absence->in_doubt = true;
	absence->again_at = now + ABSENCE_AGAIN_MS;
}

void absence_tell(struct absence *absence, const struct absence_facts *facts, int64_t now)
{
	int r = prepare(absence, facts);

	if (r == 0)
		r = event_send(absence->socket, &absence->record, wire_now() + ABSENCE_ENGINE_MS);
	if (r != 0) {
		try_later(absence, r, now);
		return;
	}
	absence->waiting = absence->in_doubt = false;
	absence->again_at = 0;
	absence->lost = absence->kind == EVENT_COLLECTOR_LOST;
	remember(absence);
}
