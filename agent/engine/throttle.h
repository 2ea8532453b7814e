/* How often one port may be told of: a device that comes and goes without end must not fill the
 * disk that log-ins are recorded on. What is not told is counted and told with the next event. */
#ifndef SEKISHO_THROTTLE_H
#define SEKISHO_THROTTLE_H

#include "quota.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define THROTTLE_EVENTS	   20 /* of one port ... */
#define THROTTLE_WINDOW_MS 60000 /* ... in this time */
#define THROTTLE_PORTS	   64 /* remembered; the one begun first is forgotten */
#define THROTTLE_NAME_MAX  48

struct throttle_port {
	char name[THROTTLE_NAME_MAX];
	struct quota quota;
	uint64_t suppressed;
};

struct throttle {
	struct throttle_port ports[THROTTLE_PORTS];
	size_t n_ports;
};

/* True if an event about @name may be told at @now (monotonic, ms); @ret_suppressed is then how
 * many were not told before it. Pure but for @throttle. */
bool throttle_allow(struct throttle *throttle, const char *name, int64_t now,
		    uint64_t *ret_suppressed);

/* True if throttle_allow() would be; counts nothing. */
bool throttle_would_allow(const struct throttle *throttle, const char *name, int64_t now);

/* A port whose window has ended with events that were not told, or NULL. */
const char *throttle_due(const struct throttle *throttle, int64_t now);

/* How many events of any port were not told: they count as told from now on. */
uint64_t throttle_take(struct throttle *throttle);

/* When throttle_due() has one; INT64_MAX: never. */
int64_t throttle_deadline(const struct throttle *throttle);

#endif
