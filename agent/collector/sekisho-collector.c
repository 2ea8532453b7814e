/* sekisho-collector: finds the subcommand in the table and runs it. */
#include "command.h"

int main(int argc, char **argv)
{
	return commandline_run(&collector_commands, argc, argv);
}
