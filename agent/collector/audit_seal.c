#include "audit.h"

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

/* No number is two keys' to seal; lines come in any order. */
static bool is_of_its_time(const struct audit_chain *chain, const struct terminal *terminal,
			   uint64_t sequence, uint32_t period)
{
	const struct terminal *other = chain->owner;

	if (!sealend_allows(&terminal->end, chain->host, chain->epoch, sequence, period))
		return false;
	if (!other || other == terminal)
		return true;
	return other->generation < terminal->generation
		       ? sealend_meet(&other->end, &terminal->end, chain->host, chain->epoch)
		       : sealend_meet(&terminal->end, &other->end, chain->host, chain->epoch);
}

_Static_assert(SEALKEYS_MAX + 1 < 1 << 6, "hash_entry.sealed has six bits");

/* Where the key took over from one that was lost, if that was within a journal. */
static void note_beginning(const struct audit_chain *chain, struct terminal *terminal,
			   uint64_t sequence, uint32_t period)
{
	if (period == 0 && terminal->before &&
	    sealend_meet(&terminal->before->end, &terminal->end, chain->host, chain->epoch) &&
	    (terminal->begins == 0 || sequence < terminal->begins))
		terminal->begins = sequence;
}

static void judge(struct audit *audit, struct audit_chain *chain,
		  const struct journal_record *record, const struct sealed *sealed,
		  struct hash_entry *entry)
{
	time_t happened;
	struct terminal *terminal = terminals_find(audit->terminals, sealed->key_id);
	uint32_t period = sealed->statement.period;
	uint64_t skipped = 0;

	if (!terminal) {
		audit_found(audit, AUDIT_UNKNOWN_KEY, chain, record->sequence, record->sequence);
		return;
	}
	if (chain->owner && terminal_present(chain->owner) != terminal_present(terminal)) {
		audit_found(audit, AUDIT_WRONG_TERMINAL, chain, record->sequence, record->sequence);
		return;
	}
	if (period > terminal->highest)
		skipped = period - terminal->highest - 1;
	if (!is_of_its_time(chain, terminal, record->sequence, period) ||
	    terminal->skipped + skipped > AUDIT_PERIODS_AHEAD) {
		terminal_present(terminal)->doubted = true;
		audit_found(audit, AUDIT_KEY_ORDER, chain, record->sequence, record->sequence);
		return;
	}
	if (!is_good(terminal, sealed)) {
		terminal_present(terminal)->doubted = true;
		audit_found(audit, AUDIT_BAD_SEAL, chain, record->sequence, record->sequence);
		return;
	}
	if (!chain->owner || chain->owner->generation < terminal->generation)
		chain->owner = terminal;
	if (period > terminal->highest)
		terminal->highest = period;
	terminal->skipped += skipped;
	note_beginning(chain, terminal, record->sequence, period);
	entry->sealed = (uint8_t)(terminal->generation + 1);
	entry->vouches = sealed_vouches(sealed, terminal->generation == 0);
	memcpy(entry->period, &period, sizeof(entry->period));
	if (record->sequence > chain->sealed)
		chain->sealed = record->sequence;
	happened = collected_seconds(&audit->happened, &record->time);
	if (happened > chain->sealed_at)
		chain->sealed_at = happened;
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

void audit_chain_unsealed(struct audit *audit, struct audit_chain *chain)
{
	/* What was deleted without one is done with. */
	if (chain->unsealed_told || chain->head.sequence <= chain->expired)
		return;
	chain->unsealed_told = true;
	audit_found(audit, AUDIT_UNSEALED, chain, chain->sealed + 1, chain->head.sequence);
}

void audit_chain_seals(struct audit *audit, struct audit_chain *chain)
{
	uint64_t behind = chain->head.sequence - chain->sealed;
	bool old = chain->received && audit->now - chain->received > AUDIT_UNSEALED_S;

	if (behind > AUDIT_UNSEALED_MAX || (behind > 0 && (old || chain->sealed == 0)))
		audit_chain_unsealed(audit, chain);
}
