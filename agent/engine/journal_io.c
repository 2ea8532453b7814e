/* What the journal asks of the system, asked of the real one. */
#include "journal.h"

#include "clock.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/statvfs.h>
#include <unistd.h>

static int real_write(void *user, int fd, const void *bytes, size_t length, uint64_t offset)
{
	const char *at = bytes;

	(void)user;
	while (length > 0) {
		ssize_t count = pwrite(fd, at, length, (off_t)offset);

		if (count < 0 && errno == EINTR)
			continue;
		if (count < 0)
			return -errno;
		at += count;
		offset += (uint64_t)count;
		length -= (size_t)count;
	}
	return 0;
}

static int real_flush(void *user, int fd)
{
	(void)user;
	/* Never tried again on the same descriptor: the kernel tells an error once and then forgets
	 * the pages it could not write. */
	return fdatasync(fd) < 0 ? -errno : 0;
}

static int real_sync(void *user, int fd)
{
	(void)user;
	return fsync(fd) < 0 ? -errno : 0;
}

static int real_allocate(void *user, int fd, uint64_t size)
{
	int r;

	(void)user;
	do
		r = fallocate(fd, 0, 0, (off_t)size) < 0 ? -errno : 0;
	while (r == -EINTR);
	return r == -EOPNOTSUPP ? 0 : r; /* writing zeros will tell */
}

static int real_available(void *user, int dirfd, uint64_t *ret_bytes)
{
	struct statvfs status;

	(void)user;
	if (fstatvfs(dirfd, &status) < 0)
		return -errno;
	*ret_bytes = (uint64_t)status.f_bavail * status.f_frsize;
	return 0;
}

static uint64_t real_realtime(void *user)
{
	(void)user;
	return clock_us(CLOCK_REALTIME);
}

static uint64_t real_monotonic(void *user)
{
	(void)user;
	/* Goes on while the terminal sleeps. */
	return clock_us(CLOCK_BOOTTIME);
}

const struct journal_io journal_io_real = {
	.write = real_write,
	.flush = real_flush,
	.sync = real_sync,
	.allocate = real_allocate,
	.available = real_available,
	.realtime_us = real_realtime,
	.monotonic_us = real_monotonic,
};
