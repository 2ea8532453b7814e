/* Connections to one of the sockets for events that were closed without an event: strangers, too
 * many at once, too much, bad messages, silence. They are counted there (record.h) and told here:
 * the first at once, what comes then at most once in the socket's interval. */
#ifndef SEKISHO_UNHEARD_H
#define SEKISHO_UNHEARD_H

#include "event.h"
#include "record.h"

#include <stdbool.h>
#include <stdint.h>

#define UNHEARD_INTERVAL_MS	       60000
#define UNHEARD_RESTRICTED_INTERVAL_MS 600000 /* nobody fills the journal with it */

struct unheard {
	const char *socket;
	int64_t interval_ms;
	struct record_counters told; /* up to these */
	int64_t not_before; /* wire_now() */
};

/* True if there is something to tell: what came since, in *ret_new, and it counts as told. Pure. */
bool unheard_take(struct unheard *unheard, const struct record_counters *counters, int64_t now,
		  struct record_counters *ret_new);

/* When unheard_take is due; WIRE_NO_DEADLINE if there is nothing to tell. */
int64_t unheard_deadline(const struct unheard *unheard, const struct record_counters *counters);

/* The fields of engine.dropped. */
void unheard_describe(const struct unheard *unheard, const struct record_counters *new,
		      struct event *event);

#endif
