/* What the roster was before imports: copies in the folder ROSTER.before, which is root's alone. */
#ifndef SEKISHO_CLI_ROSTERKEPT_H
#define SEKISHO_CLI_ROSTERKEPT_H

#include "agent/auth/rosterfile.h"

#include <time.h>

#define ROSTERKEPT_MAX	8 /* the latest ones; what is older goes */
#define ROSTERKEPT_PATH 1200
#define ROSTERKEPT_HASH 65 /* SHA-256 in hexadecimal, zero-terminated */

struct rosterkept {
	char path[ROSTERKEPT_PATH]; /* the copy's */
	char *text; /* what stands in it */
	size_t length;
	time_t since; /* when it was kept */
	uint64_t number; /* the import's */
	uint64_t next; /* with -EALREADY: the import that could be undone then, or 0 */
	time_t next_since;
	char found[ROSTERKEPT_HASH]; /* the roster's digest that it has now */
};

void rosterkept_release(struct rosterkept *kept);
#define _cleanup_rosterkept_ __attribute__((cleanup(rosterkept_release)))

/* The SHA-256 of a roster's text. */
void rosterkept_digest(const char *text, size_t length, char hash[static ROSTERKEPT_HASH]);

/* Keeps the roster at @path as it is, durably, before it becomes @new; nothing where that is the
 * same. To be called under rosterfile_lock(). -EPERM where the folder is another's, -errno. */
int rosterkept_add(const char *path, const struct rosterfile *new);

/* What the last import replaced, or the one of @number; 0: the last. -ENOENT: none is kept;
 * -ESTALE: the roster is not what that import made of it, which .path tells; -EALREADY: the roster
 * is as it was before the import of .since, and only .next can be undone, by its number; -EINVAL:
 * another one than .number can't be; -EPERM, -errno. */
int rosterkept_find(const char *path, uint64_t number, struct rosterkept *ret_kept);

/* Puts @text in place of @path; it is what was kept, or that with more keys revoked, which the copy
 * becomes as well. To be called under rosterfile_lock(). Cut off at any point, the roster is the
 * old one, or rosterkept_find() tells -EALREADY. */
int rosterkept_restore(const char *path, const struct rosterkept *kept, const char *text,
		       size_t length);

#endif
