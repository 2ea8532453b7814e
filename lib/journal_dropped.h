/* What a store.dropped event says: records that were taken out of the journal at its beginning,
 * because the policy said so. It is on the disk before they go. */
#ifndef SEKISHO_JOURNAL_DROPPED_H
#define SEKISHO_JOURNAL_DROPPED_H

#include "journal_format.h"

#include <stdbool.h>

struct journal_dropped {
	uint64_t first; /* this one, up to and with .last */
	struct journal_head last;
	bool verified; /* the collector had all of it */
};

/* -ENOENT: it is of another kind. -EBADMSG: it is not what the agent writes. */
int journal_dropped_read(const struct journal_record *record, struct journal_dropped *ret_dropped);

#endif
