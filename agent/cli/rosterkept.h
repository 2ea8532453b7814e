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
	char found[ROSTERKEPT_HASH]; /* the roster's digest that it has now */
};

void rosterkept_release(struct rosterkept *kept);
#define _cleanup_rosterkept_ __attribute__((cleanup(rosterkept_release)))

/* The SHA-256 of a roster's text. */
void rosterkept_digest(const char *text, size_t length, char hash[static ROSTERKEPT_HASH]);

/* Keeps the roster at @path as it is, durably, before it becomes @new; nothing where that is the
 * same. To be called under rosterfile_lock(). -EPERM where the folder is another's, -errno. */
int rosterkept_add(const char *path, const struct rosterfile *new);

/* What the last import replaced. -ENOENT: none is kept; -ESTALE: the roster is not what that import
 * made of it, which .path tells; -EPERM, -errno. */
int rosterkept_find(const char *path, struct rosterkept *ret_kept);

/* Puts it in place of @path, as it was to the byte. To be called under rosterfile_lock(). */
int rosterkept_restore(const char *path, const struct rosterkept *kept);

#endif
