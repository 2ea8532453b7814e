/* sekisho import: people and keys in bulk. Without --apply nothing is changed; with it all rows are
 * carried out, or none. */
#include "import_oath.h"
#include "rosterkept.h"
#include "u2fkeys.h"

#include "cleanup.h"
#include "columns.h"
#include "command.h"
#include "file.h"
#include "gettext.h"
#include "number.h"
#include "paths.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <string.h>

#define TOLD_COLUMN 24 /* behind the line and the person */

int import_read_file(const struct import_options *options, char **ret_bytes, size_t *ret_length)
{
	_cleanup_close_ int fd = -1;
	int r = 0;

	if (options->trusted)
		r = file_open_trusted(AT_FDCWD, options->path, 0, &fd);
	else
		fd = open(options->path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	if (r == -EPERM)
		return command_fail("import",
				    _("%s: must be owned by root and writable by nobody else: "
				      "chown root: and chmod go-w it"),
				    options->path);
	if (r == 0)
		r = fd < 0 ? -errno : file_read_all(fd, CSVROWS_MAX, ret_bytes, ret_length);
	return r < 0 ? command_fail("import", _("%s: can't be read: %s"), options->path,
				    strerror(-r))
		     : COMMAND_OK;
}

/* A wrong line with its number, the column that is meant, why, and what stands there. */
static void print_one_wrong(const struct import_options *options, const struct import_row *row)
{
	_cleanup_free_ char *text = NULL;
	size_t length = 0;
	FILE *stream = open_memstream(&text, &length);

	if (!stream)
		return;
	fprintf(stream, "%s:%u: ", options->path, row->line);
	if (row->column >= 0)
		fprintf(stream, "%s: ", _(transfer_column_names[row->column]));
	if (row->left_out)
		fprintf(stream, "%s: ", _("NOT CARRIED OVER"));
	fputs(_(row->reason), stream);
	if (row->value)
		fprintf(stream, ": \"%s\"", row->value);
	if (fclose(stream) == 0)
		columns_printf(stderr, 0, IMPORT_INDENT, "%s\n", text);
}

static void print_wrong(const struct import_options *options, const struct import_list *list)
{
	for (size_t i = 0; i < list->count; i++)
		if (list->rows[i].reason)
			print_one_wrong(options, &list->rows[i]);
}

/* What the others are not the same in. */
static void print_notes(const struct import_options *options, const struct import_list *list)
{
	for (size_t i = 0; i < list->count; i++)
		for (size_t note = 0; note < U2FKEYS_NOTE_COUNT; note++)
			if (!list->rows[i].reason && list->rows[i].notes & 1u << note)
				columns_printf(stderr, 0, IMPORT_INDENT, "%s:%u: %s: %s: %s\n",
					       options->path, list->rows[i].line, _("not the same"),
					       list->rows[i].transfer.user, _(u2fkeys_notes[note]));
}

#define DAY_SIZE 16

static void format_day(uint32_t day, char text[static DAY_SIZE])
{
	snprintf(text, DAY_SIZE, "%04u-%02u-%02u", day / 10000 % 10000, day / 100 % 100, day % 100);
}

static void print_effect(const struct import_options *options, const struct import_row *row)
{
	const struct import_effect *effect = &row->effect;
	const char *user = row->transfer.user;
	char rights[ROSTER_RIGHTS_SIZE], day[DAY_SIZE], from[DAY_SIZE];

	if (effect->lost) {
		roster_format_rights(effect->lost, rights);
		format_day(effect->lost_from, day);
		columns_printf(
			stderr, 0, IMPORT_INDENT,
			_("%s:%u: %s: from %s on without the rights of the old position: %s\n"),
			options->path, row->line, user, day, rights);
	}
	if (!effect->shuts_out)
		return;
	format_day(effect->again, day);
	format_day(effect->shuts_out, from);
	if (effect->later && effect->again)
		columns_printf(
			stderr, 0, IMPORT_INDENT,
			_("%s:%u: %s: SHUT OUT: could log in on %s, and by this not before %s\n"),
			options->path, row->line, user, from, day);
	else if (effect->later)
		columns_printf(stderr, 0, IMPORT_INDENT,
			       _("%s:%u: %s: SHUT OUT: could log in on %s, and by this no more\n"),
			       options->path, row->line, user, from);
	else if (effect->again)
		columns_printf(
			stderr, 0, IMPORT_INDENT,
			_("%s:%u: %s: SHUT OUT: can log in today, and by this not before %s\n"),
			options->path, row->line, user, day);
	else
		columns_printf(stderr, 0, IMPORT_INDENT,
			       _("%s:%u: %s: SHUT OUT: can log in today, and by this no more\n"),
			       options->path, row->line, user);
}

/* What rows take from people. */
static void print_effects(const struct import_options *options, const struct import_list *list)
{
	for (size_t i = 0; i < list->count; i++)
		if (!list->rows[i].reason)
			print_effect(options, &list->rows[i]);
}

static void print_rows(const struct import_list *list)
{
	for (size_t i = 0; i < list->count; i++) {
		if (list->rows[i].reason)
			continue;
		printf("%5u  ", list->rows[i].line);
		command_column(list->rows[i].transfer.user, 17);
		columns_printf(stdout, TOLD_COLUMN, TOLD_COLUMN, "%s\n",
			       list->rows[i].told ? list->rows[i].told : "");
	}
}

/* The lock is held from the reading of the roster to its writing. */
static int change(const struct import_options *options, struct import_list *list)
{
	_cleanup_rosterfile_ struct rosterfile old = {}, new = {};
	_cleanup_close_ int lock = -1;
	struct config_error error = {};
	const uint32_t today = roster_today();
	int r = 0, status = COMMAND_OK;

	if (options->apply)
		r = rosterfile_lock(options->roster, &lock);
	if (r == 0)
		r = rosterfile_load(options->roster, 0, &old, &error);
	if (r == 0)
		r = import_list_apply(list, &old, today, &new);
	/* A trial tells it as well. */
	if (r == 0 && list->wrong == 0 && !options->nobody_left)
		status = administrators_left_check("import", &options->places, &old, &new);
	if (r == 0 && list->wrong == 0 && options->apply && status == COMMAND_OK)
		r = rosterkept_add(options->roster, &new);
	if (r == 0 && list->wrong == 0 && options->apply && status == COMMAND_OK)
		r = rosterfile_save(options->roster, &new);
	if (r < 0 && error.text[0])
		return command_fail("import", "%s", error.text);
	return r < 0 ? command_fail("import", "%s: %s", options->roster, strerror(-r)) : status;
}

static int import_rows(const struct import_options *options,
		       int (*read)(const struct import_options *options, const char *bytes,
				   size_t length, struct import_list *list))
{
	_cleanup_import_list_ struct import_list list = {};
	_cleanup_free_ char *bytes = NULL;
	size_t length = 0;
	int r;

	r = import_read_file(options, &bytes, &length);
	if (r == COMMAND_OK)
		r = read(options, bytes, length, &list);
	/* Others than root are told of keys alone; a wrong file is told, and changes nothing here.
	 */
	if (r == COMMAND_OK && geteuid() == 0)
		peoplenames_find_codes("import", options->places.state, &list.codes);
	if (r == COMMAND_OK)
		r = change(options, &list);
	if (r != COMMAND_OK)
		return r;
	print_wrong(options, &list);
	print_notes(options, &list);
	print_effects(options, &list);
	if (list.wrong > 0) {
		fprintf(stderr, _("rows: %zu, of them wrong: %zu; nothing was changed\n"),
			list.count, list.wrong);
		return COMMAND_NO;
	}
	if (!options->apply) {
		print_rows(&list);
		printf(_("rows: %zu; this was a trial: nothing was changed. --apply carries them "
			 "out\n"),
		       list.count - list.left_out);
	} else {
		printf(_("rows: %zu; all were carried out\n"), list.count - list.left_out);
		import_record(options, &list, bytes, length);
	}
	return list.left_out > 0 ? COMMAND_NO : COMMAND_OK;
}

int import_csv(const struct import_options *options)
{
	return import_rows(options, import_read_csv);
}

int import_csv_foresee(const struct import_options *options, struct rosterfile *ret_roster)
{
	_cleanup_import_list_ struct import_list list = {};
	_cleanup_rosterfile_ struct rosterfile old = {};
	_cleanup_free_ char *bytes = NULL;
	struct config_error error = {};
	size_t length = 0;
	int r;

	r = import_read_file(options, &bytes, &length);
	if (r == COMMAND_OK)
		r = import_read_csv(options, bytes, length, &list);
	if (r != COMMAND_OK)
		return r;
	r = rosterfile_load(options->roster, 0, &old, &error);
	if (r == 0)
		r = import_list_apply(&list, &old, roster_today(), ret_roster);
	if (r < 0)
		return command_fail("import", "%s", error.text[0] ? error.text : strerror(-r));
	print_wrong(options, &list);
	return list.wrong > 0 ? COMMAND_NO : COMMAND_OK;
}

static int import_u2f_keys(const struct import_options *options)
{
	return import_rows(options, import_read_u2f_keys);
}

static const struct {
	const char *name;
	int (*run)(const struct import_options *options);
} forms[] = {
	{"csv", import_csv},
	{"u2f_keys", import_u2f_keys},
	{"users.oath", import_users_oath},
};

static int parse_encoding(const char *text, enum csvrows_encoding *ret_encoding)
{
	static const char *const names[] = {[CSVROWS_UTF8] = "utf-8", [CSVROWS_CP932] = "cp932"};

	for (size_t i = CSVROWS_UTF8; i < ARRAY_SIZE(names); i++)
		if (strcasecmp(names[i], text) == 0) {
			*ret_encoding = (enum csvrows_encoding)i;
			return 0;
		}
	return -EINVAL;
}

static const struct option long_options[] = {
	{"apply", no_argument, NULL, 'a'},
	{"dry-run", no_argument, NULL, 'n'},
	{"encoding", required_argument, NULL, 'e'},
	{"roster", required_argument, NULL, 1},
	{"config", required_argument, NULL, 2},
	{"record", required_argument, NULL, 3},
	{"state", required_argument, NULL, 4},
	{"operators", required_argument, NULL, 5},
	{"revoked", required_argument, NULL, 6},
	{"no-administrator-left", no_argument, NULL, 'N'},
	{"undo", optional_argument, NULL, 'u'},
	{NULL, 0, NULL, 0},
};

/* @number: NULL for the last one. */
static int parse_undo(const char *number, struct import_options *options)
{
	options->undo = true;
	return number ? number_parse(number, 1, 9999999999, &options->undo_number) : 0;
}

static int parse(int argc, char **argv, struct import_options *options)
{
	const char **const places[] = {NULL,
				       &options->roster,
				       &options->places.config,
				       &options->record,
				       &options->places.state,
				       &options->places.operators,
				       &options->places.revoked};
	bool trial = false;
	int r = 0, option;

	while ((option = command_option(argc, argv, "", long_options)) != -1) {
		if (option == 'a')
			options->apply = true;
		else if (option == 'n')
			trial = true;
		else if (option == 'N')
			options->nobody_left = true;
		else if (option == 'u')
			r = parse_undo(optarg, options);
		else if (option == 'e')
			r = parse_encoding(optarg, &options->encoding);
		else if (option > 0 && option < (int)ARRAY_SIZE(places))
			*places[option] = optarg;
		else
			r = -EINVAL;
		if (r < 0)
			return r;
	}
	return trial && options->apply ? -EINVAL : 0;
}

int command_import(int argc, char **argv)
{
	struct import_options options = {
		.roster = SEKISHO_ROSTER,
		.places = ADMINISTRATORS_PLACES,
		.record = SEKISHO_RECORD_SOCKET,
	};
	const char *form = "csv";

	if (parse(argc, argv, &options) < 0)
		return command_usage("import");
	if (options.undo && optind == argc)
		return import_undo(&options);
	if (options.undo || optind >= argc || argc - optind > 2)
		return command_usage("import");
	if (argc - optind == 2)
		form = argv[optind++];
	options.path = argv[optind];
	for (size_t i = 0; i < ARRAY_SIZE(forms); i++) {
		if (strcmp(forms[i].name, form) != 0)
			continue;
		if (options.apply && geteuid() != 0)
			return command_fail("import", _("only root may do this; try sudo"));
		return forms[i].run(&options);
	}
	return command_usage("import");
}
