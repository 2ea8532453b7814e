#include "absent.h"

#include "command.h"
#include "gettext.h"

#include <errno.h>
#include <unistd.h>

int absent_fail(const char *command, const char *path, int r, const struct config_error *error)
{
	/* Another file of the same configuration may be meant. */
	if (r != -ENOENT || access(path, F_OK) == 0)
		return command_fail(command, "%s", error->text);
	return command_fail(command,
			    _("%s is missing; put it back from a copy, or by 'apt-get install "
			      "--reinstall -o Dpkg::Options::=--force-confmiss sekisho'"),
			    path);
}
