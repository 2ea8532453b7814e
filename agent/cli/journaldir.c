#include "journaldir.h"

#include "command.h"
#include "gettext.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

int journaldir_open(const char *command, const char *path)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd >= 0)
		return fd;
	if (errno == EACCES)
		command_fail(command,
			     _("%s: only root and members of the group sekisho-audit may read the "
			       "journal; try sudo"),
			     path);
	else
		command_fail(command, _("%s: can't be read: %s"), path, strerror(errno));
	return -1;
}
