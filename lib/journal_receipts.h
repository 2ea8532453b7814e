/* Is the journal the one that the collector verified? Its receipts (receipt.h) held against the
 * records, while journal_verify walks the chain. They come from outside, so they show what the
 * journal itself can't: an end that was cut off, and what root wrote anew with the terminal's own
 * keys. Pure. */
#ifndef SEKISHO_JOURNAL_RECEIPTS_H
#define SEKISHO_JOURNAL_RECEIPTS_H

#include "journal_chain.h"
#include "receipt.h"

#define JOURNAL_RECEIPTS_MAX 2 /* root's, and the agent's own */

struct journal_receipts {
	const struct receipt *list; /* until the end */
	size_t count;
	bool met[JOURNAL_RECEIPTS_MAX]; /* the record of that number came, the same or not */
	bool ours; /* one of them is for this journal */
	struct receipt
		confirmed; /* of those that the journal is as: the highest one; number 0: none */
	uint64_t gone; /* a receipt's number before the journal's beginning; 0: none */
	uint64_t unmet; /* the highest one whose record can't be read; 0: none */
	journal_report_fn *report; /* until the end */
	void *user;
};

/* At most JOURNAL_RECEIPTS_MAX. */
void journal_receipts_begin(struct journal_receipts *receipts, const struct receipt *list,
			    size_t count, journal_report_fn *report, void *user);

/* A good record of @chain, at @offset. */
void journal_receipts_record(struct journal_receipts *receipts, const struct journal_chain *chain,
			     const struct journal_record *record, uint64_t offset);

/* No more records: reports what the collector verified and is not here. A record that is missing or
 * damaged in between was told of by the chain. @complete: every segment could be read; without that
 * an end that is not here is not known to be cut off. */
void journal_receipts_end(struct journal_receipts *receipts, const struct journal_chain *chain,
			  bool complete);

#endif
