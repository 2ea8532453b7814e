/* How often one port may be told of: a device that comes and goes without end must not fill the
 * disk that log-ins are recorded on. What is not told is counted and told with the next event. */
#ifndef SEKISHO_THROTTLE_H
#define SEKISHO_THROTTLE_H

#include "facts.h"
#include "quota.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define THROTTLE_EVENTS	   20 /* of one port ... */
#define THROTTLE_WINDOW_MS 60000 /* ... in this time */
#define THROTTLE_PORTS	   64 /* remembered; the one begun first is forgotten */
#define THROTTLE_NAME_MAX  48
#define THROTTLE_DEVICES   16 /* remembered of a port, of those that were told of lately */
#define THROTTLE_OTHERS	   60 /* of other devices than those, of all ports together, in that time */

struct throttle_port {
	char name[THROTTLE_NAME_MAX];
	struct quota quota;
	uint64_t suppressed;
	uint8_t devices[THROTTLE_DEVICES][FACTS_IDENTITY_SIZE]; /* since .quota began; a ring */
	size_t n_devices; /* that were put there */
};

struct throttle {
	struct throttle_port ports[THROTTLE_PORTS];
	size_t n_ports;
	struct quota others;
};

/* True if an event about @name may be told at @now (monotonic, ms); @ret_suppressed is then how
 * many were not told before it. Pure but for @throttle. */
bool throttle_allow(struct throttle *throttle, const char *name, int64_t now,
		    uint64_t *ret_suppressed);

/* The same of a device that is there: one that its port was not told of lately is no repetition,
 * and is told of beyond the port's own number. */
bool throttle_allow_device(struct throttle *throttle, const struct device_facts *device,
			   int64_t now, uint64_t *ret_suppressed);

/* True if throttle_allow() would be; counts nothing. */
bool throttle_would_allow(const struct throttle *throttle, const char *name, int64_t now);

/* A port whose window has ended with events that were not told, or NULL. */
const char *throttle_due(const struct throttle *throttle, int64_t now);

/* How many events of any port were not told: they count as told from now on. */
uint64_t throttle_take(struct throttle *throttle);

/* When throttle_due() has one; INT64_MAX: never. */
int64_t throttle_deadline(const struct throttle *throttle);

#endif
