/* Letters that go back to the terminals, signed (letter.h), one for each journal: what is missing
 * is asked for, what was found good is told. */
#ifndef SEKISHO_OUTGOING_H
#define SEKISHO_OUTGOING_H

#include "audit.h"

struct outgoing {
	const char *directory; /* where they go; it must be there */
	const char *certificate, *key; /* the collector's, PEM files */
	uint64_t written;
	int error; /* of the first that could not be, -errno */
};

/* audit_each_fn: writes DIRECTORY/NAME-EPOCH.receipt (receipt.h) for a chain in which a terminal's
 * checkpoint was verified and nothing is wrong. */
void outgoing_receipt(void *outgoing, const struct audit_chain *chain);

/* audit_each_fn: writes DIRECTORY/NAME-EPOCH.resend (resend.h) for a chain of which records are
 * missing and that a terminal's seal names. */
void outgoing_request(void *outgoing, const struct audit_chain *chain);

#endif
