/* Disks as the kernel shows them below /sys/block, with what tells one from another.
 *
 * A disk here is a whole disk that could be built in: SATA and SCSI, NVMe, virtio, MMC, Memory
 * Stick, persistent memory. Not one on USB, which the rules of devices.conf judge, each further
 * unit too; not a drive for discs; not what is made of others or of files (loop, dm, md, zram). */
#ifndef SEKISHO_DISK_H
#define SEKISHO_DISK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DISK_NAME_MAX 40 /* the kernel's DISK_NAME_LEN is 32 */
#define DISK_BUS_MAX  24
#define DISK_TEXT_MAX 176 /* an NVMe wwid made of model and serial number has some 150 */
#define DISK_LIST_MAX 256

/* All texts but .name come from the device and are forged by whoever builds one. They are made of
 * printable ASCII without blanks: a run of blanks is "_", any other byte is %NN. "": the device
 * has none. */
struct disk {
	char name[DISK_NAME_MAX]; /* "nvme0n1" */
	uint64_t inode; /* of its folder: tells it from its successors, privproto.h */
	char bus[DISK_BUS_MAX]; /* "scsi", "nvme", "virtio", "mmc": the kernel's word */
	char wwid[DISK_TEXT_MAX]; /* the world-wide one, MMC's CID, a namespace's UUID */
	char serial[DISK_TEXT_MAX];
	char model[DISK_TEXT_MAX];
	char path[DISK_TEXT_MAX]; /* where it is plugged in: "0000:00:1f.2/0:0:0" */
};

/* What has this name below @sysfs, a descriptor of /sys. -ENOTBLK: no disk of the above kind;
 * -ENOENT, -ENODEV: it has left. */
int disk_read(int sysfs, const char *name, struct disk *ret_disk);

/* All that are there, by name; the list is the caller's to free. More than DISK_LIST_MAX: -E2BIG.
 * Without a /sys/block there are none. */
int disk_list(int sysfs, struct disk **ret_list, size_t *ret_count);

/* True if only its place tells it from others of its model: it has neither serial number nor wwid.
 * Whoever puts another one into that place is not noticed. */
bool disk_is_weak(const struct disk *disk);

#endif
