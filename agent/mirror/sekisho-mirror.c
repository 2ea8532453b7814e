/* sekisho-mirror: a copy of the events for the people at the terminal, in the system's own journal
 * and in the kernel's audit trail. Nobody waits for it, and it proves nothing: the journal that
 * `sekisho verify` vouches for is Sekisho's, and it goes to the collector by itself. */
#include "audit_text.h"
#include "position.h"
#include "reader.h"

#include "agent/cli/event_text.h"
#include "agent/engine/identity.h"
#include "cleanup.h"
#include "journal_watch.h"
#include "paths.h"
#include "places.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <libaudit.h>
#include <poll.h>
#include <stdlib.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <syslog.h>

#define LOOK_MS 60000 /* for a directory that is gone */

struct mirror {
	struct reader reader;
	struct position position;
	int run; /* directory of the position */
	int audit; /* -1: none here */
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
	if (!position_is_new(&mirror->position, record))
		return;
	printf("<%d>", priority_of(record));
	if (event_text_write(record, EVENT_TEXT_NUMBER, stdout) < 0)
		printf("event %" PRIu64 " can't be shown\n", record->sequence);
	if (mirror->audit >= 0)
		to_audit(mirror, record);
	position_pass(&mirror->position, record);
}

/* Reads all there is. */
static void copy_new(struct mirror *mirror)
{
	const struct journal_cursor *cursor = &mirror->reader.cursor;

	for (;;) {
		struct journal_record record;
		struct journal_span line;
		int r = reader_next(&mirror->reader, &record, &line);

		if (r == 0)
			return;
		if (r > 0)
			copy(mirror, &record);
		else
			printf("<%d>%s:%" PRIu64 ": %s; 'sekisho verify' tells more\n", LOG_ERR,
			       cursor->file, cursor->line,
			       r == -EBADMSG ? "damaged" : strerror(-r));
	}
}

static int copy_all(struct mirror *mirror)
{
	const struct position before = mirror->position;
	int r = reader_look(&mirror->reader);

	if (r < 0)
		return r;
	if (r > 0)
		printf("<%d>the journal is not the one that was read up to event %" PRIu64
		       ": what is new in it is copied; 'sekisho verify' tells more\n",
		       LOG_WARNING, before.sequence);
	copy_new(mirror);
	(void)fflush(stdout);
	if (mirror->position.monotonic_us == before.monotonic_us &&
	    mirror->position.sequence == before.sequence)
		return 0;
	if (position_store(mirror->run, &mirror->position) < 0)
		printf("<%d>the position can't be kept: after a restart events are copied again\n",
		       LOG_WARNING);
	return 0;
}

/* A directory that is deleted tells nobody of it while it is open, so that is looked at now and
 * then. -ESTALE: it is gone; what has its name now is found after a restart. */
static int wait_for_more(int watch, int journal)
{
	struct pollfd poll_fd = {.fd = watch, .events = POLLIN};
	struct stat status;

	for (;;) {
		int r = poll(&poll_fd, 1, LOOK_MS);

		if (r < 0 && errno != EINTR)
			return -errno;
		if (fstat(journal, &status) < 0)
			return -errno;
		if (status.st_nlink == 0)
			return -ESTALE;
		if (r > 0)
			return journal_watch_wait(watch);
	}
}

static int trouble(const char *what, int r)
{
	fprintf(stderr, "sekisho-mirror: %s: %s\n", what, strerror(-r));
	return 1;
}

int main(int argc, char *argv[])
{
	const char *path = SEKISHO_JOURNAL, *run = SEKISHO_MIRROR_RUN;
	const struct place_option options[] = {{"journal", &path, NULL}, {"run", &run, NULL}, {}};
	_cleanup_close_ int journal = -1;
	_cleanup_close_ int watch = -1;
	char boot[IDENTITY_SIZE];
	static struct mirror mirror;
	int r;

	if (places_parse("sekisho-mirror", options, argc, argv) < 0)
		return 2;
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
	r = identity_boot(boot);
	if (r < 0)
		return trouble("/proc/sys/kernel/random/boot_id", r);
	position_load(mirror.run, boot, &mirror.position);
	r = reader_begin(&mirror.reader, journal);
	while (r == 0 && !ferror(stdout)) {
		r = copy_all(&mirror);
		if (r == 0)
			r = wait_for_more(watch, journal);
	}
	reader_end(&mirror.reader);
	return r < 0 ? trouble(path, r) : trouble("standard output", -EPIPE);
}
