/* The seal of a checkpoint: who wrote the journal up to here, and when. A checkpoint is an event of
 * the chain (sekisho-journal(5)); it is sealed twice over the same words:
 *
 * signature: Ed25519 (RFC 8032). Whoever has the public key can check it.
 * mac: HMAC-SHA256 (RFC 2104) under a key that is replaced by HMAC(key, "ratchet") after each
 * checkpoint and forgotten. Whoever reads the terminal's key today can't make an earlier
 * checkpoint; the first key lies at the collector. */
#ifndef SEKISHO_SEAL_H
#define SEKISHO_SEAL_H

#include "journal_format.h"

#include <stdint.h>

#define SEAL_KEY_SIZE	    32 /* bytes: of Ed25519's either half, of the ratchet's key */
#define SEAL_SIGNATURE_SIZE 64
#define SEAL_MAC_SIZE	    32
#define SEAL_KEY_ID_SIZE                                                                           \
	17 /* first 8 bytes of SHA-256 of the public key as hexadecimal, and the zero */
#define SEAL_PERIOD_MAX	  UINT32_MAX
#define SEAL_REASON_START "start" /* the first checkpoint of an agent's life, and no other */
#define SEAL_REASON_DROP  "drop" /* before old records go */

/* What a checkpoint says; the words that are sealed hold all of it. Borrowed pointers. */
struct seal_statement {
	const char *host, *epoch; /* of the journal, 32 hexadecimal digits */
	uint64_t sequence; /* of the checkpoint itself */
	const uint8_t *previous; /* hash of the event before it: with it all before it */
	uint32_t period; /* how often the ratchet had turned */
	const char *reason; /* [a-z]+ */
	const char *time; /* as journal_format_time writes it */
	const char *boot;
};

struct seal_marks {
	uint8_t signature[SEAL_SIGNATURE_SIZE];
	uint8_t mac[SEAL_MAC_SIZE];
};

/* The name of a public key. */
void seal_key_id(const uint8_t public_key[static SEAL_KEY_SIZE], char id[static SEAL_KEY_ID_SIZE]);

/* The public half of a private key. -EINVAL. */
int seal_public_key(const uint8_t private_key[static SEAL_KEY_SIZE],
		    uint8_t ret_public_key[static SEAL_KEY_SIZE]);

/* Both marks. -EINVAL, -ENOMEM. */
int seal_make(const struct seal_statement *statement,
	      const uint8_t private_key[static SEAL_KEY_SIZE],
	      const uint8_t ratchet[static SEAL_KEY_SIZE], struct seal_marks *ret_marks);

/* 0: it is the key's. -EKEYREJECTED: it is not. -EINVAL, -ENOMEM. */
int seal_check_signature(const struct seal_statement *statement,
			 const uint8_t public_key[static SEAL_KEY_SIZE],
			 const uint8_t signature[static SEAL_SIGNATURE_SIZE]);

/* The same of the mac; @ratchet is the key of .period. */
int seal_check_mac(const struct seal_statement *statement,
		   const uint8_t ratchet[static SEAL_KEY_SIZE],
		   const uint8_t mac[static SEAL_MAC_SIZE]);

/* The key of the next period in the place of this one's. */
void seal_turn(uint8_t ratchet[static SEAL_KEY_SIZE]);

#endif
