/* The batch attestation key with its certificate, and the root certificate above it. */
#ifndef SOFTKEY_ATTESTATION_H
#define SOFTKEY_ATTESTATION_H

#include "settings.h"

#include <openssl/evp.h>
#include <stddef.h>
#include <stdint.h>

#define CERTIFICATE_MAX 1024 /* bytes in DER */

struct attestation {
	EVP_PKEY *key;
	uint8_t certificate[CERTIFICATE_MAX]; /* of the batch, DER */
	size_t certificate_length;
};

/* Reads the PEM file @path (private key, batch certificate, root certificate), making it if it is
 * not there; NULL makes a batch that is written nowhere. The certificate names @aaguid
 * (WebAuthn, 8.2.1). -EBADMSG, -EIO, errors of open. */
int attestation_open(struct attestation *attestation, const char *path,
		     const uint8_t aaguid[static AAGUID_SIZE]);

void attestation_close(struct attestation *attestation);

#endif
