/* Whom to ask the keys for where a name has no usable credential: a made-up one, which repeats as a
 * real one does, so that who watches a key of his own can't tell. */
#ifndef SEKISHO_NOBODY_H
#define SEKISHO_NOBODY_H

#include "roster.h"

#define NOBODY_FILE   "nobody" /* NOBODY_SECRET random bytes, made at the first need */
#define NOBODY_SECRET 32

/* From @user and the secret below @state_dirfd; from chance where that can't be had. -EIO. */
int nobody_entry(int state_dirfd, const char *user, struct roster_entry *ret_entry);

/* Bytes of the name that no key gets to see, as entries of nobody_entry() are. -EIO. */
#define NOBODY_MARK 6
int nobody_mark(int state_dirfd, const char *user, uint8_t ret_mark[static NOBODY_MARK]);

#endif
