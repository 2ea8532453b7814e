/* A log-in from another machine, whose person does not see our keys. */
#ifndef SEKISHO_REMOTE_H
#define SEKISHO_REMOTE_H

#include "caller.h"
#include "failure.h"
#include "person.h"
#include "session.h"

#define REMOTE_CONFIRM_SECONDS 20 /* to answer the question to who comes from afar */

/* Whether the program says that the log-in comes from another machine: sshd's does always, others'
 * as PAM_RHOST tells. */
bool remote_is_said(const struct auth_hello *hello);

/* Where the person is: elsewhere or from afar if the program says so; here at login(1) and greeters
 * on a screen of this machine, which root runs before anybody logged in; else as session_place()
 * tells of the session that the program was started in. @logind: the library that knows sessions.
 */
enum session_place remote_place(const struct auth_hello *hello, const struct caller *caller,
				const char *logind);

/* Asks who comes from afar whether to go on. FAILURE_NONE: yes. */
enum failure remote_confirm(const struct person *person, const struct message_values *values);

#endif
