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

static int by_teller(const void *left, const void *right)
{
	const struct audit_dropped *one = left, *other = right;

	return (one->told > other->told) - (one->told < other->told);
}

/* What no checkpoint seals anybody may have written: the first one behind it has to vouch for it,
 * with every record in between here and linked. @next, if any, is what was told after it, and was
 * looked at before. */
static int look_for_seal(struct audit *audit, struct audit_chain *chain,
			 struct audit_dropped *dropped, const struct audit_dropped *next)
{
	uint64_t end = next ? next->told : chain->sealed + 1;

	dropped->counts = false;
	for (uint64_t sequence = dropped->told; sequence < end; sequence++) {
		struct hash_entry *entry;
		int r = hashes_at(&audit->hashes, &chain->hashes, sequence, &entry);

		if (r < 0 || entry->state != HASH_SEEN || entry->doubtful)
			return r;
		if (entry->sealed) {
			dropped->counts = entry->vouches;
			return 0;
		}
	}
	dropped->counts = next && next->counts;
	return 0;
}

static int by_first(const void *left, const void *right)
{
	const struct audit_dropped *one = left, *other = right;

	return (one->first > other->first) - (one->first < other->first);
}

/* Leaves those that count, in order, and what touches as one: whoever writes a journal can tell of
 * many. */
static void merge(struct audit_chain *chain)
{
	struct audit_dropped *list = chain->dropped;
	size_t count = 0;

	qsort(list, chain->n_dropped, sizeof(*list), by_first);
	for (size_t i = 0; i < chain->n_dropped; i++) {
		if (!list[i].counts)
			continue;
		if (count == 0 || list[i].first > list[count - 1].last + 1)
			list[count++] = list[i];
		else if (list[i].last > list[count - 1].last)
			list[count - 1].last = list[i].last;
	}
	chain->n_dropped = count;
}

int audit_judge_dropped(struct audit *audit, struct audit_chain *chain)
{
	const struct audit_dropped *next = NULL;
	int r = 0;

	if (!chain->dropped)
		return 0;
	qsort(chain->dropped, chain->n_dropped, sizeof(chain->dropped[0]), by_teller);
	for (size_t i = chain->n_dropped; i > 0 && r == 0; i--) {
		struct audit_dropped *dropped = &chain->dropped[i - 1];

		if (audit->terminals)
			r = look_for_seal(audit, chain, dropped, next);
		else
			dropped->counts = true;
		next = dropped;
	}
	if (r == 0)
		merge(chain);
	return r;
}

static int holds(const void *key, const void *member)
{
	const uint64_t *sequence = key;
	const struct audit_dropped *dropped = member;

	return (*sequence > dropped->last) - (*sequence < dropped->first);
}

uint64_t audit_dropped_until(const struct audit_chain *chain, uint64_t first, uint64_t last)
{
	const struct audit_dropped *dropped = NULL;

	if (chain->n_dropped > 0)
		dropped =
			bsearch(&first, chain->dropped, chain->n_dropped, sizeof(*dropped), holds);
	if (!dropped)
		return first - 1;
	return dropped->last < last ? dropped->last : last;
}
