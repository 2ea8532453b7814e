/* Files of an administrator's that decide who gets in and what is let in: which there are below
 * /etc, each in its group, and what it holds. */
#ifndef SEKISHO_FILELIST_H
#define SEKISHO_FILELIST_H

#include "filedigest.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#define FILELIST_MAX 512 /* files; those beyond are counted */

enum filelist_group {
	FILELIST_LOGIN,
	FILELIST_PEOPLE,
	FILELIST_DEVICES,
	FILELIST_COLLECTOR,
	FILELIST_DOORS,
	FILELIST_GROUPS
};

/* As events have them. */
extern const char *const filelist_group_names[FILELIST_GROUPS];

struct filelist_file {
	char *path; /* "/etc/sekisho/roster" */
	enum filelist_group group;
	uint64_t max; /* bytes that are read; a larger one has no hash */
	uint64_t device, inode, size;
	struct timespec written, changed; /* mtime and ctime */
	int error; /* it could not be read: -errno; then without a hash */
	uint8_t hash[FILEDIGEST_SIZE];
};

struct filelist {
	struct filelist_file *files; /* by path */
	size_t count;
	size_t missed; /* beyond FILELIST_MAX */
};

/* Lists what is below @etc, a descriptor of /etc; reads none of it, so there are no hashes yet.
 * *ret_list is the caller's to release. -ENOMEM. */
int filelist_make(int etc, struct filelist *ret_list);
void filelist_release(struct filelist *list);

/* Reads a file: .hash, or .error. */
void filelist_read(int etc, struct filelist_file *file);

/* Whether nobody wrote to the file, or put another into its place, since it was @old. */
bool filelist_is_untouched(const struct filelist_file *old, const struct filelist_file *now);

#endif
