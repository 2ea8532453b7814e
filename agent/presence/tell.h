/* What is told of a session and its key: events, in the journal or, while the agent is away, in a
 * spool of our own. */
#ifndef SEKISHO_TELL_H
#define SEKISHO_TELL_H

#include "event.h"
#include "logind.h"
#include "loginnote.h"

#define TELL_FLUSH_MS 10000 /* between two tries to hand over what waits */

struct teller {
	const char *socket;
	int run; /* directory of the spool */
	size_t waiting; /* events in it */
	int64_t flush_at;
};

/* @session NULL: not known to logind any more. @reason and @error may be NULL. */
void tell(struct teller *teller, enum event_kind kind, const struct login_note *note,
	  const char *session, const char *reason, const char *error);

/* Hands over what waits, if it is time. */
void tell_flush(struct teller *teller, int64_t now);

#endif
