#include "audit.h"

#include "cleanup.h"

#include <errno.h>
#include <string.h>

static bool is_good(struct terminal *terminal, const struct sealed *sealed)
{
	const struct seal_statement *statement = &sealed->statement;
	uint8_t key[SEAL_KEY_SIZE];

	if (seal_check_signature(statement, terminal->public_key, sealed->marks.signature) < 0)
		return false;
	return !terminal->has_first_key ||
	       (terminals_ratchet(terminal, statement->period, key) == 0 &&
		seal_check_mac(statement, key, sealed->marks.mac) == 0);
}

static void judge(struct audit *audit, struct audit_chain *chain,
		  const struct journal_record *record, const struct sealed *sealed,
		  struct hash_entry *entry)
{
	struct terminal *terminal = terminals_find(audit->terminals, sealed->key_id);
	uint32_t period = sealed->statement.period;

	if (!terminal) {
		audit_found(audit, AUDIT_UNKNOWN_KEY, chain, record->sequence, record->sequence);
		return;
	}
	if (chain->owner && chain->owner != terminal) {
		audit_found(audit, AUDIT_WRONG_TERMINAL, chain, record->sequence, record->sequence);
		return;
	}
	if (period > terminal->highest + AUDIT_PERIODS_AHEAD) {
		audit_found(audit, AUDIT_KEY_ORDER, chain, record->sequence, record->sequence);
		return;
	}
	if (!is_good(terminal, sealed)) {
		audit_found(audit, AUDIT_BAD_SEAL, chain, record->sequence, record->sequence);
		return;
	}
	chain->owner = terminal;
	if (period > terminal->highest)
		terminal->highest = period;
	entry->sealed = 1;
	entry->vouches = sealed_vouches(sealed);
	memcpy(entry->period, &period, sizeof(entry->period));
	if (record->sequence > chain->sealed)
		chain->sealed = record->sequence;
}

void audit_checkpoint(struct audit *audit, struct audit_chain *chain,
		      const struct collected *collected, struct hash_entry *entry)
{
	const struct journal_record *record = &collected->record;
	struct sealed sealed;

	if (sealed_read(record, collected->host, collected->epoch, &sealed) < 0)
		audit_found(audit, AUDIT_BAD_SEAL, chain, record->sequence, record->sequence);
	else
		judge(audit, chain, record, &sealed, entry);
}

static void found_unsealed(struct audit *audit, struct audit_chain *chain)
{
	if (chain->unsealed_told)
		return;
	chain->unsealed_told = true;
	audit_found(audit, AUDIT_UNSEALED, chain, chain->sealed + 1, chain->head.sequence);
}

void audit_chain_seals(struct audit *audit, struct audit_chain *chain)
{
	uint64_t behind = chain->head.sequence - chain->sealed;
	bool old = chain->received && audit->now - chain->received > AUDIT_UNSEALED_S;

	if (behind > AUDIT_UNSEALED_MAX || (behind > 0 && (old || chain->sealed == 0)))
		found_unsealed(audit, chain);
}

struct gathering {
	const struct audit_chain **list;
	size_t count;
};

static void gather(void *user, const struct audit_chain *chain)
{
	struct gathering *gathering = user;

	if (chain->owner)
		gathering->list[gathering->count++] = chain;
}

static int by_owner_and_period(const void *left, const void *right)
{
	const struct audit_chain *one = *(const struct audit_chain *const *)left;
	const struct audit_chain *other = *(const struct audit_chain *const *)right;
	int order = strcmp(one->owner->key_id, other->owner->key_id);

	if (order)
		return order;
	return (one->first_period > other->first_period) -
	       (one->first_period < other->first_period);
}

/* A terminal's periods go on where its journal was begun anew, so that a journal which is missing
 * as a whole leaves a hole, and a seal that is used in two places at once overlaps. One that was
 * followed by another gets no more checkpoints: what stands behind its last is nobody's. */
static void look_at_next(struct audit *audit, const struct audit_chain *before,
			 struct audit_chain *chain, uint64_t expected)
{
	if (chain->first_period > expected && !chain->begins_dropped)
		audit_found(audit, AUDIT_LOST_SEALS, chain, expected, chain->first_period - 1);
	if (!before)
		return;
	if ((uint64_t)chain->first_period + 1 < expected)
		audit_found(audit, AUDIT_KEY_ORDER, chain, chain->sealed, chain->sealed);
	if (before->head.sequence > before->sealed)
		found_unsealed(audit, (struct audit_chain *)before);
}

int audit_terminal_seals(struct audit *audit)
{
	_cleanup_free_ const struct audit_chain **list =
		calloc((size_t)audit->chains + 1, sizeof(void *));
	struct gathering gathering = {list, 0};
	uint64_t expected = 0;

	if (!list)
		return -ENOMEM;
	audit_each(audit, gather, &gathering);
	qsort(list, gathering.count, sizeof(void *), by_owner_and_period);
	for (size_t i = 0; i < gathering.count; i++) {
		struct audit_chain *chain = (struct audit_chain *)list[i];
		const struct audit_chain *before =
			i > 0 && list[i - 1]->owner == chain->owner ? list[i - 1] : NULL;

		if (!before)
			expected = 0;
		look_at_next(audit, before, chain, expected);
		if (chain->last_period >= expected)
			expected = (uint64_t)chain->last_period + 1;
	}
	return 0;
}
