#include "closedisk.h"

#include "below.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define WAYS_MAX    4 /* controllers of one namespace, one after the other */
#define CLAIM_TRIES 5

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

/* The kernel looks whether anybody else has it before it asks the disk (block/bdev.c,
 * blkdev_get_by_dev): so these say that it does not answer, and that nobody uses it. */
static bool is_dead(int error)
{
	return error == -EIO || error == -ENXIO || error == -ENOMEDIUM;
}

static int claim_one(const struct look *look, const char *name)
{
	struct closedisk_claims *claims = look->claims;
	char number[32];
	int fd, r;

	r = below_read(below_open(look->sysfs, O_RDONLY, "block/%s/dev", name), number,
		       sizeof(number));
	/* It left; or is a hidden way to a namespace that is there under its own name and has no
	 * number (block/genhd.c, device_add_disk). */
	if (r < 0)
		return r == -ENOENT || r == -ENODEV ? 0 : r;
	fd = look->claim(name, number, CLAIM_TRIES);
	/* Else a device would stay by giving itself another disk that fails. */
	if (is_dead(fd) && !(look->held && strcmp(name, look->held) == 0))
		return 0;
	/* That its node is missing, or is another one's, does not mean that the disk has left. */
	if (fd == -ENOENT || fd == -ESTALE)
		return -ENOTBLK;
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
	r = bearer_carries(look->sysfs, look->bearer, name);
	return r > 0 ? claim_one(look, name) : r;
}

int closedisk_claim_behind(int sysfs, const struct bearer *bearer, closedisk_claim_fn *claim,
			   struct closedisk_claims *claims)
{
	struct look look = {sysfs, bearer, NULL, claim, claims};

	return below_each(sysfs, "block", see_disk, &look);
}

static int expect_inode(int sysfs, const char *disk, uint64_t inode)
{
	uint64_t now = 0;
	int r = below_inode(below_open(sysfs, O_PATH, "block/%s", disk), &now);

	return r == 0 && now != inode ? -ESTALE : r;
}

/* While it is held its name is given to no other disk: the kernel frees the number with the last
 * descriptor. So it is held first, and all else is looked up then. */
static int close_way(int sysfs, const char *name, uint64_t inode, closedisk_claim_fn *claim)
{
	struct closedisk_claims claims = {};
	struct bearer bearer = {};
	struct look look = {sysfs, &bearer, name, claim, &claims};
	int r = claim_one(&look, name);

	if (r == 0)
		r = expect_inode(sysfs, name, inode);
	if (r == 0 && claims.count == 0)
		r = -EOPNOTSUPP;
	if (r == 0)
		r = bearer_of_disk(sysfs, name, &bearer);
	if (r == 0)
		r = below_each(sysfs, "block", see_disk, &look);
	if (r == 0)
		r = bearer_take_away(sysfs, &bearer);
	closedisk_release(&claims);
	return r;
}

/* A driver that is being loaded has its disks before it has "unbind" (drivers/base/bus.c,
 * bus_add_driver): while the disk is there these don't say that it has left. */
static bool is_early(int error)
{
	return error == -ENOENT || error == -ENODEV || error == -ESTALE;
}

int closedisk_run(int sysfs, const char *name, uint64_t inode, closedisk_claim_fn *claim)
{
	static const struct timespec moment = {.tv_nsec = 20000000};
	int r = expect_inode(sysfs, name, inode);

	if (r < 0)
		return r;
	for (int way = 0; r == 0 && way < WAYS_MAX; way++) {
		r = close_way(sysfs, name, inode, claim);
		if (expect_inode(sysfs, name, inode) < 0)
			return r;
		if (is_early(r) && nanosleep(&moment, NULL) == 0)
			r = 0;
	}
	return r < 0 && !is_early(r) ? r : -EIO;
}
