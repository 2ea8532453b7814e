/* Challenge and answer that two people read to each other by telephone.
 *
 * Each terminal has an X25519 key (RFC 7748). The answer is an HMAC-SHA256 under a key that HKDF
 * (RFC 5869) makes of what two terminals share, cut to decimal digits: who knows all that was ever
 * said, shown or typed can't make another one, nor can a third terminal. A signature would not fit
 * into what can be read aloud. Both end in a check digit (Damm). */
#ifndef SEKISHO_PHONECODE_H
#define SEKISHO_PHONECODE_H

#include "phonegroup.h"

#define PHONECODE_FILE	 "substitute.key" /* in the state directory: the private key */
#define PHONECODE_DIGITS 12 /* with the check digit */
#define PHONECODE_SIZE	 (PHONECODE_DIGITS + 1)
#define PHONECODE_SHOWN	 (PHONECODE_DIGITS + 3) /* in groups of four, with the closing zero */

struct phonecode_key {
	uint8_t secret[PHONEGROUP_KEY];
	uint8_t public[PHONEGROUP_KEY];
};
void phonecode_wipe(struct phonecode_key *key);
#define _cleanup_phonecode_ __attribute__((cleanup(phonecode_wipe)))

/* Reads the terminal's own key. -ENOENT: there is none; -EPERM: others may read it; -EINVAL. */
int phonecode_load(int state_dirfd, struct phonecode_key *ret_key);

/* Makes one, once. -EEXIST. */
int phonecode_make(int state_dirfd, struct phonecode_key *ret_key);

/* What an answer is for. */
struct phonecode_about {
	const char *user; /* who asks to be let in */
	const char *voucher; /* whose key was verified at the other terminal */
	uint32_t day; /* YYYYMMDD */
	const char *challenge; /* its digits */
};

/* A challenge that never was: of fresh chance and of @count, which grows with each answer that was
 * used. -EIO. */
int phonecode_challenge(const char *user, uint32_t day, uint32_t count,
			char ret_digits[static PHONECODE_SIZE]);

/* The answer of the terminal @answering to the one @asking. @own: the key of one of them. -EIO. */
int phonecode_answer(const struct phonecode_key *own, const uint8_t asking[static PHONEGROUP_KEY],
		     const uint8_t answering[static PHONEGROUP_KEY],
		     const struct phonecode_about *about, char ret_digits[static PHONECODE_SIZE]);

/* What was typed, with blanks and hyphens anywhere, as digits. -EINVAL for what can be none: by
 * its form or by the check digit. Pure. */
int phonecode_read(const char *typed, size_t length, char ret_digits[static PHONECODE_SIZE]);

/* 123456789012 as 1234-5678-9012. Pure. */
void phonecode_show(const char digits[static PHONECODE_SIZE],
		    char ret_text[static PHONECODE_SHOWN]);

#endif
