/* When the journal is sealed: at the start and the end, after so many events, so long after the
 * first one that is not sealed, and now and then where nothing happens, so that silence can be told
 * from a terminal that is off; before old segments go; and when root asks. Without a seal nothing
 * of this happens. */
#ifndef SEKISHO_CHECKPOINT_H
#define SEKISHO_CHECKPOINT_H

#include "journal.h"
#include "sealer.h"

#define CHECKPOINT_EVENTS   256
#define CHECKPOINT_MS	    60000 /* after the first event that is not sealed */
#define CHECKPOINT_QUIET_MS 600000 /* after the last checkpoint */
#define CHECKPOINT_RETRY_MS 1000

struct checkpoint {
	struct journal *journal; /* borrowed */
	struct sealer sealer; /* .fd is -1 without a seal */
	uint64_t sequence; /* of the last checkpoint; 0: none in this life */
	int64_t made_at; /* wire_now() */
	int64_t waiting_since; /* 0: nothing is unsealed */
	int64_t retry_at; /* 0: nothing failed last time */
	bool unturned; /* the ratchet has to turn before the next one */
	int error; /* of the last attempt, 0 or -errno */
	bool broken; /* there is a seal, and it can't be used */
};

/* Makes a checkpoint if one is due. @now is wire_now(). */
void checkpoint_tick(struct checkpoint *checkpoint, int64_t now);

/* Makes one now, for @reason ([a-z]+), whether or not one is due; the first of this life is for
 * SEAL_REASON_START, whatever it was asked for. 0 or -errno; -ENOKEY without a seal. */
int checkpoint_make(struct checkpoint *checkpoint, const char *reason, int64_t now);

/* What is recorded from now on will be sealed as this life's: makes its first checkpoint if there
 * is none yet. 0 also without a seal; -ENOKEY if there is one that can't be used. */
int checkpoint_begin(struct checkpoint *checkpoint, int64_t now);

/* Seals what was just told to be dropped, if it is not sealed yet. The same. */
int checkpoint_drop(struct checkpoint *checkpoint, int64_t now);

/* Makes the last one of this life. */
void checkpoint_stop(struct checkpoint *checkpoint, int64_t now);

/* When checkpoint_tick is due if nothing happens; WIRE_NO_DEADLINE without a seal. */
int64_t checkpoint_deadline(const struct checkpoint *checkpoint);

#endif
