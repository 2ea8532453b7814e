/* What `sekisho verify` shows: each finding as it comes, then the verdict; for people or programs.
 */
#ifndef SEKISHO_FINDINGS_H
#define SEKISHO_FINDINGS_H

#include "journal_verify.h"

struct findings {
	const char *journal; /* its directory */
	const char *anchor; /* file of the seal's public half */
	json_t *list; /* NULL: for people */
	uint64_t shown;
	uint64_t bad_receipts; /* told by findings_bad_receipt */
};

/* journal_report_fn for a struct findings. */
void findings_show(void *user, const struct journal_finding *finding);

/* The same, of a receipt at @path that can't be used, for the reason @why. */
void findings_bad_receipt(void *user, const char *path, const char *why);

/* Returns the exit status. */
int findings_verdict(const struct findings *findings, const struct journal_summary *summary);

#endif
