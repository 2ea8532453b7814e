/* DIRECTORY/expired: how far `expire` deleted each journal of a folder, as marks (marks.h), so that
 * a verification begins there; and which files it was about to delete, so that the next run can go
 * on where one was interrupted.
 *
 * JSON as of marks.h, and "folder": its real path; "going": {"DAY/NAME.log": {"inode", "size",
 * "written": nanoseconds}}, with names as of escape_text(). */
#ifndef SEKISHO_EXPIRED_H
#define SEKISHO_EXPIRED_H

#include "expiry.h"

#define EXPIRED_FILE "expired"
/* Bytes. Terminals choose how many files there are, and what they are called: 1.3 KB for the
 * longest name. */
#define EXPIRED_FILE_MAX (1u << 30)

/* Locks @folder against other runs of `expire` (@exclusive: for one; it doesn't wait) until the
 * descriptor is closed. -EWOULDBLOCK: another one is at work; other -errno. */
int expired_lock(const char *folder, bool exclusive, int *ret_fd);

/* Hands what was deleted of @folder to @audit. A missing file is 0 marks; -EXDEV: it is about
 * another folder, and nothing was handed over; -errno of marks_load. */
int expired_load(const char *directory, const char *folder, uid_t owner, struct audit *audit,
		 uint64_t *ret_count);

/* The same from a file that somebody names, whatever folder it is about. -ENOENT: there is none. */
int expired_load_file(const char *path, uid_t owner, struct audit *audit, uint64_t *ret_count);

/* Hands the list "going" of the same file to *@ret_going; NULL: there is none. -errno as above. */
int expired_load_going(const char *directory, const char *folder, json_t **ret_going);

/* Is @file, as it is, on that list (may be NULL)? */
bool expired_is_going(const json_t *going, const char *file, const struct stat *status);

/* Writes down the marks of expiry->old and what is going: the files that are to be deleted now, and
 * what stands on the former list, each while it is there as it was. -errno. */
int expired_save(const char *directory, const char *folder, const struct expiry *expiry);

/* Whether a file is still the one that was looked at. */
bool expired_is_same(const struct stat *one, const struct stat *other);

#endif
