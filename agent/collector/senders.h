/* How many journals were begun from each of the addresses that the collector noted. */
#ifndef SEKISHO_SENDERS_H
#define SEKISHO_SENDERS_H

#include "journal_format.h"

#define SENDERS_NAME_SIZE 46 /* of an address, with the zero */

struct sender {
	char name[SENDERS_NAME_SIZE];
	uint64_t journals;
	uint64_t told; /* the caller's */
};

/* Begins as zeros. */
struct senders {
	void *tree; /* of struct sender, by name (tsearch(3)) */
	uint64_t limit; /* the caller's */
};

/* Made if it was not there. The addresses of IPv6 that one machine can choose among, a /64 (RFC
 * 4291, 2.5.4), are one sender; so is all that is too long for an address. NULL: no memory. */
struct sender *senders_find(struct senders *senders, const struct journal_span *address);

void senders_release(struct senders *senders);

#endif
