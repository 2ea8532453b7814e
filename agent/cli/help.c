/* sekisho help: the table, as people read it. */
#include "command.h"

#include "gettext.h"

#include <stdio.h>

int command_help(int argc, char **argv)
{
	const struct command *command;

	if (argc > 2)
		return command_usage("help");
	if (argc == 2) {
		command = command_find(argv[1]);
		if (!command)
			return command_fail("help", _("no such command; see 'sekisho help'"));
		printf(_("usage: sekisho %s %s\n"), command->name, command->synopsis);
		printf("%s\n", _(command->help));
		return COMMAND_OK;
	}
	printf(_("usage: sekisho COMMAND [ARGUMENT...]\n\n"));
	for (size_t i = 0; i < n_commands; i++)
		printf("  %-10s %s\n", commands[i].name, _(commands[i].help));
	return COMMAND_OK;
}
