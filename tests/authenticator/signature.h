/* Signing as the authenticator is told to behave: counter, relying party and signature may be wrong
 * on demand. */
#ifndef SOFTKEY_SIGNATURE_H
#define SOFTKEY_SIGNATURE_H

#include "authenticator.h"

/* Steps the store's counter (without saving it) and returns what is to be signed. */
uint32_t signature_counter(struct authenticator *authenticator);

/* The hash of the relying party to be told. */
void signature_relying_party(uint32_t misbehaviours, const uint8_t rp[static HASH_SIZE],
			     uint8_t ret_rp[static HASH_SIZE]);

/* Signs authenticator data and client data hash. -EMSGSIZE, -EIO. */
int signature_make(uint32_t misbehaviours, const struct keypair *signer, const uint8_t *authdata,
		   size_t length, const uint8_t client_hash[static HASH_SIZE],
		   uint8_t ret_signature[static SIGNATURE_MAX], size_t *ret_length);

#endif
