/* sekisho events: what happened, for people; with --format json, byte for byte as it was recorded;
 * or in a form of others (render.h). */
#include "command.h"

#include "cleanup.h"
#include "event_text.h"
#include "gettext.h"
#include "journal_cursor.h"
#include "journal_watch.h"
#include "journaldir.h"
#include "paths.h"
#include "render.h"
#include "since.h"

#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <langinfo.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define HASH_PREFIX (2 * JOURNAL_HASH_SIZE + 1) /* hash and space before the JSON */

enum format {
	FORMAT_TEXT,
	FORMAT_JSON,
	FORMAT_RENDERED, /* .rendered tells which */
};

struct settings {
	const char *directory;
	bool follow;
	enum format format;
	enum render_format rendered;
	enum event_text_style style;
	char since[JOURNAL_TIME_SIZE]; /* in the journal's form, which sorts */
};

/* Where the shown events come from, looked up when a segment begins. */
struct origin {
	char hostname[HOST_NAME_MAX + 1]; /* "" if the journal may be another machine's */
	struct journal_segment segment;
	struct journal_header header;
	bool known;
};

static int choose_format(const char *name, struct settings *settings)
{
	settings->format = FORMAT_RENDERED;
	if (strcmp(name, "text") == 0)
		settings->format = FORMAT_TEXT;
	else if (strcmp(name, "json") == 0)
		settings->format = FORMAT_JSON;
	else if (render_format_from_name(name, &settings->rendered) < 0)
		return command_fail("events", _("%s: no such format: text, json, cef, ecs or ocsf"),
				    name);
	return COMMAND_OK;
}

static int parse_arguments(int argc, char **argv, struct settings *settings)
{
	static const struct option options[] = {
		{"follow", no_argument, NULL, 'f'},
		{"format", required_argument, NULL, 'F'},
		{"json", no_argument, NULL, 'j'},
		{"verbose", no_argument, NULL, 'v'},
		{"since", required_argument, NULL, 's'},
		{"directory", required_argument, NULL, 'd'},
		{},
	};
	uint64_t since = 0;
	int option;

	while ((option = command_option(argc, argv, "fv", options)) != -1) {
		switch (option) {
		case 'f':
			settings->follow = true;
			break;
		case 'F':
			if (choose_format(optarg, settings) != COMMAND_OK)
				return COMMAND_ERROR;
			break;
		case 'j':
			settings->format = FORMAT_JSON;
			break;
		case 'v':
			settings->style |= EVENT_TEXT_NUMBER;
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

static int show_rendered(const struct settings *settings, const struct journal_cursor *cursor,
			 struct origin *origin, const struct journal_span *line)
{
	struct render_origin where = {.hostname = origin->hostname[0] ? origin->hostname : NULL};
	_cleanup_free_ char *text = NULL;
	int r;

	if (!origin->known || origin->segment.first != cursor->segment.first ||
	    origin->segment.generation != cursor->segment.generation) {
		origin->segment = cursor->segment;
		origin->known = journal_segment_header(cursor->dirfd, &origin->segment,
						       &origin->header) == 0;
	}
	if (origin->known) {
		where.host = origin->header.host;
		where.epoch = origin->header.epoch;
	}
	r = render_line(settings->rendered, line, &where, &text);
	if (r < 0)
		return r;
	puts(text);
	return 0;
}

static void show_record(const struct settings *settings, const struct journal_cursor *cursor,
			struct origin *origin, const struct journal_record *record,
			const struct journal_span *line)
{
	int r = 0;

	if (memcmp(record->time.bytes, settings->since, record->time.length) < 0)
		return;
	switch (settings->format) {
	case FORMAT_TEXT:
		r = event_text_write(record, settings->style, stdout);
		break;
	case FORMAT_JSON:
		fwrite(line->bytes + HASH_PREFIX, 1, line->length - HASH_PREFIX, stdout);
		fputc('\n', stdout);
		break;
	case FORMAT_RENDERED:
		r = show_rendered(settings, cursor, origin, line);
		break;
	}
	if (r < 0)
		fprintf(stderr, _("sekisho events: record %llu can't be shown\n"),
			(unsigned long long)record->sequence);
}

/* Shows all there is; returns the number of damaged places. */
static uint64_t show_all(const struct settings *settings, struct journal_cursor *cursor,
			 struct origin *origin)
{
	uint64_t damaged = 0;

	for (;;) {
		struct journal_record record;
		struct journal_span line;
		int r = journal_cursor_next(cursor, &record, &line);

		if (r == 0 || ferror(stdout))
			return damaged;
		if (r > 0) {
			show_record(settings, cursor, origin, &record, &line);
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

static int show(const struct settings *settings, int directory, int watch)
{
	struct journal_cursor cursor;
	struct origin origin = {};
	uint64_t damaged;
	int r = 0;

	if (strcmp(settings->directory, SEKISHO_JOURNAL) == 0 &&
	    gethostname(origin.hostname, sizeof(origin.hostname) - 1) < 0)
		origin.hostname[0] = '\0';
	journal_cursor_begin(&cursor, directory, settings->follow);
	cursor.settle_ms = JOURNAL_WATCH_SETTLE_MS;
	damaged = show_all(settings, &cursor, &origin);
	while (settings->follow && r == 0 && fflush(stdout) == 0) {
		r = journal_watch_wait(watch);
		damaged += show_all(settings, &cursor, &origin);
	}
	journal_cursor_end(&cursor);
	if (r == -ESTALE)
		return command_fail("events", _("%s: was moved or deleted; run the command again"),
				    settings->directory);
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
	if (strcmp(nl_langinfo(CODESET), "UTF-8") == 0)
		settings.style |= EVENT_TEXT_UTF8;
	directory = journaldir_open("events", settings.directory);
	if (directory < 0)
		return COMMAND_ERROR;
	if (settings.follow) {
		watch = journal_watch_open(settings.directory);
		if (watch < 0)
			return command_fail("events", _("%s: can't be watched: %s"),
					    settings.directory, strerror(-watch));
	}
	if (settings.format == FORMAT_TEXT && isatty(STDOUT_FILENO))
		event_text_heading(stdout);
	return show(&settings, directory, watch);
}
