/* The person at the other end of a log-in's connection, by way of the module. */
#ifndef SEKISHO_PERSON_H
#define SEKISHO_PERSON_H

#include "message.h"
#include "protocol.h"
#include "secret.h"

struct person {
	int fd;
	bool silent; /* AUTH_SILENT: notices are kept to ourselves */
	bool forgets; /* what a question asked for is gone from the screen once it is answered */
};

/* The first message. -ETIMEDOUT, -ECONNRESET, -EBADMSG. */
int person_greet(int fd, int64_t deadline, struct person *ret_person, struct auth_hello *ret_hello);

/* Tells, without waiting for anything. -errno if the other end is gone. */
int person_tell(const struct person *person, enum message message,
		const struct message_values *values);

/* Asks and waits for the answer, which is shown as it is typed if @echo. -ETIMEDOUT; -ECANCELED if
 * the other end went away; -EBADMSG if it sent something else. */
int person_ask(const struct person *person, enum message message, bool echo,
	       const struct message_values *values, int64_t deadline, struct secret *ret_answer);

/* The same of what is answered only after a call: the program is told that it may take so long,
 * for its own patience is that of a log-in. */
int person_ask_call(const struct person *person, enum message message,
		    const struct message_values *values, int64_t wait_ms,
		    struct secret *ret_answer);

/* The same, hidden, of a program that asks once: the person types the password and then a code of
 * @digits; the code alone comes here, "" if there was none. */
int person_ask_joined(const struct person *person, enum message message, unsigned int digits,
		      const struct message_values *values, int64_t deadline,
		      struct secret *ret_answer);

/* While no answer is awaited: -ECANCELED if the other end went away, -EBADMSG if it spoke out of
 * turn, 0 if neither. Does not wait. */
int person_check(const struct person *person);

/* Says the verdict that grants; the connection stays. */
int person_admit(const struct person *person, const struct auth_verdict *verdict);

/* After person_admit(): 0 if the program says that it accepted the other factors of @event too;
 * -ECONNRESET if it left without a word, -ETIMEDOUT, -EBADMSG. */
int person_follow(const struct person *person, const char event[static PROTOCOL_ID_MAX],
		  int64_t deadline);

/* Says the verdict: the last message. */
int person_dismiss(const struct person *person, const struct auth_verdict *verdict);

#endif
