#include "command.h"

#include <stdio.h>

int command_version(int argc, char **argv)
{
	(void)argv;
	if (argc > 1)
		return command_usage("version");
	printf("sekisho %s\n", SEKISHO_VERSION);
	return COMMAND_OK;
}
