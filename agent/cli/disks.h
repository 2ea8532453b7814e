/* The inventory of disks as `sekisho disks` shows and changes it. */
#ifndef SEKISHO_DISKS_COMMAND_H
#define SEKISHO_DISKS_COMMAND_H

#include "disk.h"

#include <stdbool.h>

/* Where things lie; tests have a tree of their own. */
struct disks_places {
	const char *inventory, *sysfs, *mountinfo, *journal;
};

/* Makes the inventory of all disks that are there; one that is there already is replaced only with
 * @again. Returns the program's exit status, after a message. */
int disks_enrol(const struct disks_places *places, bool again);

/* Adds a disk that is there, or that an event of the journal tells of by id or number. */
int disks_add(const struct disks_places *places, const char *what);

/* The disk that a device.blocked event tells of. -ENOENT: no such event; -EBADMSG: it tells of
 * something else, or not enough. disks_event.c */
int disks_from_event(const char *journal, const char *event, struct disk *ret_disk);

#endif
