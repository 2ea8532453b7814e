/* What several locks ask of the machine, and how they say what they found. */
#include "exits.h"

#include "cleanup.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/xattr.h>

bool machine_has(const struct machine *machine, const char *path)
{
	_cleanup_close_ int fd = openat(machine->root, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	const struct dirent *entry;
	bool found = false;
	DIR *directory = fd < 0 ? NULL : fdopendir(fd);

	if (!directory)
		return false;
	steal_fd(&fd);
	while (!found && (entry = readdir(directory)))
		found = entry->d_name[0] != '.';
	closedir(directory);
	return found;
}

int machine_node_is_closed(const struct machine *machine, const char *path)
{
	_cleanup_close_ int fd = openat(machine->root, path, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	char by_number[64];
	struct stat status;

	if (fd < 0)
		return -errno;
	if (fstat(fd, &status) < 0)
		return -errno;
	if (status.st_uid != 0 || (status.st_mode & 077) != 0)
		return -EACCES;
	snprintf(by_number, sizeof(by_number), "/proc/self/fd/%d", fd);
	if (getxattr(by_number, "system.posix_acl_access", NULL, 0) > 0)
		return -EACCES;
	return 0;
}

void lock_found(struct lock_finding *finding, enum lock_state state, const char *format, ...)
{
	va_list arguments;

	finding->state = state;
	va_start(arguments, format);
	/* NOLINTNEXTLINE(clang-analyzer-valist.Uninitialized): va_start is the line before */
	vsnprintf(finding->text, sizeof(finding->text), format, arguments);
	va_end(arguments);
}
