/* Events that wait for one answer together, and what to send when the answer is no: half of them,
 * down to one; once that one is refused, single events behind it, to learn whether the collector
 * minds the event or everything. Pure: no socket, no clock. */
#ifndef SEKISHO_BATCH_H
#define SEKISHO_BATCH_H

#include "acknowledged.h"
#include "driver.h"

#include <stdbool.h>
#include <stddef.h>

#define BATCH_BYTES 524288 /* web servers often take 1 MiB and no more */
#define BATCH_GROW                                                                                 \
	8 /* events more after one that was taken: refusals are the rule, not the end              \
	   */

struct batch {
	size_t ends[DRIVER_WINDOW]; /* of each line, in .body */
	struct acknowledged marks[DRIVER_WINDOW]; /* where each event stands */
	unsigned int count; /* of the events that are held */
	unsigned int limit; /* on events of the next request */
	unsigned int first, length; /* events of the request under way; .length 0: none is */
	unsigned int probe; /* event that is tried alone next; 0: the first was not refused */
	char body[BATCH_BYTES];
};

/* @limit: on events of the first request. */
void batch_begin(struct batch *batch, unsigned int limit);

/* Whether one more line of @length bytes has room. */
bool batch_room(const struct batch *batch, size_t length);

/* Puts an event behind the others. It must have room. */
void batch_put(struct batch *batch, const char *line, size_t length,
	       const struct acknowledged *mark);

/* Begins the next request. Its bytes stay where they are until it is answered. 0: there is none. */
size_t batch_request(struct batch *batch, const char **ret_bytes);

enum batch_verdict {
	BATCH_TAKEN, /* .first and .length still tell which; batch_drop them */
	BATCH_SMALLER, /* refused; the next request is a smaller one */
	BATCH_REFUSED, /* the first event was refused, alone; what comes is tried for comparison */
	BATCH_OTHERS, /* one behind the refused event was taken */
	BATCH_NONE, /* nor was any other that was tried, or there is none */
};

/* The request under way was answered. */
enum batch_verdict batch_answer(struct batch *batch, bool taken);

/* Takes away the events that were taken. */
void batch_drop(struct batch *batch);

#endif
