#include "journal_seals.h"

#include <string.h>

void journal_seals_begin(struct journal_seals *seals, const struct sealkeys *keys,
			 journal_report_fn *report, void *user)
{
	*seals = (struct journal_seals){
		.looked_at = keys != NULL,
		.keys = keys,
		.report = report,
		.user = user,
	};
	if (keys)
		memcpy(seals->key_id, keys->list[0].id, sizeof(seals->key_id));
}

static void found(struct journal_seals *seals, const struct journal_chain *chain,
		  enum journal_damage damage, uint64_t offset, uint64_t first, uint64_t last)
{
	struct journal_finding finding = {
		.damage = damage,
		.line = damage == JOURNAL_UNSEALED ? 0 : chain->line,
		.offset = offset,
		.sequence = first,
		.last = last,
	};

	memcpy(finding.file, chain->file, sizeof(finding.file));
	seals->report(seals->user, &finding);
}

static bool is_of_its_time(const struct journal_seals *seals, const struct sealkey *key,
			   const struct seal_statement *statement)
{
	if (!sealend_allows(&key->end, statement->host, statement->epoch, statement->sequence,
			    statement->period))
		return false;
	return !seals->key || seals->key == key ||
	       sealend_meet(&seals->key->end, &key->end, statement->host, statement->epoch);
}

/* A key that follows a lost one begins a row of its own, from period 0 on. False if it does not. */
static bool begin_key(struct journal_seals *seals, const struct sealkey *key,
		      const struct seal_statement *statement)
{
	const struct sealkey *before = seals->key;
	bool gap = seals->row.gap > 0;

	seals->key = key;
	if (before == key)
		return true;
	if (!before) {
		seals->first_period = statement->period;
		return true;
	}
	seals->ended = before->end.sequence;
	seals->replaced = statement->sequence;
	seals->row = (struct sealed_row){};
	return statement->period == 0 || gap;
}

/* What is wrong with the seal; JOURNAL_DAMAGE_COUNT if nothing is. A good one is the row's next. */
static enum journal_damage judge(struct journal_seals *seals, const struct sealed *sealed)
{
	const struct seal_statement *statement = &sealed->statement;
	const struct sealkey *key = sealkeys_find(seals->keys, sealed->key_id);
	bool begins_well;

	if (!key)
		return JOURNAL_UNKNOWN_KEY;
	if (seal_check_signature(statement, key->public_key, sealed->marks.signature) < 0)
		return JOURNAL_BAD_SEAL;
	if (!is_of_its_time(seals, key, statement))
		return JOURNAL_KEY_ORDER;
	begins_well = begin_key(seals, key, statement);
	seals->sealed = statement->sequence;
	switch (sealed_row_take(&seals->row, statement->period)) {
	case SEALED_SKIPPED:
		return JOURNAL_LOST_SEALS;
	case SEALED_BACK:
		return JOURNAL_KEY_ORDER;
	case SEALED_NEXT:
		break;
	}
	return begins_well ? JOURNAL_DAMAGE_COUNT : JOURNAL_LOST_SEALS;
}

static enum journal_seal look_at_checkpoint(struct journal_seals *seals,
					    const struct journal_chain *chain,
					    const struct journal_record *record, uint64_t offset)
{
	enum journal_damage damage = JOURNAL_BAD_SEAL;
	const struct sealkey *key;
	struct sealed sealed;

	/* Whose journal it is says the segment's first line; that it is damaged was told. */
	if (!chain->have_origin)
		return JOURNAL_SEAL_NONE;
	if (sealed_read(record, chain->host, chain->epoch, &sealed) == 0)
		damage = judge(seals, &sealed);
	if (damage != JOURNAL_DAMAGE_COUNT) {
		found(seals, chain, damage, offset, record->sequence, record->sequence);
		return JOURNAL_SEAL_NONE;
	}
	key = sealkeys_find(seals->keys, sealed.key_id);
	return sealed_vouches(&sealed, !key->end.before) ? JOURNAL_SEAL_GOOD : JOURNAL_SEAL_START;
}

enum journal_seal journal_seals_record(struct journal_seals *seals,
				       const struct journal_chain *chain,
				       const struct journal_record *record, uint64_t offset)
{
	/* Where records are missing, checkpoints may be among them; a damaged line may hide more
	 * than the numbers say. */
	if (record->sequence != seals->last + 1)
		seals->row.gap = UINT64_MAX;
	seals->last = record->sequence;
	if (!sealed_is_checkpoint(record))
		return JOURNAL_SEAL_NONE;
	seals->checkpoints++;
	return seals->looked_at ? look_at_checkpoint(seals, chain, record, offset)
				: JOURNAL_SEAL_NONE;
}

void journal_seals_end(struct journal_seals *seals, const struct journal_chain *chain)
{
	uint64_t waiting = chain->head.sequence - seals->sealed;

	if (seals->looked_at && waiting > 0 && (seals->sealed == 0 || waiting > SEALED_WAITING_MAX))
		found(seals, chain, JOURNAL_UNSEALED, 0, seals->sealed + 1, chain->head.sequence);
	seals->report = NULL;
	seals->user = NULL;
	seals->keys = NULL;
	seals->key = NULL;
}
