/* A key pair on P-256 (signing or key agreement) or Ed25519 (signing). */
#ifndef SOFTKEY_KEYPAIR_H
#define SOFTKEY_KEYPAIR_H

#include <openssl/evp.h>
#include <stddef.h>
#include <stdint.h>

#define COORDINATE    32 /* bytes of a coordinate, and of a private key */
#define SIGNATURE_MAX 80 /* bytes; an ECDSA signature in DER has at most 72 */

struct keypair {
	int algorithm; /* COSE_ES256 or COSE_EDDSA */
	uint8_t secret[COORDINATE];
	uint8_t x[COORDINATE]; /* the whole public key on Ed25519 */
	uint8_t y[COORDINATE]; /* P-256 only */
	EVP_PKEY *pkey;
};

/* Both overwrite @ret_pair without releasing what it held. -ENOTSUP for another algorithm, -EINVAL
 * for a number that is no private key, -EIO if OpenSSL refuses. */
int keypair_generate(int algorithm, struct keypair *ret_pair);
int keypair_load(int algorithm, const uint8_t secret[static COORDINATE], struct keypair *ret_pair);

/* Signs the message (not its hash). -EIO. */
int keypair_sign(const struct keypair *pair, const uint8_t *message, size_t length,
		 uint8_t ret_signature[static SIGNATURE_MAX], size_t *ret_length);

/* The x coordinate of the product with the peer's point. -EINVAL for a point off the curve. */
int keypair_agree(const struct keypair *pair, const uint8_t x[static COORDINATE],
		  const uint8_t y[static COORDINATE], uint8_t ret_shared[static COORDINATE]);

/* Wipes it; safe on a zeroed one. */
void keypair_release(struct keypair *pair);

#define _cleanup_keypair_ __attribute__((cleanup(keypair_release)))

#endif
