/* Files of an administrator's that decide who gets in and what is let in. What changes in them is
 * told, whoever changed it: an editor tells nobody. They are looked at with each sweep, and read
 * where they were written to since. Of one that can't be read it is told that it was written to.
 *
 * At the start each group of files is told by one hash over all of it, so that a change while
 * sekishod did not run is seen as well: by another hash than at the last start. */
#ifndef SEKISHO_FILEWATCH_H
#define SEKISHO_FILEWATCH_H

#include "event.h"
#include "filedigest.h"

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#define FILEWATCH_MAX  512 /* files; those beyond are counted */
#define FILEWATCH_TOLD 32 /* changes of one look; with more, all groups are told anew */

struct filewatch_file {
	char *path; /* "/etc/sekisho/roster" */
	unsigned int group;
	uint64_t max; /* bytes that are read; a larger one has no hash */
	uint64_t device, inode, size;
	struct timespec written, changed; /* mtime and ctime */
	int error; /* it could not be read: -errno; then without a hash */
	uint8_t hash[FILEDIGEST_SIZE];
};

struct filewatch {
	void (*tell)(void *user, const struct event *event);
	void *user;
	struct filewatch_file *list; /* by path */
	size_t count;
	size_t missed; /* beyond FILEWATCH_MAX at the last look */
	bool begun;
};

/* Looks once, below @root, a descriptor of "/". What can't be listed for want of memory is looked
 * at the next time. */
void filewatch_look(struct filewatch *watch, int root);
void filewatch_release(struct filewatch *watch);

#endif
