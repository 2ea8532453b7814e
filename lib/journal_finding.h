/* What can be wrong with a journal, and where. */
#ifndef SEKISHO_JOURNAL_FINDING_H
#define SEKISHO_JOURNAL_FINDING_H

#include "journal_segment.h"

enum journal_damage {
	JOURNAL_ALTERED, /* the line is not what was written */
	JOURNAL_MISSING, /* records .sequence to .last are not there */
	JOURNAL_REORDERED, /* the record stands after a later one */
	JOURNAL_DUPLICATE, /* the record's number was there before */
	JOURNAL_UNLINKED, /* the record or segment follows another record than the one before it */
	JOURNAL_BAD_HEADER, /* the segment's first line is damaged or does not fit its name */
	JOURNAL_TORN, /* bytes without a line's end stand after the last line */
	JOURNAL_UNREADABLE, /* the segment could not be read */
	JOURNAL_WRONG_DROP, /* the store.dropped tells of other records than those that are here */
	/* of the seals, where the terminal's public key is known (journal_seals.h) */
	JOURNAL_BAD_SEAL, /* the checkpoint's seal is not what its key makes of it */
	JOURNAL_UNKNOWN_KEY, /* the checkpoint was sealed with another key than the terminal's */
	JOURNAL_KEY_ORDER, /* the checkpoint was sealed with a key of another time */
	JOURNAL_LOST_SEALS, /* checkpoints before this one are not there, nor records missing */
	JOURNAL_UNSEALED, /* no checkpoint stands behind records .sequence to .last */
	/* of the collector's receipts (journal_receipts.h) */
	JOURNAL_REWRITTEN, /* the record is not the one that the collector verified */
	JOURNAL_CUT, /* records .sequence to .last were there: the collector verified .last */
	JOURNAL_OTHER_JOURNAL, /* the receipt, for .sequence, is about another journal */
	JOURNAL_BAD_RECEIPT, /* it can't be read, or is not the collector's */
	JOURNAL_DAMAGE_COUNT
};

struct journal_finding {
	enum journal_damage damage;
	char file[JOURNAL_NAME_SIZE];
	uint64_t line; /* from 1; 0 for the file as a whole */
	uint64_t offset; /* of the line in the file, bytes */
	uint64_t sequence; /* of the record concerned, as far as that can be told */
	uint64_t last; /* the last one of a range, otherwise as .sequence */
};

typedef void journal_report_fn(void *user, const struct journal_finding *finding);

/* "altered", ... a stable name. */
const char *journal_damage_name(enum journal_damage damage);

#endif
