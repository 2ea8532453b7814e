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

/* What disks hang on: it loses its driver, or is deleted. */
struct bearer {
	char place[PLACE_MAX]; /* the link to it below sysfs */
	char name[NAME_MAX]; /* of its folder */
	uint64_t inode;
	bool is_deleted; /* else its driver is unbound */
};

/* A look through /sys/block for the disks that go with one. */
struct look {
	int sysfs;
	const struct bearer *bearer;
	const char *held; /* a disk that is held already, or NULL */
	closedisk_claim_fn *claim;
	struct closedisk_claims *claims;
};

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
	if (fd < 0 || fstat(fd, &status) < 0)
		return -errno;
	snprintf(found, sizeof(found), "%u:%u", major(status.st_rdev), minor(status.st_rdev));
	if (!S_ISBLK(status.st_mode) || strcmp(found, number) != 0)
		return -ESTALE;
	return steal_fd(&fd);
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

/* Calls @see for the entries of a folder, dots too, until it says other than 0, and says that. */
static int for_each(int sysfs, const char *folder, int (*see)(void *user, const char *name),
		    void *user)
{
	_cleanup_close_ int fd = below_open(sysfs, folder, O_RDONLY | O_DIRECTORY);
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

/* "nvme1" below the subsystem that several controllers may lead to. */
static int see_controller(void *user, const char *name)
{
	static const char digits[] = "0123456789";

	if (strncmp(name, "nvme", 4) != 0 || strspn(name + 4, digits) == 0 ||
	    name[4 + strspn(name + 4, digits)] != '\0')
		return 0;
	snprintf(user, NAME_MAX, "%s", name);
	return 1;
}

/* 1: what is at the place can be taken away, 0: it can't; -errno: that can't be told. */
static int find_way(int sysfs, struct bearer *bearer)
{
	int r = is_there(sysfs, bearer->place, "delete");

	bearer->is_deleted = r > 0;
	return r == 0 ? is_there(sysfs, bearer->place, "driver") : r;
}

/* An NVMe controller's own folder has no driver: its PCI function has. */
static int find_bearer(int sysfs, const char *disk, struct bearer *bearer)
{
	char controller[NAME_MAX] = ".", target[PATH_MAX] = "/";
	int r;

	snprintf(bearer->place, PLACE_MAX, "block/%.*s/device", NAME_MAX, disk);
	r = find_way(sysfs, bearer);
	if (r == 0) {
		r = for_each(sysfs, bearer->place, see_controller, controller);
		if (r < 0 && r != -ENOENT && r != -ENOTDIR)
			return r;
		snprintf(bearer->place, PLACE_MAX, "block/%.*s/device/%.48s/device", NAME_MAX, disk,
			 controller);
		r = find_way(sysfs, bearer);
	}
	if (r <= 0)
		return r < 0 ? r : -EOPNOTSUPP;
	/* Its name is where the link leads. */
	if (readlinkat(sysfs, bearer->place, target + 1, sizeof(target) - 2) < 0)
		return -errno;
	snprintf(bearer->name, NAME_MAX, "%.*s", NAME_MAX - 1, strrchr(target, '/') + 1);
	return below_inode(sysfs, bearer->place, &bearer->inode);
}

/* Whether the disk goes with the bearer, or hangs on nothing that can be taken away: 1 or 0. What
 * can't be told is -errno, for it might be in use. */
static int goes_with(int sysfs, const char *disk, const struct bearer *bearer)
{
	char path[NAME_MAX + 16], part[NAME_MAX + 4], target[PATH_MAX] = "";
	struct bearer own = {};
	int r;

	snprintf(path, sizeof(path), "block/%s", disk);
	snprintf(part, sizeof(part), "/%s/", bearer->name);
	if (readlinkat(sysfs, path, target, sizeof(target) - 1) > 0 && strstr(target, part))
		return 1;
	/* A namespace that two controllers may lead to lies below none. */
	r = find_bearer(sysfs, disk, &own);
	if (r == -ENOENT || r == -ENODEV || r == -EOPNOTSUPP)
		return 0;
	return r < 0 ? r : own.inode == bearer->inode;
}

/* Some programs look at a disk alone for a moment, sekisho-disk at one that comes. */
static int claim_patiently(const char *name, const char *number, closedisk_claim_fn *claim)
{
	static const struct timespec moment = {.tv_nsec = 20000000};
	int fd = -EBUSY;

	for (int tries = 0; fd == -EBUSY && tries < CLAIM_TRIES; tries++) {
		if (tries > 0)
			nanosleep(&moment, NULL);
		fd = claim(name, number);
	}
	/* That its node is missing, or is another one's, does not mean that the disk has left. */
	return fd == -ENOENT || fd == -ESTALE ? -ENOTBLK : fd;
}

/* The kernel looks whether anybody else has it before it asks the disk (block/bdev.c,
 * blkdev_get_by_dev): so these say that it does not answer, and that nobody uses it. */
static bool is_dead(int error)
{
	return error == -EIO || error == -ENXIO || error == -ENOMEDIUM;
}

static int claim_one(const struct look *look, const char *name)
{
	char path[NAME_MAX + 32], number[32];
	struct closedisk_claims *claims = look->claims;
	int fd, r;

	snprintf(path, sizeof(path), "block/%s/dev", name);
	r = below_read(look->sysfs, path, number, sizeof(number));
	/* It left; or is a hidden way to a namespace that is there under its own name and has no
	 * number (block/genhd.c, device_add_disk). */
	if (r < 0)
		return r == -ENOENT || r == -ENODEV ? 0 : r;
	fd = claim_patiently(name, number, look->claim);
	/* Else a device would stay by giving itself another disk that fails. */
	if (is_dead(fd) && !(look->held && strcmp(name, look->held) == 0))
		return 0;
	if (fd < 0)
		return fd;
	/* A device with more disks than that: nobody uses this one now, which has to do. */
	if (claims->count == CLOSEDISK_CLAIMS_MAX)
		close(fd);
	else
		claims->fds[claims->count++] = fd;
	return 0;
}

static int see_disk(void *user, const char *name)
{
	const struct look *look = user;
	int r;

	if (name[0] == '.' || (look->held && strcmp(name, look->held) == 0))
		return 0;
	r = goes_with(look->sysfs, name, look->bearer);
	return r > 0 ? claim_one(look, name) : r;
}

int closedisk_claim_behind(int sysfs, const char *name, closedisk_claim_fn *claim,
			   struct closedisk_claims *claims)
{
	struct bearer bearer = {};
	struct look look = {sysfs, &bearer, NULL, claim, claims};
	int r;

	snprintf(bearer.name, sizeof(bearer.name), "%.48s", name);
	snprintf(bearer.place, sizeof(bearer.place), "bus/pci/devices/%s", bearer.name);
	r = below_inode(sysfs, bearer.place, &bearer.inode);
	return r < 0 ? r : for_each(sysfs, "block", see_disk, &look);
}

static int expect_inode(int sysfs, const char *disk, uint64_t inode)
{
	char path[NAME_MAX + 16];
	uint64_t now = 0;
	int r;

	snprintf(path, sizeof(path), "block/%s", disk);
	r = below_inode(sysfs, path, &now);
	return r == 0 && now != inode ? -ESTALE : r;
}

/* While it is held its name is given to no other disk: the kernel frees the number with the last
 * descriptor. So it is held first, and all else is looked up then. */
static int close_way(int sysfs, const char *name, uint64_t inode, closedisk_claim_fn *claim)
{
	struct closedisk_claims claims = {};
	struct bearer bearer = {};
	struct look look = {sysfs, &bearer, name, claim, &claims};
	char path[PLACE_MAX + 16];
	int r = claim_one(&look, name);

	if (r == 0)
		r = expect_inode(sysfs, name, inode);
	if (r == 0 && claims.count == 0)
		r = -EOPNOTSUPP;
	if (r == 0)
		r = find_bearer(sysfs, name, &bearer);
	if (r == 0)
		r = for_each(sysfs, "block", see_disk, &look);
	snprintf(path, sizeof(path), "%s/%s", bearer.place,
		 bearer.is_deleted ? "delete" : "driver/unbind");
	if (r == 0)
		r = below_write(sysfs, path, bearer.is_deleted ? "1" : bearer.name);
	closedisk_release(&claims);
	return r;
}

int closedisk_run(int sysfs, const char *name, uint64_t inode, closedisk_claim_fn *claim)
{
	int r = expect_inode(sysfs, name, inode);

	for (int way = 0; r == 0 && way < WAYS_MAX; way++) {
		r = close_way(sysfs, name, inode, claim);
		if (r == 0 && expect_inode(sysfs, name, inode) < 0)
			return 0;
	}
	return r < 0 ? r : -EIO;
}
