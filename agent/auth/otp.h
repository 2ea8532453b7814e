/* One-time codes: HOTP (RFC 4226) and TOTP (RFC 6238), computed by liboath. Pure: seed, state, code
 * and clock come in, a verdict and the new state come out. Nothing counts before the caller has
 * stored the new state.
 *
 * The state is a number that only grows, so a code is good once: what was accepted before is
 * refused by any clock. */
#ifndef SEKISHO_OTP_H
#define SEKISHO_OTP_H

#include <stddef.h>
#include <stdint.h>

#define OTP_SEED_MIN	 16 /* bytes: RFC 4226 section 4, R6 */
#define OTP_SEED_MAX	 64
#define OTP_SEED_NEW	 20 /* the same, "RECOMMENDED" */
#define OTP_DIGITS_MIN	 6
#define OTP_DIGITS_MAX	 8
#define OTP_STEP	 30 /* seconds: RFC 6238 section 5.2 */
#define OTP_WINDOW	 1 /* steps that a code may be early or late */
#define OTP_AHEAD	 10 /* HOTP codes that may have been made and not used */
#define OTP_RESYNC_AHEAD 100 /* the same, where two codes in a row show it */
#define OTP_ENROL_AHEAD	 100000 /* the same, where a token is registered that was used elsewhere */
#define OTP_DRIFT_MAX	 20 /* steps that a token's clock may be off after a resynchronisation */

enum otp_kind {
	OTP_TOTP, /* by the clock */
	OTP_HOTP, /* by a counter */
};

enum otp_hash {
	OTP_SHA1,
	OTP_SHA256, /* TOTP alone */
	OTP_SHA512,
};

struct otp {
	enum otp_kind kind;
	enum otp_hash hash;
	unsigned int digits; /* OTP_DIGITS_MIN to OTP_DIGITS_MAX */
	uint8_t seed[OTP_SEED_MAX];
	size_t seed_length;
};

/* All zero: no code was used yet. */
struct otp_state {
	uint32_t next; /* the first step or counter that still counts */
	int8_t drift; /* TOTP: steps that the token's clock is ahead of ours */
};

enum otp_verdict {
	OTP_BROKEN, /* the seed or the state can't be used, or liboath failed */
	OTP_ACCEPTED,
	OTP_WRONG,
	OTP_REPLAYED, /* a right code, but it was used, or one after it */
	OTP_CLOCK, /* our clock is behind a code that was accepted, or no date at all */
};

/* What a person typed: spaces are left out and full-width digits made plain. -EINVAL if the rest is
 * not OTP_DIGITS_MIN to OTP_DIGITS_MAX digits. @code is wiped by the caller. */
#define OTP_CODE_SIZE (OTP_DIGITS_MAX + 1)
int otp_read(const char *typed, size_t length, char code[static OTP_CODE_SIZE]);

/* @now: seconds since 1970. @ret_state is written for OTP_ACCEPTED alone. */
enum otp_verdict otp_judge(const struct otp *otp, const struct otp_state *state, const char *code,
			   int64_t now, struct otp_state *ret_state);

/* Two codes in a row, neither used before: where the token's clock or counter is now. The second
 * one must be the one it shows. */
enum otp_verdict otp_resync(const struct otp *otp, const struct otp_state *state, const char *first,
			    const char *second, int64_t now, struct otp_state *ret_state);

/* The same at the registration, where a counter may be far on: OTP_ENROL_AHEAD. */
enum otp_verdict otp_enrol(const struct otp *otp, const struct otp_state *state, const char *first,
			   const char *second, int64_t now, struct otp_state *ret_state);

#endif
