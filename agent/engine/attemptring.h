/* The ring through which the kernel tells of attempts (agent/lsm/guard.bpf.c): a descriptor that
 * sekisho-lsm handed over, and what is mapped of it. Reading it takes no bpf(2). */
#ifndef SEKISHO_ATTEMPTRING_H
#define SEKISHO_ATTEMPTRING_H

#include "agent/lsm/attempt.h"

#include <stdbool.h>
#include <stddef.h>

struct attemptring {
	int fd; /* readable when there is something; -1: none */
	unsigned long *consumer; /* how far we are: a page that we write */
	const unsigned long *producer; /* how far the kernel is; its data are behind that page */
	unsigned long kept; /* what was there when it was opened lies before */
};

/* Whether the attempt that was taken last was there already when the ring was opened. */
static inline bool attemptring_kept_it(const struct attemptring *ring)
{
	return *ring->consumer <= ring->kept;
}

/* Takes @fd, a ring of ATTEMPT_BYTES; @page is the machine's. -errno: the caller's still. */
int attemptring_open(struct attemptring *ring, int fd, size_t page);
void attemptring_close(struct attemptring *ring, size_t page);

/* The next attempt, true; false: there is none. What is no attempt is passed over. */
bool attemptring_take(struct attemptring *ring, size_t page, struct attempt *ret_attempt);

#endif
