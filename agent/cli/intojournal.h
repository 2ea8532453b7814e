/* One event of a command's, into the journal. */
#ifndef SEKISHO_INTOJOURNAL_H
#define SEKISHO_INTOJOURNAL_H

#include "event.h"

/* Sends @event, begun with @r, which is event_begin()'s answer, to the engine's @socket, and waits
 * until it is on the disk. What was done is done: where it can't be recorded, that is said. */
void intojournal_send(const char *socket, const struct event *event, int r);

#endif
