/* sekisho: finds the subcommand in the table and runs it. */
#include "command.h"

#include "gettext.h"

#include <locale.h>
#include <stdio.h>
#include <string.h>

static const char *command_name(const char *argument)
{
	if (strcmp(argument, "--help") == 0 || strcmp(argument, "-h") == 0)
		return "help";
	if (strcmp(argument, "--version") == 0)
		return "version";
	return argument;
}

int main(int argc, char **argv)
{
	const struct command *command;
	int status;

	setlocale(LC_ALL, "");
	bindtextdomain("sekisho", SEKISHO_LOCALEDIR);
	textdomain("sekisho");
	if (argc < 2) {
		fprintf(stderr, _("usage: sekisho COMMAND [ARGUMENT...]; see 'sekisho help'\n"));
		return COMMAND_ERROR;
	}
	command = command_find(command_name(argv[1]));
	if (!command) {
		fprintf(stderr, _("sekisho: no such command; see 'sekisho help'\n"));
		return COMMAND_ERROR;
	}
	status = command->function(argc - 1, argv + 1);
	/* A full disk or a closed pipe under the answer is no answer. */
	if (fflush(stdout) != 0 || ferror(stdout)) {
		perror("sekisho");
		return COMMAND_ERROR;
	}
	return status;
}
