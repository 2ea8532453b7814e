#include "journal_receipts.h"

#include <string.h>

void journal_receipts_begin(struct journal_receipts *receipts, const struct receipt *list,
			    size_t count, journal_report_fn *report, void *user)
{
	*receipts = (struct journal_receipts){
		.list = list,
		.count = count,
		.report = report,
		.user = user,
	};
}

static void found(struct journal_receipts *receipts, const struct journal_chain *chain,
		  enum journal_damage damage, uint64_t offset, uint64_t first, uint64_t last)
{
	struct journal_finding finding = {
		.damage = damage,
		.line = damage == JOURNAL_REWRITTEN ? chain->line : 0,
		.offset = offset,
		.sequence = first,
		.last = last,
	};

	memcpy(finding.file, chain->file, sizeof(finding.file));
	receipts->report(receipts->user, &finding);
}

/* A journal that another machine goes on with has the other one's name up to there. The hash is of
 * all before it: where that is the same, so is the journal. */
void journal_receipts_record(struct journal_receipts *receipts, const struct journal_chain *chain,
			     const struct journal_record *record, uint64_t offset)
{
	for (size_t i = 0; i < receipts->count; i++) {
		const struct receipt *receipt = &receipts->list[i];
		bool same = memcmp(receipt->verified.hash, record->hash, JOURNAL_HASH_SIZE) == 0;

		if (receipt->verified.sequence != record->sequence ||
		    (!same && !letter_is_for(&receipt->letter, chain->host, chain->epoch)))
			continue;
		receipts->met[i] = receipts->ours = true;
		if (!same)
			found(receipts, chain, JOURNAL_REWRITTEN, offset, record->sequence,
			      record->sequence);
		else if (record->sequence > receipts->confirmed.verified.sequence)
			receipts->confirmed = *receipt;
	}
}

static void set_unmet(struct journal_receipts *receipts, uint64_t verified)
{
	if (verified > receipts->unmet)
		receipts->unmet = verified;
}

static void judge_unmet(struct journal_receipts *receipts, const struct journal_chain *chain,
			const struct receipt *receipt, bool complete)
{
	uint64_t verified = receipt->verified.sequence, head = chain->head.sequence;

	if (!letter_is_for(&receipt->letter, chain->host, chain->epoch)) {
		if (!receipts->ours)
			found(receipts, chain, JOURNAL_OTHER_JOURNAL, 0, verified, verified);
	} else if (verified > head && complete) {
		found(receipts, chain, JOURNAL_CUT, 0, head + 1, verified);
	} else if (verified <= chain->gaps.start) {
		receipts->gone = verified;
	} else {
		set_unmet(receipts, verified);
	}
}

void journal_receipts_end(struct journal_receipts *receipts, const struct journal_chain *chain,
			  bool complete)
{
	for (size_t i = 0; i < receipts->count; i++)
		receipts->ours |=
			letter_is_for(&receipts->list[i].letter, chain->host, chain->epoch);
	/* Whose journal it is says the segments' first lines; that all are damaged was told. */
	for (size_t i = 0; i < receipts->count; i++)
		if (!chain->have_origin)
			set_unmet(receipts, receipts->list[i].verified.sequence);
		else if (!receipts->met[i])
			judge_unmet(receipts, chain, &receipts->list[i], complete);
	receipts->list = NULL;
	receipts->report = NULL;
	receipts->user = NULL;
}
