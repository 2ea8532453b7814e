/* Each probe fails in any case, in its own way where no program refuses it: a type of file system
 * that there is none of (ENODEV), a command that /dev/null does not know (ENOTTY) and a flag that
 * it does not take (EINVAL), a protocol that there is none of (EPROTONOSUPPORT). That a program is
 * attached would say nothing of what it does. */
#include "guardtry.h"

#include "agent/lsm/attempt.h"

#include "cleanup.h"

#include <errno.h>
#include <fcntl.h>
#include <scsi/sg.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/socket.h>

static int judge(int result, int expected)
{
	if (result >= 0)
		return 0;
	if (errno == EPERM)
		return 1;
	return errno == expected ? 0 : -errno;
}

int guardtry(enum guardtry_probe probe)
{
	_cleanup_close_ int fd = -1;

	switch (probe) {
	case GUARDTRY_MOUNT:
		return judge(mount("none", "/", ATTEMPT_PROBE_TYPE, 0, NULL), ENODEV);
	case GUARDTRY_COMMAND:
		fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
		return fd < 0 ? -errno : judge(ioctl(fd, SG_IO, NULL), ENOTTY);
	case GUARDTRY_WRITE:
		fd = open("/dev/null", O_WRONLY | O_DIRECT | O_CLOEXEC);
		return judge(fd, EINVAL);
	case GUARDTRY_SOCKET:
		fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, ATTEMPT_PROBE_PROTOCOL);
		return judge(fd, EPROTONOSUPPORT);
	}
	return -EINVAL;
}
