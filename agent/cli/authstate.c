#include "authstate.h"

#include <errno.h>
#include <grp.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

int authstate_become_owner(const char *directory)
{
	struct stat status;

	if (prctl(PR_SET_DUMPABLE, 0) < 0 || lstat(directory, &status) < 0)
		return -errno;
	if (!S_ISDIR(status.st_mode))
		return -ENOTDIR;
	if (status.st_uid == 0)
		return 0;
	if (setgroups(0, NULL) < 0 || setresgid(status.st_gid, status.st_gid, status.st_gid) < 0 ||
	    setresuid(status.st_uid, status.st_uid, status.st_uid) < 0)
		return -errno;
	return prctl(PR_SET_DUMPABLE, 0) < 0 ? -errno : 0;
}
