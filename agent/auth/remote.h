/* A log-in from another machine, whose person does not see our keys. */
#ifndef SEKISHO_REMOTE_H
#define SEKISHO_REMOTE_H

#include "failure.h"
#include "person.h"

#define REMOTE_CONFIRM_SECONDS 20 /* to answer the question to who comes from afar */

/* Whether the log-in comes from another machine. sshd's does always. */
bool remote_is(const struct auth_hello *hello);

/* Asks whoever comes from afar whether to go on. FAILURE_NONE: yes, or there was nothing to ask. */
enum failure remote_confirm(const struct person *person, const struct auth_hello *hello,
			    const struct message_values *values);

#endif
