/* A whole journal, read and judged. May run while the writer writes. */
#ifndef SEKISHO_JOURNAL_VERIFY_H
#define SEKISHO_JOURNAL_VERIFY_H

#include "journal_receipts.h"
#include "journal_seals.h"

#define JOURNAL_SETTLE_MS 50

struct journal_summary {
	uint64_t records; /* good ones */
	uint64_t segments; /* files */
	uint64_t findings; /* without .unreadable */
	uint64_t unreadable; /* files */
	uint64_t reasons[JOURNAL_REASON_COUNT]; /* segments by why they were begun */
	uint64_t dropped; /* records at the beginning that are accounted for */
	uint64_t claim; /* record that accounts for them, if no seal vouches for it; 0: none */
	uint64_t superseded; /* lines written again after a disk error */
	unsigned int foreign; /* files that are not the journal's */
	struct journal_head head;
	struct journal_seals seals;
	struct journal_receipts receipts;
};

/* What vouches for a journal, from outside of it. */
struct journal_vouchers {
	const struct sealkeys *keys; /* the terminal's; NULL: seals are not looked at */
	const struct receipt *receipts; /* the collector's, JOURNAL_RECEIPTS_MAX at most */
	size_t n_receipts;
};

/* Walks all segments below @dirfd; @report (may be NULL) hears of each finding. @settle_ms: how
 * long to wait for a write under way, 0 if nobody writes. 0 also for a damaged journal: see
 * .findings; -ENOENT if there is no segment; -errno if the directory can't be read. */
int journal_verify(int dirfd, unsigned int settle_ms, journal_report_fn *report, void *user,
		   struct journal_summary *ret_summary);

/* The same, and the seals too, with the @keys of the terminal's. */
int journal_verify_sealed(int dirfd, unsigned int settle_ms, const struct sealkeys *keys,
			  journal_report_fn *report, void *user,
			  struct journal_summary *ret_summary);

/* The same, and the receipts too. */
int journal_verify_against(int dirfd, unsigned int settle_ms,
			   const struct journal_vouchers *vouchers, journal_report_fn *report,
			   void *user, struct journal_summary *ret_summary);

#endif
