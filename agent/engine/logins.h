/* With which key people logged in last, by the events of log-ins that came through the journal
 * since the agent's start. Only those who can sit at the terminal are remembered. */
#ifndef SEKISHO_LOGINS_H
#define SEKISHO_LOGINS_H

#include "event.h"
#include "seat.h"

#include <stdbool.h>

#define LOGINS_MAX 16

struct login_noted {
	char id[PROTOCOL_ID_MAX]; /* of the log-in's first event */
	json_t *fields; /* those of that event that are asked for; NULL: free */
	bool opened; /* all factors were accepted */
};

/* Zeroed: none. */
struct logins {
	struct login_noted list[LOGINS_MAX];
	size_t next;
};

/* Takes note of an event that was chained, if it is about a log-in. */
void logins_note(struct logins *logins, enum event_kind kind, const char *id, json_t *fields);

/* Adds the key with which the person at the @seat logged in, unlocked the screen or took the
 * session over since, and whose it is where the account is shared. Nothing is added where it isn't
 * known, or there was none. */
void logins_describe(const struct logins *logins, const struct seat *seat, struct event *event);

void logins_release(struct logins *logins);

#endif
