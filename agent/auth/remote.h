/* A log-in from another machine, whose person does not see our keys. */
#ifndef SEKISHO_REMOTE_H
#define SEKISHO_REMOTE_H

#include "failure.h"
#include "person.h"
#include "session.h"

#include <sys/types.h>

#define REMOTE_CONFIRM_SECONDS 20 /* to answer the question to who comes from afar */

/* Whether the program says that the log-in comes from another machine: sshd's does always, others'
 * as PAM_RHOST tells. */
bool remote_is_said(const struct auth_hello *hello);

/* Where the person is: by what the program says; of sudo, su and all that is started in a session
 * by that session; a program that nobody's log-in came before is a door of this terminal. @pid: the
 * program that asks; @logind: the library that knows sessions. */
enum session_place remote_place(const struct auth_hello *hello, pid_t pid, const char *logind);

/* Asks who comes from afar whether to go on. FAILURE_NONE: yes. */
enum failure remote_confirm(const struct person *person, const struct message_values *values);

#endif
