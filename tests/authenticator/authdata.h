/* Authenticator data (WebAuthn, 6.1): what is signed, together with the client data hash. */
#ifndef SOFTKEY_AUTHDATA_H
#define SOFTKEY_AUTHDATA_H

#include "credential.h"
#include "encoder.h"
#include "settings.h"

#define AUTHDATA_MAX 1024 /* bytes */

struct authdata {
	uint8_t rp[HASH_SIZE];
	uint8_t flags; /* AUTHDATA_UP and AUTHDATA_UV; the others follow from what is there */
	uint32_t counter;
	const uint8_t *aaguid; /* with @credential, at registration; else NULL */
	const struct credential *credential;
	const struct encoder *extensions; /* an encoded map, or NULL */
};

/* -EMSGSIZE. */
int authdata_format(const struct authdata *authdata, uint8_t ret_bytes[static AUTHDATA_MAX],
		    size_t *ret_length);

#endif
