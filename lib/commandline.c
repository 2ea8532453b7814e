#include "commandline.h"

#include "cleanup.h"
#include "columns.h"
#include "config.h"
#include "gettext.h"
#include "language.h"
#include "synopsis.h"

#include <errno.h>
#include <locale.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define USAGE_INDENT 4 /* of its lines after the first */
#define SYNOPSIS_MAX 1024 /* the longest one has half of it */

static const struct command_table *running = &(const struct command_table){.program = "sekisho"};

/* The words that are read now, as getopt_long(3) has sorted them. */
static struct {
	const char *name; /* of the subcommand */
	char **words;
	int count;
	bool named; /* what is wrong with them has been said */
} given = {.name = ""};

const struct command *command_find(const struct command_table *table, const char *name)
{
	for (size_t i = 0; i < table->count; i++)
		if (strcmp(table->rows[i].name, name) == 0)
			return &table->rows[i];
	return NULL;
}

int command_fail(const char *name, const char *format, ...)
{
	_cleanup_free_ char *text = NULL;
	va_list arguments;

	va_start(arguments, format);
	if (vasprintf(&text, format, arguments) < 0)
		text = NULL;
	va_end(arguments);
	/* One message is one line to programs and to logs. */
	if (text && isatty(fileno(stderr)))
		columns_printf(stderr, 0, USAGE_INDENT, "%s %s: %s\n", running->program, name,
			       text);
	else
		fprintf(stderr, "%s %s: %s\n", running->program, name,
			text ? text : strerror(ENOMEM));
	return COMMAND_ERROR;
}

int command_option(int argc, char **argv, const char *letters, const struct option *names)
{
	char own[16]; /* the colon tells a missing value from an option that is not known */
	const char *word;
	int option;

	given.words = argv;
	given.count = argc;
	snprintf(own, sizeof(own), ":%s", letters);
	opterr = 0;
	option = getopt_long(argc, argv, own, names, NULL);
	if (option != '?' && option != ':')
		return option;
	word = argv[optind - 1];
	given.named = true;
	if (option == ':')
		command_fail(given.name, _("the option '%s' needs a value"), word);
	else if (strncmp(word, "--", 2) != 0)
		command_fail(given.name, _("there is no option '-%c'"), optopt);
	else if (optopt != 0)
		command_fail(given.name, _("the option '%s' takes no value"), word);
	else
		command_fail(given.name, _("there is no option '%s'"), word);
	return '?';
}

/* The first word that is no option, or else "". A verb with options of its own is word 0. */
static const char *first_word(void)
{
	int at = optind;

	if (given.count > 0 && strcmp(given.words[0], given.name) != 0)
		return given.words[0];
	/* Only at its end has getopt_long(3) put the words behind the options. */
	if (given.named)
		for (at = 1; at < given.count && given.words[at][0] == '-';)
			at++;
	return at < given.count ? given.words[at] : "";
}

static void name_mistake(const char *name, const char *word, const char *synopsis)
{
	if (word[0] == '-' && word[1] != '\0')
		command_fail(name, _("there is no option '%s'"), word);
	else if (word[0] != '\0' && synopsis_verbs_only(synopsis) && !synopsis_has(synopsis, word))
		command_fail(name, _("'%s' is not known here"), word);
	else if (word[0] == '\0' && synopsis[0] != '[' && synopsis[0] != '\0')
		command_fail(name, _("it is not said what to do, or with what"));
	else
		command_fail(name, _("there are too few words, or too many, or they don't fit"));
}

int command_usage(const char *name)
{
	const struct command *command = command_find(running, name);
	const char *at = command ? command->synopsis : "", *between = "", *part;
	const char *word = first_word();
	const bool one = synopsis_has(at, word);
	char shown[SYNOPSIS_MAX] = "";
	size_t length, count = 0;

	if (!given.named)
		name_mistake(name, word, at);
	while (count < sizeof(shown) && (part = synopsis_next(&at, &length))) {
		if (one && !synopsis_begins(part, word))
			continue;
		count += (size_t)snprintf(shown + count, sizeof(shown) - count, "%s%.*s", between,
					  (int)length, part);
		between = " | ";
	}
	columns_printf(stderr, 0, USAGE_INDENT, _("usage: %s %s %s\n"), running->program, name,
		       shown);
	return COMMAND_ERROR;
}

void command_column(const char *text, int width)
{
	const int columns = (int)columns_of(text);

	printf("%s%*s", text, columns < width ? width - columns : 0, "");
}

int command_help(int argc, char **argv)
{
	const struct command *command;

	if (argc > 2)
		return command_usage("help");
	if (argc == 2) {
		command = command_find(running, argv[1]);
		if (!command)
			return command_fail("help", _("there is no command '%s'; see '%s help'"),
					    argv[1], running->program);
		columns_printf(stdout, 0, USAGE_INDENT, _("usage: %s %s %s\n"), running->program,
			       command->name, command->synopsis);
		columns_printf(stdout, 0, 0, "%s\n", _(command->help));
		return COMMAND_OK;
	}
	printf(_("usage: %s COMMAND [ARGUMENT...]\n\n"), running->program);
	for (size_t i = 0; i < running->count; i++) {
		printf("  %-10s ", running->rows[i].name);
		columns_printf(stdout, 13, 13, "%s\n", _(running->rows[i].help));
	}
	return COMMAND_OK;
}

int command_version(int argc, char **argv)
{
	(void)argv;
	if (argc > 1)
		return command_usage("version");
	printf("%s %s\n", running->program, SEKISHO_VERSION);
	return COMMAND_OK;
}

static const char *command_name(const char *argument)
{
	if (strcmp(argument, "--help") == 0 || strcmp(argument, "-h") == 0)
		return "help";
	if (strcmp(argument, "--version") == 0)
		return "version";
	return argument;
}

/* sudo(8) puts a terminal of its own between, which leaves TERM: console_codes(4). */
static bool is_on_text_console(void)
{
	const char *term = getenv("TERM");

	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
		const char *tty = ttyname(fd);

		if (tty && (language_text_console(tty) || (term && strcmp(term, "linux") == 0)))
			return true;
	}
	return false;
}

static void choose_language(void)
{
	const char *all = getenv("LC_ALL");

	setlocale(LC_ALL, "");
	if (!is_on_text_console())
		return;
	/* English is what can be read there, also of programs that are run and of log-ins that are
	 * tried. */
	setlocale(LC_MESSAGES, "C");
	setenv("LC_MESSAGES", "C", 1);
	/* It would win over that; what bytes mean stays as it says. */
	if (all && all[0] != '\0')
		setenv("LC_CTYPE", all, 1);
	unsetenv("LC_ALL");
}

int commandline_run(const struct command_table *table, int argc, char **argv)
{
	const struct command *command;
	int status;

	running = table;
	choose_language();
	bindtextdomain(table->program, SEKISHO_LOCALEDIR);
	textdomain(table->program);
	config_speak();
	if (argc < 2) {
		fprintf(stderr, _("usage: %s COMMAND [ARGUMENT...]; see '%s help'\n"),
			table->program, table->program);
		return COMMAND_ERROR;
	}
	command = command_find(table, command_name(argv[1]));
	if (!command) {
		fprintf(stderr, _("%s: there is no command '%s'; see '%s help'\n"), table->program,
			argv[1], table->program);
		return COMMAND_ERROR;
	}
	given.named = false;
	given.name = command->name;
	given.words = argv + 1;
	given.count = argc - 1;
	if (argc > 2 && strcmp(argv[argc - 1], "--help") == 0)
		status = command_help(2, argv);
	else
		status = command->function(argc - 1, argv + 1);
	/* A full disk or a closed pipe under the answer is no answer. */
	if (fflush(stdout) != 0 || ferror(stdout)) {
		perror(table->program);
		return COMMAND_ERROR;
	}
	return status;
}
