/* sekisho events: what happened, for people or, with --json, byte for byte as it was recorded. */
#include "command.h"

#include "cleanup.h"
#include "event_text.h"
#include "gettext.h"
#include "journal_cursor.h"
#include "paths.h"
#include "since.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <inttypes.h>
#include <langinfo.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/inotify.h>
#include <time.h>

#define HASH_PREFIX (2 * JOURNAL_HASH_SIZE + 1) /* hash and space before the JSON */
#define SETTLE_MS   20 /* a write under way is over by then */

struct settings {
	const char *directory;
	bool follow;
	bool json;
	bool utf8;
	char since[JOURNAL_TIME_SIZE]; /* in the journal's form, which sorts */
};

static int parse_arguments(int argc, char **argv, struct settings *settings)
{
	static const struct option options[] = {
		{"follow", no_argument, NULL, 'f'},
		{"json", no_argument, NULL, 'j'},
		{"since", required_argument, NULL, 's'},
		{"directory", required_argument, NULL, 'd'},
		{},
	};
	uint64_t since = 0;
	int option;

	while ((option = getopt_long(argc, argv, "f", options, NULL)) != -1) {
		switch (option) {
		case 'f':
			settings->follow = true;
			break;
		case 'j':
			settings->json = true;
			break;
		case 's':
			if (since_parse(optarg, (uint64_t)time(NULL) * 1000000, &since) < 0)
				return command_fail("events", _("not a time: try 2026-04-01, "
								"'2026-04-01 08:30' or 2h"));
			break;
		case 'd':
			settings->directory = optarg;
			break;
		default:
			return command_usage("events");
		}
	}
	if (optind != argc || journal_format_time(since, settings->since) < 0)
		return command_usage("events");
	return COMMAND_OK;
}

static void show_record(const struct settings *settings, const struct journal_record *record,
			const struct journal_span *line)
{
	if (memcmp(record->time.bytes, settings->since, record->time.length) < 0)
		return;
	if (settings->json) {
		fwrite(line->bytes + HASH_PREFIX, 1, line->length - HASH_PREFIX, stdout);
		fputc('\n', stdout);
	} else if (event_text_write(record, settings->utf8, stdout) < 0) {
		fprintf(stderr, _("sekisho events: record %llu can't be shown\n"),
			(unsigned long long)record->sequence);
	}
}

/* Shows all there is; returns the number of damaged places. */
static uint64_t show_all(const struct settings *settings, struct journal_cursor *cursor)
{
	uint64_t damaged = 0;

	for (;;) {
		struct journal_record record;
		struct journal_span line;
		int r = journal_cursor_next(cursor, &record, &line);

		if (r == 0 || ferror(stdout))
			return damaged;
		if (r > 0) {
			show_record(settings, &record, &line);
			continue;
		}
		damaged++;
		if (r == -EBADMSG)
			fprintf(stderr, _("%s:%llu: damaged; 'sekisho verify' tells more\n"),
				cursor->file, (unsigned long long)cursor->line);
		else
			fprintf(stderr, _("%s: can't be read: %s\n"), cursor->file, strerror(-r));
	}
}

static int wait_for_more(int watch)
{
	const struct timespec pause = {.tv_nsec = SETTLE_MS * 1000000L};
	struct pollfd poll_fd = {.fd = watch, .events = POLLIN};
	char events[4096];

	if (poll(&poll_fd, 1, -1) < 0)
		return errno == EINTR ? 0 : -errno;
	nanosleep(&pause, NULL);
	/* What was changed does not matter: everything new is read. */
	return read(watch, events, sizeof(events)) < 0 && errno != EAGAIN ? -errno : 0;
}

static int show(const struct settings *settings, int directory, int watch)
{
	struct journal_cursor cursor;
	uint64_t damaged;
	int r = 0;

	journal_cursor_begin(&cursor, directory, settings->follow);
	cursor.settle_ms = SETTLE_MS;
	damaged = show_all(settings, &cursor);
	while (settings->follow && r == 0 && fflush(stdout) == 0) {
		r = wait_for_more(watch);
		damaged += show_all(settings, &cursor);
	}
	journal_cursor_end(&cursor);
	if (r < 0)
		return command_fail("events", "%s", strerror(-r));
	return damaged ? COMMAND_NO : COMMAND_OK;
}

int command_events(int argc, char **argv)
{
	struct settings settings = {.directory = SEKISHO_JOURNAL};
	_cleanup_close_ int directory = -1;
	_cleanup_close_ int watch = -1;
	int status = parse_arguments(argc, argv, &settings);

	if (status != COMMAND_OK)
		return status;
	settings.utf8 = strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
	directory = open(settings.directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (directory < 0)
		return command_fail("events", _("%s: can't be read: %s"), settings.directory,
				    strerror(errno));
	if (settings.follow) {
		watch = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
		if (watch < 0 || inotify_add_watch(watch, settings.directory,
						   IN_MODIFY | IN_MOVED_TO | IN_ONLYDIR) < 0)
			return command_fail("events", _("%s: can't be watched: %s"),
					    settings.directory, strerror(errno));
	}
	if (!settings.json && isatty(STDOUT_FILENO))
		event_text_heading(stdout);
	return show(&settings, directory, watch);
}
