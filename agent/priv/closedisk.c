#include "closedisk.h"

#include "cleanup.h"
#include "below.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <time.h>

#define WAYS_MAX    4 /* controllers of one namespace, one after the other */
#define PLACE_MAX   ((size_t)3 * NAME_MAX)
#define CLAIM_TRIES 5

void closedisk_release(const struct closedisk_claims *claims)
{
	for (size_t i = 0; i < claims->count; i++)
		close(claims->fds[i]);
}

int closedisk_claim(const char *name, const char *number)
{
	char path[NAME_MAX + 8], found[32];
	_cleanup_close_ int fd = -1;
	struct stat status;

	snprintf(path, sizeof(path), "/dev/%s", name);
	for (char *bang = strchr(path, '!'); bang; bang = strchr(bang, '!'))
		*bang = '/'; /* as the kernel names it below /sys */
	fd = open(path, O_RDONLY | O_EXCL | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	if (fstat(fd, &status) < 0)
		return -errno;
	snprintf(found, sizeof(found), "%u:%u", major(status.st_rdev), minor(status.st_rdev));
	if (!S_ISBLK(status.st_mode) || strcmp(found, number) != 0)
		return -ESTALE;
	return steal_fd(&fd);
}

static int inode_of(int sysfs, const char *path, uint64_t *ret_inode)
{
	_cleanup_close_ int fd = below_open(sysfs, path, O_PATH | O_DIRECTORY);
	struct stat status;

	if (fd < 0)
		return fd;
	if (fstat(fd, &status) < 0)
		return -errno;
	*ret_inode = status.st_ino;
	return 0;
}

/* 1: it is there, 0: it isn't; -errno: that can't be told. */
static int is_there(int sysfs, const char *place, const char *file)
{
	char path[PLACE_MAX + 16];
	_cleanup_close_ int fd = -1;

	snprintf(path, sizeof(path), "%s/%s", place, file);
	fd = below_open(sysfs, path, O_PATH);
	if (fd == -ENOENT || fd == -ENOTDIR)
		return 0;
	return fd < 0 ? fd : 1;
}

/* The next entry; NULL and *@ret_error: 0 at the end, or -errno. */
static const struct dirent *next_entry(DIR *directory, int *ret_error)
{
	const struct dirent *entry;

	errno = 0;
	entry = readdir(directory);
	*ret_error = entry ? 0 : -errno;
	return entry;
}

static int open_folder(int sysfs, const char *path, DIR **ret_directory)
{
	int fd = below_open(sysfs, path, O_RDONLY | O_DIRECTORY), r;

	if (fd < 0)
		return fd;
	*ret_directory = fdopendir(fd);
	if (*ret_directory)
		return 0;
	r = -errno;
	close(fd);
	return r;
}

/* "nvme1" below the subsystem that several controllers may lead to: 1; 0: there is none. */
static int find_controller(int sysfs, const char *device, char *name, size_t size)
{
	const struct dirent *entry;
	DIR *directory = NULL;
	bool found = false;
	int r = open_folder(sysfs, device, &directory);

	if (r < 0 || !directory)
		return r == -ENOENT || r == -ENOTDIR ? 0 : r;
	while (!found && (entry = next_entry(directory, &r))) {
		const char *number = entry->d_name + strspn(entry->d_name, "nvme");

		if (strncmp(entry->d_name, "nvme", 4) != 0 || *number == '\0' ||
		    number[strspn(number, "0123456789")] != '\0')
			continue;
		found = snprintf(name, size, "%s", entry->d_name) < (int)size;
	}
	closedir(directory);
	return r < 0 ? r : found;
}

/* The link below sysfs to what is to lose its driver, or to be deleted. An NVMe controller's own
 * folder has no driver: its PCI function has. */
static int find_place(int sysfs, const char *name, char place[static PLACE_MAX])
{
	char controller[NAME_MAX];
	int r;

	snprintf(place, PLACE_MAX, "block/%.*s/device", NAME_MAX, name);
	r = is_there(sysfs, place, "delete");
	if (r == 0)
		r = is_there(sysfs, place, "driver");
	if (r != 0)
		return r < 0 ? r : 0;
	r = find_controller(sysfs, place, controller, sizeof(controller));
	if (r < 0)
		return r;
	if (r > 0)
		snprintf(place, PLACE_MAX, "block/%.*s/device/%.*s/device", NAME_MAX, name, 48,
			 controller);
	else
		snprintf(place, PLACE_MAX, "block/%.*s/device/device", NAME_MAX, name);
	r = is_there(sysfs, place, "driver");
	if (r < 0)
		return r;
	return r > 0 ? 0 : -EOPNOTSUPP;
}

/* Whether the disk goes with the @target, or hangs on nothing that can be taken away: 1 or 0. What
 * can't be told is -errno, for it might be in use. */
static int goes_with(int sysfs, const char *name, uint64_t target)
{
	char place[PLACE_MAX];
	uint64_t inode = 0;
	int r = find_place(sysfs, name, place);

	if (r == 0)
		r = inode_of(sysfs, place, &inode);
	if (r == -ENOENT || r == -ENODEV || r == -EOPNOTSUPP)
		return 0;
	return r < 0 ? r : inode == target;
}

/* Some programs look at a disk alone for a moment, sekisho-disk at one that comes. */
static int claim_patiently(const char *name, const char *number, closedisk_claim_fn *claim)
{
	static const struct timespec moment = {.tv_nsec = 20000000};
	int fd = claim(name, number);

	for (int tries = 1; fd == -EBUSY && tries < CLAIM_TRIES; tries++) {
		nanosleep(&moment, NULL);
		fd = claim(name, number);
	}
	/* That its node is missing, or is another one's, does not mean that the disk has left. */
	return fd == -ENOENT || fd == -ESTALE ? -EIO : fd;
}

static int claim_one(int sysfs, const char *name, closedisk_claim_fn *claim,
		     struct closedisk_claims *claims)
{
	char path[NAME_MAX + 32], number[32];
	int fd, r;

	snprintf(path, sizeof(path), "block/%s/hidden", name);
	if (below_read(sysfs, path, number, sizeof(number)) == 0 && strcmp(number, "1") == 0)
		return 0; /* a way to a namespace that is there under its own name */
	snprintf(path, sizeof(path), "block/%s/dev", name);
	r = below_read(sysfs, path, number, sizeof(number));
	if (r == -ENOENT || r == -ENODEV)
		return 0; /* it left */
	if (r < 0)
		return r;
	if (claims->count == CLOSEDISK_CLAIMS_MAX)
		return -E2BIG;
	fd = claim_patiently(name, number, claim);
	if (fd < 0)
		return fd;
	claims->fds[claims->count++] = fd;
	return 0;
}

/* All disks that go with @place, @name's: mostly that one alone, which has to be among them. */
static int claim_all(int sysfs, const char *name, const char *place, closedisk_claim_fn *claim,
		     struct closedisk_claims *claims)
{
	const struct dirent *entry;
	uint64_t target = 0;
	DIR *directory = NULL;
	bool own = false;
	int r = inode_of(sysfs, place, &target);

	if (r == 0)
		r = open_folder(sysfs, "block", &directory);
	if (r < 0 || !directory)
		return r;
	while (r == 0 && (entry = next_entry(directory, &r))) {
		if (entry->d_name[0] == '.')
			continue;
		r = goes_with(sysfs, entry->d_name, target);
		own |= r > 0 && strcmp(entry->d_name, name) == 0;
		if (r > 0)
			r = claim_one(sysfs, entry->d_name, claim, claims);
	}
	closedir(directory);
	return r == 0 && !own ? -EAGAIN : r;
}

/* A namespace that two controllers may lead to lies below none: by its place. */
static int is_behind(int sysfs, const char *name, const char *function, uint64_t inode)
{
	char path[NAME_MAX + 16], part[64], target[PATH_MAX] = "";

	snprintf(path, sizeof(path), "block/%s", name);
	snprintf(part, sizeof(part), "/%.48s/", function);
	if (readlinkat(sysfs, path, target, sizeof(target) - 1) > 0 && strstr(target, part))
		return 1;
	return goes_with(sysfs, name, inode);
}

int closedisk_claim_behind(int sysfs, const char *name, closedisk_claim_fn *claim,
			   struct closedisk_claims *claims)
{
	char path[NAME_MAX + 32];
	const struct dirent *entry;
	DIR *directory = NULL;
	uint64_t inode = 0;
	int r;

	snprintf(path, sizeof(path), "bus/pci/devices/%s", name);
	r = inode_of(sysfs, path, &inode);
	if (r < 0)
		return r;
	r = open_folder(sysfs, "block", &directory);
	if (r < 0 || !directory)
		return r == -ENOENT ? 0 : r;
	while (r == 0 && (entry = next_entry(directory, &r))) {
		if (entry->d_name[0] == '.')
			continue;
		r = is_behind(sysfs, entry->d_name, name, inode);
		if (r > 0)
			r = claim_one(sysfs, entry->d_name, claim, claims);
	}
	closedir(directory);
	return r;
}

static int take_away(int sysfs, const char *place)
{
	char path[PLACE_MAX + 16], target[PATH_MAX];
	_cleanup_close_ int fd = -1;
	const char *slash;
	ssize_t length;
	int r = is_there(sysfs, place, "delete");

	if (r < 0)
		return r;
	snprintf(path, sizeof(path), "%s/delete", place);
	if (r > 0)
		return below_write(sysfs, path, "1");
	/* The device's name is where its link leads. */
	fd = below_open(sysfs, place, O_PATH | O_NOFOLLOW);
	if (fd < 0)
		return fd;
	length = readlinkat(fd, "", target, sizeof(target) - 1);
	if (length < 0)
		return -errno;
	target[length] = '\0';
	slash = strrchr(target, '/');
	snprintf(path, sizeof(path), "%s/driver/unbind", place);
	return below_write(sysfs, path, slash ? slash + 1 : target);
}

/* While it is held its name is given to no other disk: the kernel frees the number with the last
 * descriptor. */
static int close_way(int sysfs, const char *name, uint64_t inode, closedisk_claim_fn *claim)
{
	struct closedisk_claims claims = {};
	char place[PLACE_MAX], folder[NAME_MAX + 16];
	uint64_t now = 0;
	int r = find_place(sysfs, name, place);

	if (r == 0)
		r = claim_all(sysfs, name, place, claim, &claims);
	snprintf(folder, sizeof(folder), "block/%s", name);
	if (r == 0)
		r = inode_of(sysfs, folder, &now);
	if (r == 0 && now != inode)
		r = -ESTALE;
	if (r == 0)
		r = take_away(sysfs, place);
	closedisk_release(&claims);
	return r;
}

int closedisk_run(int sysfs, const char *name, uint64_t inode, closedisk_claim_fn *claim)
{
	char folder[NAME_MAX + 16];
	uint64_t now = 0;
	int r;

	snprintf(folder, sizeof(folder), "block/%s", name);
	r = inode_of(sysfs, folder, &now);
	if (r < 0)
		return r;
	if (now != inode)
		return -ESTALE;
	for (int way = 0; way < WAYS_MAX; way++) {
		r = close_way(sysfs, name, inode, claim);
		if (r < 0)
			return r;
		if (inode_of(sysfs, folder, &now) < 0 || now != inode)
			return 0;
	}
	return -EIO;
}
