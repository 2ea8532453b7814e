/* The collector's files, FOLDER/YYYY-MM-DD/HOST.log: a record is in them, and on the disk, or it is
 * told why it is not. Several may have a file open: each locks it (flock(2)) while it writes. */
#ifndef SEKISHO_COLLECTOR_DAYFILES_H
#define SEKISHO_COLLECTOR_DAYFILES_H

#include <stddef.h>

#define DAYFILES_DAY	 11 /* "2026-11-29" and its zero */
#define DAYFILES_NAME	 256 /* a name on any of Linux' file systems, and its zero */
#define DAYFILES_UNKNOWN "unknown.log"

/* Where a record belongs, and what is written there. */
struct dayfiles_record {
	char day[DAYFILES_DAY];
	char name[DAYFILES_NAME];
	const char *line; /* with its newline */
	size_t length;
};

struct dayfiles {
	const char *folder;
	size_t max; /* so many are open at most */
	/* Theirs from here on. */
	char day[DAYFILES_DAY];
	void *files; /* of that day: tsearch(3) */
	size_t count;
};

/* "DAY HOST LINE" as rsyslog's template makes it. What has another beginning is a LINE as a whole,
 * of @today; a HOST that is no file's name has its records in DAYFILES_UNKNOWN. Pure. */
void dayfiles_split(const char *text, size_t length, const char today[static DAYFILES_DAY],
		    struct dayfiles_record *ret_record);

/* 0: it is on the disk, folders and all; 1: so it is, in DAYFILES_UNKNOWN, for there can't be a
 * file of that name. -errno: nothing of it stays, as far as the disk lets us; it may be tried
 * again. -EWOULDBLOCK: another process keeps the file locked. */
int dayfiles_store(struct dayfiles *files, const struct dayfiles_record *record);

void dayfiles_close(struct dayfiles *files);

#endif
