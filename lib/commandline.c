#include "commandline.h"

#include "gettext.h"

#include <locale.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <wchar.h>

static const struct command_table *running = &(const struct command_table){.program = "sekisho"};

const struct command *command_find(const struct command_table *table, const char *name)
{
	for (size_t i = 0; i < table->count; i++)
		if (strcmp(table->rows[i].name, name) == 0)
			return &table->rows[i];
	return NULL;
}

int command_fail(const char *name, const char *format, ...)
{
	va_list arguments;

	fprintf(stderr, "%s %s: ", running->program, name);
	va_start(arguments, format);
	vfprintf(stderr, format, arguments);
	va_end(arguments);
	fputc('\n', stderr);
	return COMMAND_ERROR;
}

int command_usage(const char *name)
{
	const struct command *command = command_find(running, name);

	fprintf(stderr, _("usage: %s %s %s\n"), running->program, name,
		command ? command->synopsis : "");
	return COMMAND_ERROR;
}

void command_column(const char *text, int width)
{
	const char *at = text;
	mbstate_t state = {};
	int columns = 0;

	while (*at) {
		wchar_t character;
		size_t length = mbrtowc(&character, at, MB_CUR_MAX, &state);
		int wide = length <= MB_CUR_MAX ? wcwidth(character) : 1;

		/* No text of this locale: one column a byte. */
		if (length > MB_CUR_MAX) {
			memset(&state, 0, sizeof(state));
			length = 1;
		}
		columns += wide > 0 ? wide : 0;
		at += length;
	}
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
			return command_fail("help", _("no such command; see '%s help'"),
					    running->program);
		printf(_("usage: %s %s %s\n"), running->program, command->name, command->synopsis);
		printf("%s\n", _(command->help));
		return COMMAND_OK;
	}
	printf(_("usage: %s COMMAND [ARGUMENT...]\n\n"), running->program);
	for (size_t i = 0; i < running->count; i++)
		printf("  %-10s %s\n", running->rows[i].name, _(running->rows[i].help));
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

int commandline_run(const struct command_table *table, int argc, char **argv)
{
	const struct command *command;
	int status;

	running = table;
	setlocale(LC_ALL, "");
	bindtextdomain(table->program, SEKISHO_LOCALEDIR);
	textdomain(table->program);
	if (argc < 2) {
		fprintf(stderr, _("usage: %s COMMAND [ARGUMENT...]; see '%s help'\n"),
			table->program, table->program);
		return COMMAND_ERROR;
	}
	command = command_find(table, command_name(argv[1]));
	if (!command) {
		fprintf(stderr, _("%s: no such command; see '%s help'\n"), table->program,
			table->program);
		return COMMAND_ERROR;
	}
	status = command->function(argc - 1, argv + 1);
	/* A full disk or a closed pipe under the answer is no answer. */
	if (fflush(stdout) != 0 || ferror(stdout)) {
		perror(table->program);
		return COMMAND_ERROR;
	}
	return status;
}
