/* What a seed's codes have been used for, and how often they were guessed at: durable in the
 * counters' file, which has its room from the beginning, so that a full disk stops nobody.
 *
 * The place belongs to the seed, not to the person: a code used for one account is used for all. */
#ifndef SEKISHO_OTPSTATE_H
#define SEKISHO_OTPSTATE_H

#include "counter.h"
#include "otp.h"

#define OTPSTATE_FREE_TRIES 3 /* wrong codes in a row that cost no waiting */
#define OTPSTATE_TRIES	    100 /* in a row, then none counts any more (NIST SP 800-63B 5.2.2) */
#define OTPSTATE_DELAY_MAX  30 /* seconds */

struct otpstate {
	struct counter counter; /* locked */
	struct otp_state state;
	unsigned int tries; /* wrong ones in a row */
};

/* Seconds to wait, with the place locked, before a code is judged: two at a time don't help. Pure.
 */
unsigned int otpstate_delay(unsigned int tries);

/* Locks the seed's place in the opened counters until they are closed. The errors are those of
 * counter_lock(). */
int otpstate_lock(int fd, const struct otp *otp, int64_t deadline, struct otpstate *ret_state);

/* The place that people without a seed share: one of 256, the same for a name each time. */
int otpstate_lock_nobody(int fd, uint8_t which, int64_t deadline, struct otpstate *ret_state);

/* Writes .state and .tries: durable when it returns 0. */
int otpstate_store(struct otpstate *state);

#endif
