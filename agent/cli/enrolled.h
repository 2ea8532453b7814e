/* Whether somebody has a second factor that counts today. */
#ifndef SEKISHO_ENROLLED_H
#define SEKISHO_ENROLLED_H

#include <stddef.h>
#include <stdint.h>

/* A key of the roster: 0 or -ENOKEY; -EINVAL for a roster that is wrong with @ret_wrong, -errno. */
int enrolled_key(const char *user, const char **ret_wrong);

/* The person's days, without which no code opens anything: the same. */
int enrolled_rights(const char *user, const char **ret_wrong);

/* One-time codes below @state, on @day: 0 or -ENOKEY, also for a file that is wrong, which is told;
 * -EKEYREJECTED after so many wrong ones that none counts any more; -EBADMSG where that can't be
 * read, which is told.
 * Looked at in a process of their owner's: no seed comes into root's memory. */
int enrolled_code(const char *state, const char *user, uint32_t day);

/* The same of several, in one process; one answer each. */
void enrolled_codes(const char *state, char *const *users, size_t count, uint32_t day,
		    int *ret_answers);

#endif
