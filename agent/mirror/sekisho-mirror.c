/* sekisho-mirror: a copy of the events for the people at the terminal, in the system's own journal
 * and in the kernel's audit trail. Nobody waits for it, and it proves nothing: the journal that
 * `sekisho verify` vouches for is Sekisho's, and it goes to the collector by itself. */
#include "audit_text.h"

#include "agent/cli/event_text.h"
#include "cleanup.h"
#include "file.h"
#include "journal_cursor.h"
#include "journal_watch.h"
#include "number.h"
#include "paths.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <inttypes.h>
#include <libaudit.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <syslog.h>
#include <time.h>

#define POSITION_NAME "position" /* the journal's epoch, sequence of the event copied last */
#define POSITION_SIZE (JOURNAL_ID_SIZE + 24)

struct mirror {
	struct journal_cursor cursor;
	int run; /* directory of the position */
	int audit; /* -1: none here */
	char epoch[JOURNAL_ID_SIZE]; /* of the journal at the start */
	uint64_t copied; /* sequence */
	int64_t since_us; /* older events were copied before this boot, or never */
};

/* What systemd takes for the priority of a line (sd-daemon(3)). */
static const int priorities[] = {
	[EVENT_INFO] = LOG_INFO, [EVENT_LOW] = LOG_NOTICE,    [EVENT_MEDIUM] = LOG_WARNING,
	[EVENT_HIGH] = LOG_ERR,	 [EVENT_CRITICAL] = LOG_CRIT,
};

static int priority_of(const struct journal_record *record)
{
	for (size_t i = 0; i < EVENT_KIND_COUNT; i++)
		if (strlen(event_rows[i].name) == record->kind.length &&
		    memcmp(event_rows[i].name, record->kind.bytes, record->kind.length) == 0)
			return priorities[event_rows[i].severity];
	return LOG_WARNING;
}

static void to_audit(struct mirror *mirror, const struct journal_record *record)
{
	struct audit_text audit = {};
	int r = audit_text_make(record, &audit);

	if (r == -ENOENT)
		return;
	if (r < 0 || audit_log_user_message(mirror->audit, audit.type, audit.text, NULL, NULL, NULL,
					    audit.result) <= 0)
		printf("<%d>event %" PRIu64 " could not be written to the audit trail: %s\n",
		       LOG_WARNING, record->sequence, strerror(r < 0 ? -r : errno));
	free(audit.text);
}

static void copy(struct mirror *mirror, const struct journal_record *record)
{
	if (record->sequence <= mirror->copied || journal_time_us(&record->time) < mirror->since_us)
		return;
	printf("<%d>", priority_of(record));
	if (event_text_write(record, EVENT_TEXT_NUMBER, stdout) < 0)
		printf("event %" PRIu64 " can't be shown\n", record->sequence);
	if (mirror->audit >= 0)
		to_audit(mirror, record);
	mirror->copied = record->sequence;
}

/* Copies all there is. */
static void copy_all(struct mirror *mirror)
{
	uint64_t before = mirror->copied;
	char text[POSITION_SIZE];

	for (;;) {
		struct journal_record record;
		struct journal_span line;
		int r = journal_cursor_next(&mirror->cursor, &record, &line);

		if (r == 0)
			break;
		if (r > 0)
			copy(mirror, &record);
		else
			printf("<%d>%s:%" PRIu64 ": %s; 'sekisho verify' tells more\n", LOG_ERR,
			       mirror->cursor.file, mirror->cursor.line,
			       r == -EBADMSG ? "damaged" : strerror(-r));
	}
	(void)fflush(stdout);
	if (mirror->copied == before)
		return;
	snprintf(text, sizeof(text), "%s %" PRIu64 "\n", mirror->epoch, mirror->copied);
	if (file_write_atomic(mirror->run, POSITION_NAME, text, strlen(text), 0644) < 0)
		printf("<%d>the position can't be kept: after a restart events are copied again\n",
		       LOG_WARNING);
}

static int64_t boot_us(void)
{
	struct timespec now, up;

	clock_gettime(CLOCK_REALTIME, &now);
	clock_gettime(CLOCK_BOOTTIME, &up);
	return (int64_t)(now.tv_sec - up.tv_sec) * 1000000 + (now.tv_nsec - up.tv_nsec) / 1000;
}

/* Where it begins: behind what was copied, or with this boot's events. Only the last two segments
 * are looked at: a copy for people need not have read a year. */
static int find_place(struct mirror *mirror, int journal)
{
	_cleanup_free_ struct journal_segment *segments = NULL;
	struct journal_header header = {};
	char text[POSITION_SIZE];
	const char *number;
	size_t count;
	int r = journal_segment_list(journal, &segments, &count, NULL);

	if (r < 0)
		return r;
	journal_cursor_begin(&mirror->cursor, journal, true);
	mirror->cursor.settle_ms = JOURNAL_WATCH_SETTLE_MS;
	if (count > 2)
		mirror->cursor.segment = segments[count - 3];
	if (count > 0 && journal_segment_header(journal, &segments[count - 1], &header) == 0)
		memcpy(mirror->epoch, header.epoch, sizeof(mirror->epoch));
	/* Numbers of another journal say nothing about this one. */
	if (file_read_line(mirror->run, POSITION_NAME, text, sizeof(text)) < 0 ||
	    !(number = strchr(text, ' ')) ||
	    strncmp(text, mirror->epoch, (size_t)(number - text)) != 0 ||
	    number_parse(number + 1, 0, UINT64_MAX, &mirror->copied) < 0)
		mirror->since_us = boot_us();
	return 0;
}

static int trouble(const char *what, int r)
{
	fprintf(stderr, "sekisho-mirror: %s: %s\n", what, strerror(-r));
	return 1;
}

int main(int argc, char *argv[])
{
	static const struct option options[] = {{"journal", required_argument, NULL, 'j'},
						{"run", required_argument, NULL, 'r'},
						{}};
	const char *path = SEKISHO_JOURNAL, *run = SEKISHO_MIRROR_RUN;
	_cleanup_close_ int journal = -1;
	_cleanup_close_ int watch = -1;
	static struct mirror mirror;
	int option, r;

	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (option == 'j') {
			path = optarg;
		} else if (option == 'r') {
			run = optarg;
		} else {
			fprintf(stderr, "usage: sekisho-mirror [--journal DIR] [--run DIR]\n");
			return 2;
		}
	}
	mirror.run = open(run, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (mirror.run < 0)
		return trouble(run, -errno);
	watch = journal_watch_open(path);
	journal = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (watch < 0 || journal < 0)
		return trouble(path, watch < 0 ? watch : -errno);
	mirror.audit = audit_open();
	if (mirror.audit < 0)
		printf("<%d>no audit here (%s): events are copied to the system's journal only\n",
		       LOG_NOTICE, strerror(errno));
	r = find_place(&mirror, journal);
	if (r < 0)
		return trouble(path, r);
	do {
		copy_all(&mirror);
		r = journal_watch_wait(watch);
	} while (r == 0 && !ferror(stdout));
	journal_cursor_end(&mirror.cursor);
	return r < 0 ? trouble(path, r) : trouble("standard output", -EPIPE);
}
