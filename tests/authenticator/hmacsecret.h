/* The hmac-secret extension at assertion (CTAP 2.1, 12.5): one or two secrets that depend on the
 * credential, on a salt of the platform, and on whether the user was verified. */
#ifndef SOFTKEY_HMACSECRET_H
#define SOFTKEY_HMACSECRET_H

#include "authenticator.h"

/* Encodes {"hmac-secret": encrypted}. A CTAP status. */
int hmac_secret_encode(struct authenticator *authenticator, const cbor_item_t *input,
		       const struct credential *credential, bool verified, struct encoder *ret_map);

#endif
