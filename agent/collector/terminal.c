/* sekisho-collector terminal: which verb, for which names. */
#include "terminal.h"

#include "command.h"
#include "escape.h"
#include "gettext.h"

#include <errno.h>
#include <getopt.h>
#include <string.h>

#define WRONG_MAX 20 /* told in full */

static const struct option long_options[] = {
	{"directory", required_argument, NULL, 'd'}, {"output", required_argument, NULL, 'o'},
	{"from", required_argument, NULL, 'f'},	     {"letters", no_argument, NULL, 'l'},
	{"records", required_argument, NULL, 'r'},   {"marks", required_argument, NULL, 'm'},
	{"unused", no_argument, NULL, 'u'},	     {NULL, 0, NULL, 0},
};

static int parse(int argc, char **argv, struct terminal_options *options)
{
	int option;

	while ((option = command_option(argc, argv, "", long_options)) != -1) {
		switch (option) {
		case 'd':
			options->directory = optarg;
			break;
		case 'o':
			options->output = optarg;
			break;
		case 'f':
			options->from = optarg;
			break;
		case 'l':
			options->letters = true;
			break;
		case 'r':
			options->records = optarg;
			break;
		case 'm':
			options->marks = optarg;
			break;
		case 'u':
			options->unused = true;
			break;
		default:
			return -EINVAL;
		}
	}
	return 0;
}

static size_t told;

static void tell(const struct namelist *list, const struct namelist_row *row, const char *wrong)
{
	char name[256];

	if (told++ >= WRONG_MAX)
		return;
	escape_text(row->name, strlen(row->name), name, sizeof(name));
	if (list->file)
		command_fail("terminal", "%s:%u: %s: %s", list->file, row->line, name, wrong);
	else
		command_fail("terminal", "%s: %s", name, wrong);
}

static int read_names(const struct terminal_options *options, size_t count, char *const words[],
		      struct namelist *list)
{
	int r = options->from ? namelist_read(list, options->from)
			      : namelist_words(list, count, words);

	if (r < 0)
		return command_fail("terminal", "%s: %s", options->from ? options->from : "NAME...",
				    r == -EINVAL ? _("this is no text") : strerror(-r));
	if (list->count == 0)
		return command_fail("terminal", _("%s: no name stands in it"), options->from);
	if (namelist_check(list, tell) == 0)
		return COMMAND_OK;
	if (told > WRONG_MAX)
		command_fail("terminal", _("and %zu more"), told - WRONG_MAX);
	return command_fail("terminal",
			    _("nothing was made; correct the names and run this again"));
}

int collector_terminal(int argc, char **argv)
{
	struct terminal_options options = {.directory = COLLECTOR_DIRECTORY, .output = "."};
	_cleanup_namelist_ struct namelist list = {};
	bool renew, reseal;
	int r;

	if (parse(argc, argv, &options) < 0)
		return command_usage("terminal");
	argc -= optind;
	argv += optind;
	if (argc == 1 && strcmp(argv[0], "list") == 0 && !options.from)
		return terminal_list(&options);
	renew = argc > 0 && strcmp(argv[0], "renew") == 0;
	reseal = argc > 0 && strcmp(argv[0], "reseal") == 0;
	if (renew || reseal) {
		argc--;
		argv++;
	}
	/* Names, or a file of them. */
	if ((argc > 0) == (options.from != NULL) ||
	    (!reseal && (options.records || options.marks || options.unused)))
		return command_usage("terminal");
	if (!options.records)
		options.records = "/var/log/sekisho";
	r = read_names(&options, (size_t)argc, argv, &list);
	if (r != COMMAND_OK)
		return r;
	return reseal ? terminal_reseal(&options, &list) : terminal_give(&options, &list, renew);
}
