#include "audit.h"

#include <search.h>
#include <string.h>

struct walk {
	struct audit *audit;
	struct audit_chain *chain;
	uint64_t expected;
	struct sealed_row row;
	const struct terminal *key; /* of .row */
	int error;
};

static const struct terminal *key_of(const struct audit_chain *chain, unsigned int generation)
{
	const struct terminal *key = chain->owner;

	while (key && key->generation != generation)
		key = key->before;
	return key;
}

/* Another key from here on: its periods are a row of their own. */
static void begin_key(struct walk *walk, const struct terminal *key)
{
	struct audit_chain *chain = walk->chain;
	const struct audit_span span = {
		.chain = chain,
		.key = walk->key,
		.first_period = chain->first_period,
		.last_period = chain->last_period,
		.continues = chain->n_ended > 0,
	};

	if (walk->key && walk->row.begun) {
		walk->error = audit_note_ended(chain, &span);
		walk->row = (struct sealed_row){};
	}
	walk->key = key;
}

static void look_at_period(struct walk *walk, uint64_t sequence, const struct hash_entry *entry)
{
	struct audit_chain *chain = walk->chain;
	const struct terminal *key = key_of(chain, entry->sealed - 1U);
	uint32_t period;
	bool first;

	memcpy(&period, entry->period, sizeof(period));
	if (key != walk->key)
		begin_key(walk, key);
	first = !walk->row.begun;
	if (first)
		chain->first_period = period;
	if (sealed_row_take(&walk->row, period) != SEALED_NEXT)
		audit_found(walk->audit, AUDIT_KEY_ORDER, chain, sequence, sequence);
	if (first || period > chain->last_period)
		chain->last_period = period;
	if (chain->missing == 0 && !chain->spoiled) {
		chain->verified.sequence = sequence;
		memcpy(chain->verified.hash, entry->hash, sizeof(entry->hash));
		chain->verified_key = key;
		chain->verified_first_period = chain->first_period;
		chain->verified_period = period;
	}
}

/* What was dropped was the journal's beginning then: it stands first in a gap. */
static void look_at_gap(struct walk *walk, uint64_t first, uint64_t last)
{
	struct audit_chain *chain = walk->chain;
	uint64_t dropped = audit_dropped_until(chain, first, last);

	walk->row.gap += last - first + 1;
	if (dropped >= first) {
		if (first == 1)
			chain->begins_dropped = dropped;
		audit_found(walk->audit, AUDIT_DROPPED, chain, first, dropped);
	}
	if (dropped >= last)
		return;
	first = dropped + 1;
	if (chain->missing == 0)
		chain->first_missing = first;
	chain->missing += last - first + 1;
	audit_found(walk->audit, AUDIT_MISSING, chain, first, last);
}

static void look_at_record(void *user, uint64_t sequence, const struct hash_entry *entry)
{
	struct walk *walk = user;

	if (sequence <= walk->chain->mark.head.sequence)
		return;
	if (sequence > walk->expected)
		look_at_gap(walk, walk->expected, sequence - 1);
	walk->expected = sequence + 1;
	if (walk->chain->missing == 0 && !walk->chain->spoiled) {
		walk->chain->whole.sequence = sequence;
		memcpy(walk->chain->whole.hash, entry->hash, sizeof(entry->hash));
	}
	if (entry->sealed)
		look_at_period(walk, sequence, entry);
}

/* In the order of hosts and epochs, after those that have a mark. */
static void look_at_count(struct audit *audit, struct audit_chain *chain)
{
	struct terminal *terminal = chain->owner ? terminal_present(chain->owner) : NULL;

	if (!terminal || chain->mark.head.sequence > 0)
		return;
	if (terminal->journals < AUDIT_JOURNALS_OF_TERMINAL) {
		terminal->journals++;
		return;
	}
	chain->excess = true;
	audit_found(audit, AUDIT_MANY_JOURNALS, chain, terminal->journals, terminal->journals);
}

struct ending {
	struct audit *audit;
	int error;
};

static void end_chain(const void *where, VISIT visit, void *closure)
{
	struct audit_chain *chain = *(struct audit_chain *const *)where;
	struct ending *ending = closure;
	struct walk walk = {
		.audit = ending->audit,
		.chain = chain,
		.expected = chain->mark.head.sequence + 1,
		.row = {.begun = chain->mark.verified.sequence > 0,
			.period = chain->mark.last_period,
			.times = 1},
		.key = chain->verified_key,
	};

	if ((visit != postorder && visit != leaf) || ending->error < 0)
		return;
	ending->error = audit_judge_dropped(ending->audit, chain);
	if (ending->error < 0)
		return;
	ending->error = hashes_each(&ending->audit->hashes, &chain->hashes, look_at_record, &walk);
	if (ending->error == 0)
		ending->error = walk.error;
	if (ending->audit->terminals)
		audit_chain_seals(ending->audit, chain);
	look_at_count(ending->audit, chain);
}

int audit_end(struct audit *audit)
{
	struct ending ending = {audit, 0};

	audit_file_end(audit, false);
	twalk_r(audit->tree, end_chain, &ending);
	if (ending.error == 0 && audit->terminals && !audit->part)
		ending.error = audit_terminal_seals(audit);
	return ending.error;
}
