/* sekisho-authd as systemd starts it. */
#ifndef TESTS_AUTHD_H
#define TESTS_AUTHD_H

#include "terminal.h"

#include "agent/auth/limits.h"

#include <stdbool.h>
#include <sys/types.h>

#define AUTHD_POLLED (LIMITS_USERS + LIMITS_ROOT + 2) /* poll(2) wants a limit no lower */

/* Starts authd with a listener bound to the path, root's and inherited; it ends with us. crowded:
 * every descriptor below AUTHD_POLLED is in use from the beginning. Returns its process. */
pid_t authd_start(const struct terminal *terminal, const char *path, bool crowded);

#endif
