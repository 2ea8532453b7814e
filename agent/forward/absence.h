/* Whether collectors take events, told as events of our own: collector.lost once none did for a
 * while, collector.back when one does again. Each change is told once, also across restarts: what
 * was told last stands in a file. The engine is never waited for longer than ABSENCE_ENGINE_MS;
 * where it does not take the event, that is tried again a minute later, and nothing else of the
 * forwarder's depends on it. */
#ifndef SEKISHO_ABSENCE_H
#define SEKISHO_ABSENCE_H

#include "event.h"
#include "trouble.h"

#include <stdbool.h>
#include <stdint.h>

#define ABSENCE_ENGINE_MS 500
#define ABSENCE_AGAIN_MS  60000
#define ABSENCE_FILE	  "lost" /* in the state directory while collector.lost is the last word */
#define ABSENCE_PLACE_MAX 300 /* host and port */

struct absence {
	int directory; /* of our state, borrowed */
	const char *socket; /* the engine's, borrowed */
	int64_t limit_ms;
	bool well; /* a collector took events, or would have, when this was last seen */
	bool lost; /* collector.lost was the last that was told */
	bool in_doubt; /* the same, or not: the engine did not answer in time */
	int64_t well_until; /* monotonic, ms */
	uint64_t since_us; /* the same since 1970; of one that was told: as it was told */
	int64_t again_at; /* the engine is not asked before */
	bool waiting; /* .record was not taken yet; an event of .kind */
	enum event_kind kind;
	struct record_request record;
};

/* What an event tells of the moment. */
struct absence_facts {
	const char *host, *port; /* of the collector that was tried last, or that took events */
	enum trouble trouble;
	const char *error;
	uint64_t waiting; /* events */
};

void absence_begin(struct absence *absence, const char *socket, int directory, uint32_t limit_s,
		   int64_t now);

/* @well: a collector takes events at @now, as far as can be seen. */
void absence_see(struct absence *absence, bool well, int64_t now);

/* True if there is something to tell: absence_tell then. */
bool absence_wants(struct absence *absence, int64_t now);
void absence_tell(struct absence *absence, const struct absence_facts *facts, int64_t now);

/* When absence_wants may become true by itself; INT64_MAX: never. */
int64_t absence_due(const struct absence *absence);

#endif
