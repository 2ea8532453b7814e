/* Who vouches for a terminal's journal? The checkpoints in it, looked at with the public half of
 * the terminal's seal, while journal_verify walks the chain they stand in. Pure.
 *
 * What it can't see: whether a seal was made at the time it names (the collector can, lib/seal.h),
 * and what was cut off behind the last checkpoint. */
#ifndef SEKISHO_JOURNAL_SEALS_H
#define SEKISHO_JOURNAL_SEALS_H

#include "journal_chain.h"
#include "sealed.h"
#include "sealkeys.h"

struct journal_seals {
	bool looked_at; /* there is a key; without one checkpoints are only counted */
	const struct sealkeys *keys; /* until the end */
	char key_id[SEAL_KEY_ID_SIZE]; /* of the present one */
	const struct sealkey *key; /* of the last good checkpoint */
	/* Where a lost key was replaced: up to here it was good, from here the next one is. 0: not
	 * here. */
	uint64_t ended, replaced;
	uint64_t checkpoints; /* in the chain, good or not */
	uint64_t sealed; /* the highest one with a good seal; 0: none */
	uint64_t vouched; /* the same, with nothing wrong up to there; the caller sets it */
	uint32_t first_period; /* of the first good one */
	struct sealed_row row;
	uint64_t last; /* record that was seen last */
	journal_report_fn *report; /* until the end */
	void *user;
};

/* @keys NULL: there are none. */
void journal_seals_begin(struct journal_seals *seals, const struct sealkeys *keys,
			 journal_report_fn *report, void *user);

enum journal_seal {
	JOURNAL_SEAL_NONE, /* no checkpoint, or not looked at, or something is wrong with it */
	JOURNAL_SEAL_GOOD,
	JOURNAL_SEAL_START, /* good, and vouches for no store.dropped before it (sealed_vouches) */
};

/* A good record of @chain, at @offset: does it seal what stands before it? */
enum journal_seal journal_seals_record(struct journal_seals *seals,
				       const struct journal_chain *chain,
				       const struct journal_record *record, uint64_t offset);

/* No more records: reports what nobody vouches for, if it is too much. */
void journal_seals_end(struct journal_seals *seals, const struct journal_chain *chain);

#endif
