/* So many in so much time, and no more. Pure but for @quota. */
#ifndef SEKISHO_QUOTA_H
#define SEKISHO_QUOTA_H

#include <stdbool.h>
#include <stdint.h>

struct quota {
	unsigned int max; /* 0: any number */
	int64_t within_ms;
	unsigned int taken; /* since .began */
	int64_t began; /* monotonic, ms; with the first one that was taken */
};

/* True if one more may be taken at @now. */
bool quota_has(const struct quota *quota, int64_t now);

/* The same, and it counts as taken. */
bool quota_take(struct quota *quota, int64_t now);

/* When there is a whole quota again. */
int64_t quota_over(const struct quota *quota);

#endif
