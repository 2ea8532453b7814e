/* Whose next try has to wait, and the end of it, for administrators. The file has no names: one is
 * recognised by asking whether a place is its own. */
#ifndef SEKISHO_LOCKLIST_H
#define SEKISHO_LOCKLIST_H

#include "lockplace.h"
#include "settings.h"

struct locklist_entry {
	bool terminal; /* all names together */
	struct lockplace place;
	int64_t passed; /* ms since the last wrong answer */
};

struct locklist {
	struct locklist_entry *entries; /* every place with a wrong answer; the list's */
	size_t count;
};

/* Reads the file below @state_dirfd without changing it; one that is not there, or of a wrong size,
 * is -ENOENT or -EINVAL. */
int locklist_read(int state_dirfd, struct locklist *ret_list);
void locklist_release(struct locklist *list);
#define _cleanup_locklist_ __attribute__((cleanup(locklist_release)))

/* Whether the wrong answers there are @user's (or, rarely, of a name that shares the place). */
bool locklist_is_of(const struct locklist_entry *entry, const char *user);

/* Milliseconds still to wait there, by the rules for @user, "" for nobody in particular. */
int64_t locklist_wait(const struct locklist_entry *entry, const struct settings *settings,
		      const char *user);

/* Forgets @user's wrong answers everywhere, with @user NULL everybody's and the terminal's: durable
 * when it returns 0. *ret_tries: how many there were. -ETIMEDOUT after @deadline, -errno. */
int locklist_clear(int state_dirfd, const char *user, int64_t deadline, uint64_t *ret_tries);

#endif
