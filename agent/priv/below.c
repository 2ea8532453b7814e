#include "below.h"

#include "cleanup.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <stdarg.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#define OPEN_TRIES 100

/* A rename anywhere on the machine that crosses the way up of a link is EAGAIN (openat2(2)), and
 * udev renames all the time. */
int below_open(int directory, int flags, const char *path_format, ...)
{
	struct open_how how = {
		.flags = (unsigned int)flags | O_CLOEXEC,
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_XDEV | RESOLVE_NO_MAGICLINKS,
	};
	char path[PATH_MAX];
	va_list parts;
	long fd = -1;
	int length;

	va_start(parts, path_format);
	length = vsnprintf(path, sizeof(path), path_format, parts);
	va_end(parts);
	if (length < 0 || (size_t)length >= sizeof(path))
		return -ENAMETOOLONG;
	for (int tries = 0; tries < OPEN_TRIES; tries++) {
		fd = syscall(SYS_openat2, directory, path, &how, sizeof(how));
		if (fd >= 0 || errno != EAGAIN)
			break;
	}
	return fd < 0 ? -errno : (int)fd;
}

int below_write(int fd, const char *text)
{
	_cleanup_close_ int file = fd;
	ssize_t written;

	if (file < 0)
		return file;
	written = write(file, text, strlen(text));
	if (written < 0)
		return -errno;
	return (size_t)written == strlen(text) ? 0 : -EIO;
}

int below_read(int fd, char *text, unsigned int size)
{
	_cleanup_close_ int file = fd;
	ssize_t length;

	if (file < 0)
		return file;
	length = read(file, text, size - 1);
	if (length < 0)
		return -errno;
	text[length] = '\0';
	text[strcspn(text, "\n")] = '\0';
	return 0;
}

int below_expect(int fd, const char *text)
{
	char word[8];
	int r = below_read(fd, word, sizeof(word));

	return r == 0 && strcmp(word, text) != 0 ? -EIO : r;
}

int below_inode(int fd, uint64_t *ret_inode)
{
	_cleanup_close_ int file = fd;
	struct stat status;

	if (file < 0)
		return file;
	if (fstat(file, &status) < 0)
		return -errno;
	*ret_inode = status.st_ino;
	return 0;
}

int below_each(int directory, const char *folder, int (*see)(void *user, const char *name),
	       void *user)
{
	_cleanup_close_ int fd = below_open(directory, O_RDONLY | O_DIRECTORY, "%s", folder);
	struct dirent **entries;
	int count, r = 0;

	if (fd < 0)
		return fd;
	count = scandirat(fd, ".", &entries, NULL, NULL);
	if (count < 0)
		return -errno;
	for (int i = 0; i < count; i++) {
		r = r == 0 ? see(user, entries[i]->d_name) : r;
		free(entries[i]);
	}
	free(entries);
	return r;
}
