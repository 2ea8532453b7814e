/* sekisho roster check: reads every line, as a log-in would. */
#include "command.h"

#include "agent/auth/rosterfile.h"
#include "gettext.h"
#include "paths.h"

#include <string.h>

int command_roster(int argc, char **argv)
{
	_cleanup_rosterfile_ struct rosterfile roster = {};
	const char *path = argc == 3 ? argv[2] : SEKISHO_ROSTER;
	struct config_error error;
	int r;

	if (argc < 2 || argc > 3 || strcmp(argv[1], "check") != 0)
		return command_usage("roster");
	r = rosterfile_load(path, 0, &roster, &error);
	if (r < 0) {
		command_fail("roster", "%s", error.text[0] ? error.text : strerror(-r));
		return COMMAND_NO;
	}
	printf(_("%s: %zu keys, all lines are right\n"), path, roster.count);
	return COMMAND_OK;
}
