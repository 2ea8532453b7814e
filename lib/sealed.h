/* A checkpoint as it is read again (lib/seal.h tells how it is sealed), for the terminal's own
 * verification and the collector's. Pure. */
#ifndef SEKISHO_SEALED_H
#define SEKISHO_SEALED_H

#include "seal.h"

#define SEALED_REASON_SIZE 32
/* Records at a journal's end that wait for their checkpoint: more are too many. */
#define SEALED_WAITING_MAX 512

/* Points into itself and into the record: it is not copied and does not outlive it. */
struct sealed {
	struct seal_statement statement;
	struct seal_marks marks;
	char key_id[SEAL_KEY_ID_SIZE]; /* the key it says it was sealed with */
	char reason[SEALED_REASON_SIZE];
	char time[JOURNAL_TIME_SIZE];
	char boot[JOURNAL_ID_SIZE];
};

bool sealed_is_checkpoint(const struct journal_record *record);

/* What @record, a checkpoint in the journal of @host and @epoch, states, and its marks; they are
 * not checked. -EBADMSG: its fields are not a checkpoint's. */
int sealed_read(const struct journal_record *record, const char *host, const char *epoch,
		struct sealed *ret_sealed);

/* Does a good one vouch for what a store.dropped before it tells? The first of an agent's life does
 * not: it seals what was found on the disk, where anybody may have put it while no agent ran. Only
 * the first of all is believed, for before it there was no seal. @first_key: no key of the terminal
 * was before the one that sealed it. */
bool sealed_vouches(const struct sealed *sealed, bool first_key);

/* The periods of a journal's checkpoints, one after the other. */
struct sealed_row {
	bool begun; /* one came before */
	uint64_t gap; /* so many records are missing since then: checkpoints may be among them */
	uint32_t period;
	unsigned int times; /* that it came in a row */
};

enum sealed_order {
	SEALED_NEXT,
	SEALED_SKIPPED, /* the ratchet turned, and what was sealed with it is not there */
	SEALED_BACK, /* the key is of an earlier time, or sealed a third time */
};

/* The next checkpoint has @period; one that is out of order is the new end of the row all the same.
 */
enum sealed_order sealed_row_take(struct sealed_row *row, uint32_t period);

#endif
