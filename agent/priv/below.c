#include "below.h"

#include "cleanup.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define OPEN_TRIES 100

/* A rename anywhere on the machine that crosses the way up of a link is EAGAIN (openat2(2)), and
 * udev renames all the time. */
int below_open(int directory, const char *path, int flags)
{
	struct open_how how = {
		.flags = (unsigned int)flags | O_CLOEXEC,
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_XDEV | RESOLVE_NO_MAGICLINKS,
	};
	long fd = -1;

	for (int tries = 0; tries < OPEN_TRIES; tries++) {
		fd = syscall(SYS_openat2, directory, path, &how, sizeof(how));
		if (fd >= 0 || errno != EAGAIN)
			break;
	}
	return fd < 0 ? -errno : (int)fd;
}

int below_inode(int directory, const char *path, uint64_t *ret_inode)
{
	_cleanup_close_ int fd = below_open(directory, path, O_PATH);
	struct stat status;

	if (fd < 0)
		return fd;
	if (fstat(fd, &status) < 0)
		return -errno;
	*ret_inode = status.st_ino;
	return 0;
}

int below_write(int directory, const char *path, const char *text)
{
	_cleanup_close_ int fd = below_open(directory, path, O_WRONLY);
	ssize_t written;

	if (fd < 0)
		return fd;
	written = write(fd, text, strlen(text));
	if (written < 0)
		return -errno;
	return (size_t)written == strlen(text) ? 0 : -EIO;
}

int below_read(int directory, const char *path, char *text, unsigned int size)
{
	_cleanup_close_ int fd = below_open(directory, path, O_RDONLY);
	ssize_t length;

	if (fd < 0)
		return fd;
	length = read(fd, text, size - 1);
	if (length < 0)
		return -errno;
	text[length] = '\0';
	text[strcspn(text, "\n")] = '\0';
	return 0;
}
