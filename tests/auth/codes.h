/* One-time codes: a person's seed, what it shows, and what the terminal knows of it. */
#ifndef TEST_CODES_H
#define TEST_CODES_H

#include "terminal.h"

#include "agent/auth/otpstate.h"

#define CODES_SEED     "12345678901234567890"
#define CODES_SEED_HEX "3132333435363738393031323334353637383930"

/* Six digits, good until the second call after this one. */
const char *codes_of(const char *seed, size_t length, uint64_t counter);

/* Of CODES_SEED. */
const char *codes_at(uint64_t counter);
const char *codes_now(void);

/* Of a time. */
uint64_t codes_step(void);

/* Writes the file of seeds: @lines without the header. */
void codes_write(const struct terminal *terminal, const char *lines, mode_t mode);

/* Reads, or with @write sets, the state and the wrong tries that the terminal knows of a seed. */
struct otpstate codes_place(const struct terminal *terminal, const struct otp *otp,
			    const struct otpstate *write);

#endif
