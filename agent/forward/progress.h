/* How far forwarding has come: what is acknowledged, kept on the disk; which events were set
 * aside; and both as `sekisho status` is told. */
#ifndef SEKISHO_PROGRESS_H
#define SEKISHO_PROGRESS_H

#include "acknowledged.h"
#include "standing.h"

#include <stdbool.h>
#include <stdint.h>

struct progress {
	int directory; /* of our state */
	int store; /* the file of what is acknowledged */
	struct acknowledged stored;
	int64_t store_at; /* 0: nothing to store */
	int64_t store_again; /* after a failure, not before */
	uint64_t refused; /* event that was refused last */
	unsigned int refusals; /* of it, in a row */
	struct standing standing;
};

/* @run: directory for what `sekisho status` reads; it may be missing. */
void progress_begin(struct progress *progress, const char *run);

/* Opens the directory @state and reads what is acknowledged; where that is damaged it is nothing,
 * and all is sent again. -errno. */
int progress_open(struct progress *progress, const char *state,
		  struct acknowledged *ret_acknowledged);

/* Stores what is acknowledged, at once; counts .generation up. A failure is told in the log and
 * tried again later. */
void progress_store(struct progress *progress, struct acknowledged *acknowledged);

/* The same, several together: when enough came or some time went by. */
void progress_store_soon(struct progress *progress, struct acknowledged *acknowledged, int64_t now);

/* The event at @mark was refused as @why says, and one behind it taken: one that refuses everything
 * is out of order, and the events wait. What was refused often enough is noted and passed over in
 * *acknowledged; it stays in the journal. */
void progress_refused(struct progress *progress, struct acknowledged *acknowledged,
		      const struct acknowledged *mark, const char *why);

/* Tells how far it has come, not too often. */
void progress_tell(struct progress *progress, const struct acknowledged *acknowledged,
		   uint64_t passed_over, int64_t now);

/* When there is something to store or to tell; INT64_MAX: never. */
int64_t progress_due(const struct progress *progress);

#endif
