/* Log-in sessions, as logind knows them. */
#ifndef SEKISHO_SESSION_H
#define SEKISHO_SESSION_H

#include <sys/types.h>

#define SESSION_LIBRARY "libsystemd.so.0"

/* Of two, the later one is what holds of a person who is at both; but who may be here as well is
 * not SESSION_ELSEWHERE. */
enum session_place {
	SESSION_NOWHERE, /* nobody knows of a session, or it has no seat: a job by the clock */
	SESSION_HERE, /* at a seat of this machine */
	SESSION_AFAR, /* perhaps at another machine: by ssh from this one, or at a seat as well */
	SESSION_ELSEWHERE, /* at another machine */
};

/* Where the person is to whose session the process belongs; what a user's own service manager
 * started belongs to every session of that user. @library is loaded for the question alone. */
enum session_place session_place(const char *library, pid_t pid);

#endif
