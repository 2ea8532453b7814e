#include "diskhold.h"

#include "cleanup.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <time.h>

static int open_alone(const char *name, int tries)
{
	static const struct timespec moment = {.tv_nsec = 20000000};
	char path[NAME_MAX + 8];
	int fd = -1;

	snprintf(path, sizeof(path), "/dev/%s", name);
	for (char *bang = strchr(path, '!'); bang; bang = strchr(bang, '!'))
		*bang = '/'; /* as the kernel names it below /sys */
	errno = EBUSY;
	for (int i = 0; fd < 0 && errno == EBUSY && i < tries; i++) {
		if (i > 0)
			nanosleep(&moment, NULL);
		fd = open(path, O_RDONLY | O_EXCL | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC);
	}
	return fd < 0 ? -errno : fd;
}

int diskhold_open(const char *name, const char *number, int tries)
{
	_cleanup_close_ int fd = open_alone(name, tries);
	struct stat status;
	char found[32];

	if (fd < 0 || !number)
		return steal_fd(&fd);
	if (fstat(fd, &status) < 0)
		return -errno;
	snprintf(found, sizeof(found), "%u:%u", major(status.st_rdev), minor(status.st_rdev));
	if (!S_ISBLK(status.st_mode) || strcmp(found, number) != 0)
		return -ESTALE;
	return steal_fd(&fd);
}
