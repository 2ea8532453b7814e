/* What disks hang on, and lose or go with: a disk's own device or a PCI function. */
#ifndef SEKISHO_BEARER_H
#define SEKISHO_BEARER_H

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>

struct bearer {
	char place[3 * NAME_MAX]; /* the link to it below sysfs */
	char name[NAME_MAX]; /* of its folder */
	uint64_t inode;
	bool is_deleted; /* else its driver is unbound */
};

/* That of a disk ("nvme0n1"). -EOPNOTSUPP: it has neither a file "delete" nor a driver; -errno. */
int bearer_of_disk(int sysfs, const char *disk, struct bearer *bearer);

/* The PCI function @name itself. */
int bearer_of_function(int sysfs, const char *name, struct bearer *bearer);

/* Whether the disk goes with it: 1; or not, or hangs on nothing that can be taken away: 0. What
 * can't be told is -errno, for the disk might be in use. */
int bearer_carries(int sysfs, const struct bearer *bearer, const char *disk);

/* Deletes it, or takes its driver. -errno, as the kernel has it. */
int bearer_take_away(int sysfs, const struct bearer *bearer);

#endif
