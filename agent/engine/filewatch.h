/* What changes in the files of an administrator's (filelist.h) is told, whoever changed it: an
 * editor tells nobody. They are looked at with each sweep, and read where they were written to
 * since. Of one that can't be read it is told that it was written to.
 *
 * At the start each group of files is told by one hash over all of it, so that a change while
 * sekishod did not run is seen as well: by another hash than at the last start. */
#ifndef SEKISHO_FILEWATCH_H
#define SEKISHO_FILEWATCH_H

#include "event.h"
#include "filelist.h"

#define FILEWATCH_TOLD 32 /* changes of one look; with more, all groups are told anew */

struct filewatch {
	void (*tell)(void *user, const struct event *event);
	void *user;
	struct filelist list; /* of the last look */
	bool begun;
};

/* Looks once, below @root, a descriptor of "/". What can't be listed for want of memory is looked
 * at the next time. */
void filewatch_look(struct filewatch *watch, int root);
void filewatch_release(struct filewatch *watch);

#endif
