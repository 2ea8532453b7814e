/* The records that are not there. Until a journal's end nobody knows whether they stand further
 * down, or whether a store.dropped (journal_dropped.h) accounts for them: that they went as a
 * policy says, whole segments, from the oldest on. Pure; constant memory.
 *
 * Whoever can write the journal's files can write a store.dropped, too. Where the seal's key is
 * known, one counts only when a checkpoint vouches for it that stands behind it, with nothing wrong
 * in between. Without the key there is nothing but its word. */
#ifndef SEKISHO_JOURNAL_GAPS_H
#define SEKISHO_JOURNAL_GAPS_H

#include "journal_dropped.h"
#include "journal_finding.h"

#define JOURNAL_GAPS_MAX 64 /* kept open */
#define JOURNAL_ENDS_MAX 64 /* segments whose last record is kept in mind, from the oldest on */

struct journal_gap {
	struct journal_finding finding; /* records .sequence to .last */
	uint8_t hash[JOURNAL_HASH_SIZE]; /* of .last, as what follows names it */
	bool between; /* ends where a segment begins: only such a gap can have been dropped */
	uint64_t told; /* up to here, by a store.dropped that does not count yet; 0: none */
};

struct journal_gaps {
	struct journal_gap list[JOURNAL_GAPS_MAX];
	size_t count;
	bool sealed; /* a store.dropped counts when it is vouched for, not before */
	bool begun;
	uint64_t start; /* the journal's first segment begins after this record; 0: after none */
	/* All up to here may have gone, some of it while it was read: as it was told, and as far as
	 * that counts. */
	uint64_t gone, gone_vouched;
	uint64_t dropped; /* so many records, at the beginning, are accounted for */
	uint64_t claim; /* record that accounts for them and does not count; 0: none */
	struct journal_head
		ends[JOURNAL_ENDS_MAX]; /* last records of segments, as they were read */
	size_t n_ends;
	bool ends_unknown; /* there are others */
	journal_report_fn *report; /* NULL: nobody is told */
	void *user;
};

void journal_gaps_begin(struct journal_gaps *gaps, journal_report_fn *report, void *user);

/* The first segment begins with the record after @start; later calls change nothing. */
void journal_gaps_start(struct journal_gaps *gaps, uint64_t start);

/* A segment ended with @last. NULL: with what, nobody knows. */
void journal_gaps_end_of_segment(struct journal_gaps *gaps, const struct journal_head *last);

/* Opens @gap. Too many: the oldest one is told, and forgotten. */
void journal_gaps_open(struct journal_gaps *gaps, const struct journal_gap *gap);

/* Takes @sequence out of the gap it belongs to; false if it belongs to none. */
bool journal_gaps_fill(struct journal_gaps *gaps, uint64_t sequence);

/* Record @teller, a store.dropped, tells that @dropped went. -EBADMSG: what is here shows that it
 * is not so. */
int journal_gaps_tell(struct journal_gaps *gaps, const struct journal_dropped *dropped,
		      uint64_t teller);

/* What was told up to here counts from now on; or never will. */
void journal_gaps_vouch(struct journal_gaps *gaps);
void journal_gaps_doubt(struct journal_gaps *gaps);

/* No more records: tells of each gap that is left. */
void journal_gaps_end(struct journal_gaps *gaps);

#endif
