/* Log-in sessions, as logind knows them. */
#ifndef SEKISHO_SESSION_H
#define SEKISHO_SESSION_H

#include <stdbool.h>
#include <sys/types.h>

#define SESSION_LIBRARY "libsystemd.so.0"

/* Whether somebody had logged in before the process was started; so login(1)'s and greeters' have
 * none. True where the kernel does not know. */
bool session_exists(pid_t pid);

/* Whether the process belongs to a session whose person is at another machine; what a user's own
 * service manager started belongs to every session of that user. False where nobody knows of any.
 * @library is loaded for the question alone. */
bool session_is_remote(const char *library, pid_t pid);

#endif
