/* One walk through a chain of modules: what libpam makes of each result.
 *
 * Source: _pam_dispatch_aux() in libpam/pam_dispatch.c of Linux-PAM 1.5.2, for a chain that runs
 * for the first time (authentication, account management). tests/pam/test_pamwalk.c holds it
 * against the library. Pure. */
#ifndef SEKISHO_PAMWALK_H
#define SEKISHO_PAMWALK_H

#include "pamstack.h"

#include <stdbool.h>

struct pamwalk_impression {
	int8_t impression; /* -1 negative, 0 none yet, 1 positive */
	uint8_t status; /* the code that will be returned */
};

/* Comparable by memcmp(3): what doesn't matter any more is zero. */
struct pamwalk {
	struct pamwalk_impression now;
	struct pamwalk_impression before[PAMSTACK_DEPTH_MAX]; /* as each substack began */
	uint8_t at; /* the element to be asked next */
	uint8_t level; /* of the one before */
	uint8_t padding[2];
};

void pamwalk_begin(struct pamwalk *walk);

/* Goes on to the module that is asked next; false at the end. */
bool pamwalk_next(const struct pamstack_chain *chain, struct pamwalk *walk);

/* It returned @code, below PAMSTACK_CODES and not PAM_INCOMPLETE, with which the program asks the
 * whole chain again. */
void pamwalk_take(const struct pamstack_chain *chain, struct pamwalk *walk, unsigned int code);

/* What the program gets at the end. */
unsigned int pamwalk_verdict(const struct pamwalk *walk);

#endif
