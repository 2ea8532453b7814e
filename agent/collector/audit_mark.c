/* Where a verification begins, and where the next one may. */
#include "audit.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int audit_note_ended(struct audit_chain *chain, const struct audit_span *span)
{
	struct audit_span *grown =
		realloc(chain->ended, (chain->n_ended + 1) * sizeof(*chain->ended));

	if (!grown)
		return -ENOMEM;
	chain->ended = grown;
	grown[chain->n_ended++] = *span;
	return 0;
}

/* The mark's key followed others in this chain, and what they sealed was verified with it. */
static int note_verified(struct audit_chain *chain)
{
	int r = 0;

	for (const struct terminal *key = chain->owner->before; key && r == 0; key = key->before)
		if (key->end.sequence > 0 &&
		    sealend_meet(&key->end, &chain->owner->end, chain->host, chain->epoch))
			r = audit_note_ended(chain, &(struct audit_span){
							    .chain = chain,
							    .key = key,
							    .first_period = key->end.period,
							    .last_period = key->end.period,
							    .verified = true,
						    });
	return r;
}

int audit_begin_at(struct audit *audit, const struct audit_mark *mark)
{
	struct audit_chain *chain = audit_make(audit, mark->host, mark->epoch);
	struct hash_entry *entry;
	bool is_first;
	int r;

	if (!chain)
		return -ENOMEM;
	if (mark->head.sequence < chain->mark.head.sequence)
		return 0;
	if (mark->head.sequence == chain->mark.head.sequence)
		return memcmp(mark->head.hash, chain->mark.head.hash, JOURNAL_HASH_SIZE) == 0
			       ? 0
			       : -EEXIST;
	r = hashes_at(&audit->hashes, &chain->hashes, mark->head.sequence, &entry);
	if (r < 0)
		return r;
	entry->state = HASH_SEEN;
	memcpy(entry->hash, mark->head.hash, sizeof(entry->hash));
	is_first = chain->mark.head.sequence == 0;
	chain->mark = *mark;
	chain->head = chain->whole = mark->head;
	chain->verified = mark->verified;
	chain->sealed = mark->verified.sequence;
	chain->first_period = chain->verified_first_period = mark->first_period;
	chain->last_period = chain->verified_period = mark->last_period;
	chain->received = mark->received;
	chain->list = mark->list;
	chain->begins_dropped = mark->begins_dropped;
	if (audit->terminals)
		chain->owner = terminals_find(audit->terminals, mark->key_id);
	chain->verified_key = chain->owner;
	chain->n_ended = 0;
	if (chain->owner && is_first)
		terminal_present(chain->owner)->journals++;
	if (chain->owner && mark->last_period > chain->owner->highest)
		chain->owner->highest = mark->last_period;
	return chain->owner ? note_verified(chain) : 0;
}

int audit_begin_expired(struct audit *audit, const struct audit_mark *mark)
{
	int r = audit_begin_at(audit, mark);

	if (r == 0)
		audit->last->expired = mark->head.sequence;
	return r;
}

bool audit_mark_of(const struct audit_chain *chain, struct audit_mark *ret_mark)
{
	struct audit_mark mark = {
		.verified = chain->verified,
		.head = chain->whole,
		.first_period = chain->verified_first_period,
		.last_period = chain->verified_period,
		.received = chain->received,
		.list = chain->list,
		.begins_dropped = chain->begins_dropped,
	};

	memcpy(mark.key_id, chain->verified_key ? chain->verified_key->key_id : chain->mark.key_id,
	       sizeof(mark.key_id));
	/* What is wrong stays to be told until somebody has seen to it. */
	if (chain->spoiled)
		mark = chain->mark;
	if (mark.verified.sequence == 0)
		return false;
	memcpy(mark.host, chain->host, sizeof(mark.host));
	memcpy(mark.epoch, chain->epoch, sizeof(mark.epoch));
	*ret_mark = mark;
	return true;
}
