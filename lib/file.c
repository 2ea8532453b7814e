#include "file.h"

#include "cleanup.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int file_open_trusted(int dirfd, const char *path, uid_t owner, int *ret_fd)
{
	_cleanup_close_ int fd = -1;
	struct stat status;

	/* O_NONBLOCK: a FIFO in the file's place must not hold us up before fstat sees it. */
	fd = openat(dirfd, path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY | O_NONBLOCK);
	if (fd < 0)
		return -errno;
	if (fstat(fd, &status) < 0)
		return -errno;
	if (!S_ISREG(status.st_mode))
		return -EINVAL;
	if ((status.st_uid != 0 && status.st_uid != owner) || (status.st_mode & 022))
		return -EPERM;
	*ret_fd = steal_fd(&fd);
	return 0;
}

int file_read_all(int fd, size_t max, char **ret_text, size_t *ret_length)
{
	_cleanup_free_ char *text = NULL;
	size_t length = 0;
	size_t size = 0;

	for (;;) {
		ssize_t count;

		if (length + 1 >= size) {
			size_t larger = size ? size * 2 : 4096;
			char *grown;

			if (length > max)
				return -EFBIG;
			grown = realloc(text, larger);
			if (!grown)
				return -ENOMEM;
			text = grown;
			size = larger;
		}
		count = read(fd, text + length, size - length - 1);
		if (count < 0 && errno == EINTR)
			continue;
		if (count < 0)
			return -errno;
		if (count == 0)
			break;
		length += (size_t)count;
	}
	if (length > max)
		return -EFBIG;
	text[length] = '\0';
	*ret_text = steal_pointer(text);
	*ret_length = length;
	return 0;
}

int file_read_line(int dirfd, const char *path, char *text, size_t size)
{
	_cleanup_close_ int fd =
		openat(dirfd, path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	size_t length = 0;

	if (fd < 0)
		return -errno;
	for (;;) {
		ssize_t count = read(fd, text + length, size - length);

		if (count < 0 && errno == EINTR)
			continue;
		if (count < 0)
			return -errno;
		if (count == 0)
			break;
		length += (size_t)count;
		if (length == size)
			return -EFBIG;
		/* That was the line. To ask for more of an attribute makes the kernel format it
		 * once more (Documentation/filesystems/sysfs.rst). */
		if (text[length - 1] == '\n')
			break;
	}
	if (length > 0 && text[length - 1] == '\n')
		length--;
	if (memchr(text, '\0', length))
		return -EBADMSG;
	text[length] = '\0';
	return 0;
}

int file_write_all(int fd, const void *bytes, size_t length)
{
	const char *at = bytes;

	while (length > 0) {
		ssize_t count = write(fd, at, length);

		if (count < 0 && errno == EINTR)
			continue;
		if (count < 0)
			return -errno;
		at += count;
		length -= (size_t)count;
	}
	return 0;
}

int file_write_atomic(int dirfd, const char *name, const void *bytes, size_t length, mode_t mode)
{
	_cleanup_close_ int here = -1;
	_cleanup_close_ int fd = -1;
	char fresh[300];
	int r;

	r = snprintf(fresh, sizeof(fresh), ".%s.new", name);
	if (r < 0 || (size_t)r >= sizeof(fresh) || strchr(name, '/'))
		return -ENAMETOOLONG;
	here = openat(dirfd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (here < 0)
		return -errno;
	/* A left-over of an interrupted write is ours to replace. */
	if (unlinkat(here, fresh, 0) < 0 && errno != ENOENT)
		return -errno;
	fd = openat(here, fresh, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return -errno;
	r = file_write_all(fd, bytes, length);
	if (r == 0 && fchmod(fd, mode) < 0)
		r = -errno;
	if (r == 0 && fdatasync(fd) < 0)
		r = -errno;
	if (r == 0 && renameat(here, fresh, here, name) < 0)
		r = -errno;
	if (r < 0) {
		unlinkat(here, fresh, 0);
		return r;
	}
	return fsync(here) < 0 ? -errno : 0;
}

int file_write_new(int dirfd, const char *name, const void *bytes, size_t length, mode_t mode)
{
	_cleanup_close_ int fd = -1;
	int r;

	fd = openat(dirfd, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return -errno;
	r = file_write_all(fd, bytes, length);
	if (r == 0 && fchmod(fd, mode) < 0)
		r = -errno;
	if (r < 0)
		unlinkat(dirfd, name, 0);
	return r;
}

ssize_t file_read_at(int fd, void *bytes, size_t length, off_t place)
{
	ssize_t count;

	do
		count = pread(fd, bytes, length, place);
	while (count < 0 && errno == EINTR);
	return count < 0 ? -errno : count;
}

int file_write_at(int fd, const void *bytes, size_t length, off_t place)
{
	ssize_t count;

	do
		count = pwrite(fd, bytes, length, place);
	while (count < 0 && errno == EINTR);
	if (count < 0)
		return -errno;
	return count == (ssize_t)length ? 0 : -EIO;
}

int file_write_durable(int fd, const void *bytes, size_t length, off_t place)
{
	int r = file_write_at(fd, bytes, length, place);

	if (r < 0)
		return r;
	return fdatasync(fd) < 0 ? -errno : 0;
}
