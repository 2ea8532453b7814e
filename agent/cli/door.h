/* Telling the journal that two-factor log-in was switched. */
#ifndef SEKISHO_DOOR_H
#define SEKISHO_DOOR_H

#include "event.h"

/* Records door.enabled or door.disabled with who asked (the log-in behind this process) and why.
 * @administrator may be NULL. Waits five seconds at most; -errno if it was not acknowledged. */
int door_record(enum event_kind kind, const char *reason, const char *administrator);

#endif
