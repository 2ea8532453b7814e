/* Whether a token's answer proves the person's key: the one place where a signature is judged. */
#ifndef SEKISHO_PROOF_H
#define SEKISHO_PROOF_H

#include "failure.h"
#include "roster.h"
#include "tokenproto.h"

/* What was asked for. */
struct proof_demand {
	const char *rp_id;
	const uint8_t *challenge; /* TOKEN_CHALLENGE bytes, fresh for this answer */
	const struct roster_entry *entries; /* the allow list that was sent */
	size_t count;
	bool verification; /* the person's verification is demanded of every entry */
};

struct proof {
	size_t index; /* of the entry that signed */
	uint32_t counter;
	bool present; /* UP */
	bool verified; /* UV */
};

/* FAILURE_NONE and the proof, or why it is none. Pure but for OpenSSL. */
enum failure proof_verify(const struct proof_demand *demand, const struct token_reply *reply,
			  struct proof *ret_proof);

/* Sets the cryptographic library up, which takes as long as a signature: to be called while a key
 * is waited for. */
void proof_prepare(void);

#endif
