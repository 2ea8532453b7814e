/* What a seed's codes have been used for, and how often they were guessed at: durable in the
 * counters' file, which has its room from the beginning, so that a full disk stops nobody.
 *
 * The place belongs to the seed, not to the person: a code used for one account is used for all. */
#ifndef SEKISHO_OTPSTATE_H
#define SEKISHO_OTPSTATE_H

#include "counter.h"
#include "otp.h"

#include <stdbool.h>

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

/* The same for a name without a seed, in one of OTPSTATE_NOBODIES places that such names share.
 * @name: bytes that are the name's and that nobody else can tell. What another name did there is
 * forgotten, and after a day what this one did, for people with a seed log in meanwhile. @now:
 * seconds since 1970. */
#define OTPSTATE_NOBODIES 1024
#define OTPSTATE_NAME	  6
int otpstate_lock_nobody(int fd, const uint8_t name[static OTPSTATE_NAME], int64_t now,
			 int64_t deadline, struct otpstate *ret_state);

/* Reads a seed's place without a lock: what a log-in does at the moment may be missing. -ENOENT
 * where no code was ever typed; else as otpstate_lock(). */
int otpstate_peek(int fd, const struct otp *otp, struct otpstate *ret_state);

/* Keeps log-ins from waiting with the place locked, until the descriptor is closed: who has it gets
 * it within the time of a look. otpstate_wanted() tells such a log-in that it has to give up. */
int otpstate_claim(int fd, const struct otp *otp, int64_t deadline);
bool otpstate_wanted(const struct otpstate *state);

/* Writes .state and .tries: durable when it returns 0. */
int otpstate_store(struct otpstate *state);

#endif
