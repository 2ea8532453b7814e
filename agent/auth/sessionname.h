/* Which session a process belongs to, and whose it is, as logind knows them. The library is loaded
 * at need (session.h). */
#ifndef SEKISHO_SESSIONNAME_H
#define SEKISHO_SESSIONNAME_H

#include "operatornote.h"

#include <sys/types.h>

/* Fills @ret_sessions, which asks @library. 0, or -ENOSYS: it can't be had. */
int sessionname_open(const char *library, struct operator_sessions *ret_sessions);
void sessionname_close(struct operator_sessions *sessions);

/* The name of @account's session that the process belongs to; what a user's own service manager
 * started belongs to the only session of that user. -ENODATA: to none, to another's, or to one of
 * several. */
int sessionname_find(const struct operator_sessions *sessions, int32_t pid, const char *account,
		     char name[static OPERATORNOTE_SESSION_MAX]);

#endif
