/* What is new among the refusals that the agent tells of: devices of the person whose program this
 * is. Log-ins are told of where they happen. */
#ifndef SEKISHO_NEWS_H
#define SEKISHO_NEWS_H

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

/* Zeroed: nothing is known yet. */
struct news {
	uint64_t told; /* number of the last event that was told, or found at the start */
	uint64_t newest; /* of those that were looked at last */
};

/* The newest of @refusals (refusals_tell's objects) that was not told, borrowed from it, and how
 * many there are; NULL and 0 if there is none. Pure but for @news. */
const json_t *news_find(struct news *news, const json_t *refusals, size_t *ret_count);

/* Those that were looked at are told now, or need not be. */
void news_told(struct news *news);

#endif
