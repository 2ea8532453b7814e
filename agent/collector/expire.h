/* One run of sekisho-collector expire. */
#ifndef SEKISHO_EXPIRE_H
#define SEKISHO_EXPIRE_H

#include "expired.h"

#define EXPIRE_DAY_SIZE 11 /* YYYY-MM-DD */

struct expire {
	const char *path, *directory, *temporary;
	bool dry_run, progress, unsealed;
	uint64_t keep_days, at_most;
	char before[EXPIRE_DAY_SIZE]; /* days before this one are too old */
	time_t since; /* its beginning */
	struct dirent **days; /* those of them that are there */
	size_t n_days;
	struct terminals old_terminals, terminals;
	struct expiry expiry;
	json_t *going; /* what an interrupted run had written down */
	uint64_t went, stay; /* files */
	uint64_t shown; /* reasons */
};

/* Deletes what may go of a day (expire->expiry), @folder/@day, or only tells it, and why the rest
 * stays. */
void expire_day(struct expire *expire, int folder, const char *day);

#endif
