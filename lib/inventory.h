/* The inventory of disks, sekisho-disks.conf(5): sections `[Disk NAME]` that tell each disk that
 * belongs into this machine. A disk fits a section if it has all that the section gives; one that
 * fits none is a stranger. */
#ifndef SEKISHO_INVENTORY_H
#define SEKISHO_INVENTORY_H

#include "config.h"
#include "disk.h"

#include <stdio.h>

#define INVENTORY_MAX	    256 /* sections */
#define INVENTORY_LABEL_MAX 40 /* bytes of NAME; inih cuts longer section names */

struct inventory_entry {
	char label[INVENTORY_LABEL_MAX + 1];
	struct disk disk; /* "" where the section gives nothing; .name and .inode are not used */
};

struct inventory {
	struct inventory_entry *list;
	size_t count;
};

/* Reads @path and its drop-ins, owned by root or @owner. A missing file is -ENOENT. On any error
 * @error tells file and line; @ret_inventory is written only on success. */
int inventory_load(const char *path, uid_t owner, struct inventory *ret_inventory,
		   struct config_error *error);
void inventory_free(struct inventory *inventory);

/* The first section that the disk fits; NULL: it is a stranger. Pure. */
const struct inventory_entry *inventory_find(const struct inventory *inventory,
					     const struct disk *disk);

/* Writes the section for a disk: its bus, wwid, serial number and model, and its place only where
 * it has neither of the two. */
void inventory_write(const struct disk *disk, FILE *out);

#endif
