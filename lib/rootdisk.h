/* The disks below the root file system, found by the kernel's own numbers: no node of /dev is
 * opened, so that it works where there is none. */
#ifndef SEKISHO_ROOTDISK_H
#define SEKISHO_ROOTDISK_H

#include "disk.h"
#include "inventory.h"

#define ROOTDISK_MAX 16 /* of one file system: LVM, RAID */

/* The names of the whole disks that hold what is mounted at / by @mountinfo, a descriptor of
 * /proc/self/mountinfo. @sysfs: of /sys. -ENODATA: the kernel names none. */
int rootdisk_find(int sysfs, int mountinfo, char names[][DISK_NAME_MAX], size_t max,
		  size_t *ret_count);

/* 0 if each of those is on the inventory, which therefore is this machine's: only then anything is
 * closed by it. -ENXIO: @ret_name is not; -ENODATA: which disks these are can't be told. */
int rootdisk_covered(int sysfs, int mountinfo, const struct inventory *inventory,
		     char ret_name[static DISK_NAME_MAX]);

#endif
