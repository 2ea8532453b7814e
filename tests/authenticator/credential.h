/* A credential and its id. The id is the private key itself, sealed with the authenticator's master
 * key and bound to the relying party: nothing is stored for a non-resident credential, and whoever
 * copies the state file has a clone. */
#ifndef SOFTKEY_CREDENTIAL_H
#define SOFTKEY_CREDENTIAL_H

#include "crypto.h"
#include "keypair.h"

#define CREDENTIAL_ID_SIZE (1 + GCM_NONCE + 2 + COORDINATE + GCM_TAG) /* bytes */

/* Levels of the credProtect extension (CTAP 2.1, 12.1). */
#define PROTECT_OPTIONAL	 1
#define PROTECT_OPTIONAL_WITH_ID 2
#define PROTECT_REQUIRED	 3

struct credential {
	uint8_t id[CREDENTIAL_ID_SIZE];
	int protect;
	struct keypair pair;
};

/* A new one for the relying party of hash @rp. Release it. -ENOTSUP for the algorithm, -EIO. */
int credential_create(const uint8_t master[static SECRET_KEY], const uint8_t rp[static HASH_SIZE],
		      int algorithm, int protect, struct credential *ret_credential);

/* Opens an id. -ENOENT if it is not of this authenticator and relying party. */
int credential_open(const uint8_t master[static SECRET_KEY], const uint8_t rp[static HASH_SIZE],
		    const uint8_t *id, size_t length, struct credential *ret_credential);

void credential_release(struct credential *credential);

#define _cleanup_credential_ __attribute__((cleanup(credential_release)))

#endif
