/* What was found good is told to the terminals: a signed receipt (receipt.h) for each journal. */
#ifndef SEKISHO_RECEIPTS_H
#define SEKISHO_RECEIPTS_H

#include "audit.h"

struct receipts {
	const char *directory; /* where they go; it must be there */
	const char *certificate, *key; /* the collector's, PEM files */
	uint64_t written;
	int error; /* of the first that could not be, -errno */
};

/* audit_each_fn: writes DIRECTORY/NAME-EPOCH.receipt for a chain in which a terminal's checkpoint
 * was verified and nothing is wrong. */
void receipts_write(void *receipts, const struct audit_chain *chain);

#endif
