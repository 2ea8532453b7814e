/* One log-in, from the module's hello to the verdict. */
#ifndef SEKISHO_LOGIN_H
#define SEKISHO_LOGIN_H

#include "keys.h"

#include <sys/types.h>

/* Where things are. Arguments of the program, for tests; never the environment. */
struct login_places {
	const char *config;
	const char *roster;
	const char *revoked; /* the collector's list: revocations.h */
	const char *substitutes; /* phonegroup.h */
	const char *operators; /* of shared accounts */
	const char *state; /* directory of counters and spool */
	const char *record; /* the engine's socket */
	const char *devices; /* "/dev" */
	const char *token; /* the program */
	const char *logind; /* the library that knows sessions: session.h */
	const char *notes; /* directory for sekisho-presence */
	const char *operators_now; /* directory: who works at shared accounts */
	const char *sysfs; /* "/sys" */
	const char *locale; /* directory of the catalogues */
	uid_t owner; /* whose, besides root's, configuration and roster may be */
};

/* Runs the log-in on the connected socket. @keys: opened before, or zeroed; closed. Returns the
 * program's exit status: 0, or LOGIN_SPOOLED if events wait in the spool, or 1 if there was no
 * conversation. */
#define LOGIN_SPOOLED 10
int login_run(const struct login_places *places, int fd, struct keys *keys);

#endif
