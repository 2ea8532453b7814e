/* What is missing is asked for: a signed request (resend.h) for each journal with gaps. */
#ifndef SEKISHO_REQUESTS_H
#define SEKISHO_REQUESTS_H

#include "audit.h"

struct requests {
	const char *directory; /* where they go; it must be there */
	const char *certificate, *key; /* the collector's, PEM files */
	uint64_t written;
	int error; /* of the first that could not be, -errno */
};

/* audit_each_fn: writes DIRECTORY/NAME-EPOCH.resend for a chain of which records are missing and
 * that a terminal's seal names. */
void requests_write(void *requests, const struct audit_chain *chain);

#endif
