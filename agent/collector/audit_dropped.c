/* What a terminal dropped because its journal was over its limit does not come any more: that is
 * told as what it is, and what follows can be verified. */
#include "audit.h"

#include "journal_dropped.h"

#include <errno.h>
#include <stdlib.h>

int audit_note_dropped(struct audit_chain *chain, const struct journal_record *record)
{
	struct audit_dropped *grown;
	struct journal_dropped dropped;

	/* What was verified here was here: if it is not any more, that is this machine's loss. */
	if (journal_dropped_read(record, &dropped) < 0 || dropped.verified)
		return 0;
	grown = realloc(chain->dropped, (chain->n_dropped + 1) * sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	chain->dropped = grown;
	grown[chain->n_dropped++] = (struct audit_dropped){
		.first = dropped.first,
		.last = dropped.last.sequence,
		.told = record->sequence,
	};
	return 0;
}

/* The end of a range that has @sequence in it; 0 if none has. What no checkpoint seals anybody may
 * have written. */
static uint64_t end_of_range(const struct audit *audit, const struct audit_chain *chain,
			     uint64_t sequence)
{
	for (size_t i = 0; i < chain->n_dropped; i++) {
		const struct audit_dropped *dropped = &chain->dropped[i];

		if (dropped->first <= sequence && sequence <= dropped->last &&
		    (!audit->terminals || dropped->told <= chain->sealed))
			return dropped->last;
	}
	return 0;
}

uint64_t audit_dropped_until(const struct audit *audit, const struct audit_chain *chain,
			     uint64_t first, uint64_t last)
{
	uint64_t next = first;

	while (next <= last) {
		uint64_t end = end_of_range(audit, chain, next);

		if (end == 0)
			break;
		next = end + 1;
	}
	return next - 1 < last ? next - 1 : last;
}
