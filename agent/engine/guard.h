/* Files of the package's, rules of others and rival programs, looked at with each sweep: what is
 * otherwise is told, and left as it is, for that is a package manager's business or a person's. */
#ifndef SEKISHO_GUARD_H
#define SEKISHO_GUARD_H

#include "tamper.h"

#define GUARD_UNSETTLED_MAX 3 /* sweeps; then files are looked at while they still change */

struct guard {
	int root; /* a descriptor of "/" */
	uint64_t fingerprint; /* of the files, at the last look */
	unsigned int unsettled; /* looks that found them changed since the one before */
	bool listed; /* there was a list of files: this is an installed terminal */
	bool well; /* nothing was found when they were last read, and they were not touched since */
};

/* An upgrade replaces files one by one, so they are read when one look and the next have found them
 * untouched in between. Until there was a list there is nothing to guard. */
void guard_look(struct guard *guard, struct tamper *tamper, int64_t now);

#endif
