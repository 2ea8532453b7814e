/* Who can repair this machine: root and the members of one group. And what they have to log in
 * with. */
#ifndef SEKISHO_ADMINISTRATOR_H
#define SEKISHO_ADMINISTRATOR_H

#include "agent/auth/loginpolicy.h"

#include <stdbool.h>
#include <stddef.h>

#define ADMINISTRATOR_MAX      256
#define ADMINISTRATOR_NAME_MAX 256
#define ADMINISTRATOR_DOOR     "login" /* the service by which a machine is repaired */

/* Whether a field of shadow(5) lets somebody log in by a password: not empty, not locked. Pure. */
bool administrator_password_set(const char *field);

/* That group: sudo, wheel, or what else the family calls it. */
const char *administrator_group(void);

/* Stores the names, root first, at most @max. -E2BIG for more, -errno. */
int administrator_list(char names[][ADMINISTRATOR_NAME_MAX], size_t max, size_t *ret_count);

/* Whether @user has a password and, valid today, a second factor that is accepted at the console.
 * -ENOKEY, -EACCES (not let in there), -ENODATA (no password), -EINVAL for a roster that is wrong
 * with @ret_wrong, -errno. */
int administrator_has_factors(const struct settings *settings, const struct loginrules *rules,
			      const char *user, const char **ret_wrong);

/* The first account that needs no password at all, which would leave it a single factor.
 * -ENOENT if there is none; -ERANGE for a name that does not fit. */
int administrator_find_open_account(char *name, size_t size);

#endif
