#include "storefile.h"

#include "cleanup.h"
#include "file.h"
#include "wire.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>

/* Two log-ins may find it missing at once: the directory is locked while it is made, so that the
 * second does not replace a file in which the first has stored. */
static int make(int dirfd, const char *name, size_t size)
{
	_cleanup_close_ int lock = openat(dirfd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	_cleanup_free_ char *zeros = NULL;

	if (lock < 0 || flock(lock, LOCK_EX) < 0)
		return -errno;
	if (faccessat(dirfd, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0)
		return 0;
	zeros = calloc(1, size);
	if (!zeros)
		return -ENOMEM;
	/* NOLINTNEXTLINE(clang-analyzer-unix.Malloc): _cleanup_free_ releases it */
	return file_write_atomic(dirfd, name, zeros, size, 0600);
}

int storefile_open(int dirfd, const char *name, size_t size, int *ret_fd)
{
	_cleanup_close_ int fd = -1;
	struct stat status;
	int r;

	fd = openat(dirfd, name, O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY);
	if (fd < 0 && errno == ENOENT) {
		r = make(dirfd, name, size);
		if (r < 0)
			return r;
		fd = openat(dirfd, name, O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY);
	}
	if (fd < 0)
		return -errno;
	if (fstat(fd, &status) < 0)
		return -errno;
	if (!S_ISREG(status.st_mode) || status.st_size != (off_t)size)
		return -EINVAL;
	*ret_fd = steal_fd(&fd);
	return 0;
}

static int set_lock(int fd, off_t place, short type)
{
	struct flock lock = {.l_type = type, .l_whence = SEEK_SET, .l_start = place, .l_len = 1};

	return fcntl(fd, F_OFD_SETLK, &lock) < 0 ? -errno : 0;
}

int storefile_lock(int fd, off_t place, int64_t deadline)
{
	const struct timespec pause = {.tv_nsec = 20000000}; /* 20 ms */

	for (;;) {
		int r = set_lock(fd, place, F_WRLCK);

		if (r != -EAGAIN && r != -EACCES && r != -EINTR)
			return r;
		if (wire_now() >= deadline)
			return -ETIMEDOUT;
		nanosleep(&pause, NULL);
	}
}

void storefile_unlock(int fd, off_t place)
{
	set_lock(fd, place, F_UNLCK);
}

bool storefile_locked(int fd, off_t place)
{
	struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = place, .l_len = 1};

	return fcntl(fd, F_OFD_GETLK, &lock) == 0 && lock.l_type != F_UNLCK;
}
