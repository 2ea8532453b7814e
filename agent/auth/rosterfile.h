/* The roster as a whole, for who changes it: read, changed in memory, written anew. */
#ifndef SEKISHO_ROSTERFILE_H
#define SEKISHO_ROSTERFILE_H

#include "config.h"
#include "roster.h"

#define ROSTERFILE_MAX 67108864u /* bytes */

struct rosterfile {
	struct roster_entry *entries; /* sorted, as the periods are */
	size_t count;
	size_t room;
	struct roster_period *periods;
	size_t n_periods;
	size_t periods_room;
};

/* Reads and checks all of it. A missing file is an empty roster. -EPERM for a file that is not
 * root's or @owner's alone, -EINVAL or -E2BIG with FILE:LINE in @ret_error. */
int rosterfile_load(const char *path, uid_t owner, struct rosterfile *ret_roster,
		    struct config_error *ret_error);
void rosterfile_release(struct rosterfile *roster);
#define _cleanup_rosterfile_ __attribute__((cleanup(rosterfile_release)))

/* The user's keys, and periods, in the roster: NULL and 0 for one who has none. */
const struct roster_entry *rosterfile_keys(const struct rosterfile *roster, const char *user,
					   size_t *ret_count);
const struct roster_period *rosterfile_periods(const struct rosterfile *roster, const char *user,
					       size_t *ret_count);

/* The number of the first key that is not before @user's. */
size_t rosterfile_place(const struct rosterfile *roster, const char *user);

/* Puts a person behind all others, whose lines must be in order and sorted before. -ENOMEM. */
int rosterfile_append(struct rosterfile *roster, const struct roster_person *person);

/* Adds after the user's other keys, as roster_person_add() does. -ENOMEM. */
int rosterfile_add(struct rosterfile *roster, const struct roster_entry *entry);

/* Writes all of it in place of @path, mode 0644: the old or the new one is there, whatever
 * happens. */
int rosterfile_save(const char *path, const struct rosterfile *roster);

/* What it writes, allocated; and the writing of such a text. -EFBIG, -errno. */
int rosterfile_format(const struct rosterfile *roster, char **ret_text, size_t *ret_length);
int rosterfile_write(const char *path, const char *text, size_t length);

/* Keeps other changers out from load to save; released by close. Waits. */
int rosterfile_lock(const char *path, int *ret_fd);

#endif
