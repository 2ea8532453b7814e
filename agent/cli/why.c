/* sekisho why: the last refusal of whoever asks, or the one of that number, in plain words. An
 * ordinary user is told by the agent what is his or hers to know; who may read the journal finds
 * also what the agent has forgotten. */
#include "ask.h"
#include "challenge_text.h"
#include "command.h"
#include "refusal_text.h"

#include "cleanup.h"
#include "columns.h"
#include "event.h"
#include "gettext.h"
#include "journal_cursor.h"
#include "number.h"
#include "paths.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdbool.h>
#include <string.h>

#define TITLE_WIDTH 9 /* of "what:" and its like, in every language */

struct settings {
	const char *socket, *journal, *configuration;
	const char *what; /* NULL: the last one */
	bool json;
};

static int parse_arguments(int argc, char **argv, struct settings *settings)
{
	static const struct option options[] = {
		{"json", no_argument, NULL, 'j'},
		{"directory", required_argument, NULL, 'd'},
		{"socket", required_argument, NULL, 's'},
		{"configuration", required_argument, NULL, 'c'},
		{},
	};
	int option;

	while ((option = command_option(argc, argv, "", options)) != -1) {
		switch (option) {
		case 'j':
			settings->json = true;
			break;
		case 'd':
			settings->journal = optarg;
			break;
		case 's':
			settings->socket = optarg;
			break;
		case 'c':
			settings->configuration = optarg;
			break;
		default:
			return command_usage("why");
		}
	}
	if (optind + 1 < argc)
		return command_usage("why");
	settings->what = argv[optind];
	return COMMAND_OK;
}

/* By the number of the event, its id, or the number that the person saw (S-4302, S-2104). */
static bool is_wanted(const struct settings *settings, const json_t *refusal)
{
	const char *what = settings->what;
	struct refusal_text text;
	uint64_t number;

	if (!what)
		return true;
	if (number_parse(what, 1, JOURNAL_SEQUENCE_MAX, &number) == 0)
		return (uint64_t)json_integer_value(json_object_get(refusal, "event")) == number;
	if (strcmp(ask_text(refusal, "id"), what) == 0 ||
	    strcmp(ask_text(refusal, "code"), what) == 0)
		return true;
	return refusal_text_make(refusal, &text) == 0 && strcmp(text.code, what) == 0;
}

/* What the agent tells. 1: found, the caller's. 0: not there. -errno. */
static int ask(const struct settings *settings, json_t **ret_refusal)
{
	json_t *lines;
	int r = ask_verb(settings->socket, "refusals", "", &lines);

	if (r < 0)
		return r;
	for (size_t i = json_array_size(lines); i > 0 && !*ret_refusal; i--)
		if (is_wanted(settings, json_array_get(lines, i - 1)))
			*ret_refusal = json_incref(json_array_get(lines, i - 1));
	json_decref(lines);
	return *ret_refusal ? 1 : 0;
}

/* A record in the agent's form; NULL if it is no refusal. */
static json_t *as_refusal(const struct journal_record *record)
{
	static const enum event_kind kinds[] = {EVENT_DEVICE_BLOCKED, EVENT_LOGIN_REFUSED};
	json_t *fields;
	char code[16];

	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		const struct event_row *row = &event_rows[kinds[i]];

		if (strlen(row->name) != record->kind.length ||
		    memcmp(row->name, record->kind.bytes, record->kind.length) != 0)
			continue;
		snprintf(code, sizeof(code), "S-%u", row->number);
		fields = json_loadb(record->fields.bytes, record->fields.length, 0, NULL);
		return json_pack("{s:I, s:s%, s:s%, s:s, s:s, s:o}", "event",
				 (json_int_t)record->sequence, "id", record->id.bytes,
				 record->id.length, "time", record->time.bytes, record->time.length,
				 "kind", row->name, "code", code, "fields", fields);
	}
	return NULL;
}

/* 1: the last one in the journal that is wanted. 0: there is none. -errno: it can't be read. */
static int search(const struct settings *settings, json_t **ret_refusal)
{
	_cleanup_close_ int directory = open(settings->journal, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	static struct journal_cursor cursor; /* 64 KiB: not for the stack */
	struct journal_record record;
	struct journal_span line;
	int r, error = 0;

	if (directory < 0)
		return -errno;
	journal_cursor_begin(&cursor, directory, false);
	while ((r = journal_cursor_next(&cursor, &record, &line)) != 0) {
		json_t *refusal = r < 0 ? NULL : as_refusal(&record);

		/* Damage is another command's business. */
		if (r < 0 && r != -EBADMSG)
			error = r;
		if (refusal && is_wanted(settings, refusal)) {
			json_decref(*ret_refusal);
			*ret_refusal = json_incref(refusal);
		}
		json_decref(refusal);
	}
	journal_cursor_end(&cursor);
	return *ret_refusal ? 1 : error;
}

static void show(const struct settings *settings, const struct refusal_text *text)
{
	char contact[REFUSAL_TEXT_MAX];

	refusal_text_contact(settings->configuration, contact, sizeof(contact));
	columns_printf(stdout, 0, TITLE_WIDTH, _("number:  %llu (%s)\n"),
		       (unsigned long long)text->number, text->code);
	columns_printf(stdout, 0, TITLE_WIDTH, _("when:    %s\n"), text->when);
	columns_printf(stdout, 0, TITLE_WIDTH, _("what:    %s\n"), text->what);
	columns_printf(stdout, 0, TITLE_WIDTH, _("why:     %s\n"), text->why);
	if (text->next[0])
		columns_printf(stdout, 0, TITLE_WIDTH, _("to do:   %s\n"), text->next);
	columns_printf(stdout, 0, TITLE_WIDTH, _("call:    %s\n"), contact);
}

static int nothing(const struct settings *settings)
{
	if (settings->what)
		command_fail("why",
			     _("no refusal of yours has the number %s; administrators: sudo"),
			     settings->what);
	else
		command_fail("why", _("nothing of yours was refused since the agent began"));
	return COMMAND_NO;
}

int command_why(int argc, char **argv)
{
	struct settings settings = {.socket = SEKISHO_REFUSALS_SOCKET,
				    .journal = SEKISHO_JOURNAL,
				    .configuration = SEKISHO_CONFIG};
	struct refusal_text text;
	json_t *refusal = NULL;
	int r = parse_arguments(argc, argv, &settings), found;

	if (r != COMMAND_OK)
		return r;
	if (!settings.json && !settings.what)
		challenge_text_show(settings.socket);
	r = ask(&settings, &refusal);
	if (r <= 0) {
		found = search(&settings, &refusal);
		/* Nobody but the agent tells those who may not read the journal. */
		if (found < 0 && r < 0)
			return ask_fail("why", r);
		if (found <= 0)
			return nothing(&settings);
	}
	r = COMMAND_OK;
	if (settings.json) {
		json_dumpf(refusal, stdout, JSON_COMPACT | JSON_SORT_KEYS);
		putchar('\n');
	} else if (refusal_text_make(refusal, &text) == 0) {
		show(&settings, &text);
	} else {
		r = nothing(&settings);
	}
	json_decref(refusal);
	return r;
}
