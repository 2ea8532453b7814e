#include "credential.h"

#include "ctap.h"

#include <errno.h>
#include <string.h>

#define VERSION	   1
#define PLAIN_SIZE (2 + COORDINATE) /* algorithm, protection, private key */

/* Offsets in the id. */
#define AT_NONCE  1
#define AT_CIPHER (AT_NONCE + GCM_NONCE)
#define AT_TAG	  (AT_CIPHER + PLAIN_SIZE)

void credential_release(struct credential *credential)
{
	keypair_release(&credential->pair);
}

int credential_create(const uint8_t master[static SECRET_KEY], const uint8_t rp[static HASH_SIZE],
		      int algorithm, int protect, struct credential *ret_credential)
{
	struct credential credential = {.protect = protect};
	uint8_t plain[PLAIN_SIZE];
	int r;

	r = keypair_generate(algorithm, &credential.pair);
	if (r < 0)
		return r;
	plain[0] = (uint8_t)-algorithm;
	plain[1] = (uint8_t)protect;
	memcpy(plain + 2, credential.pair.secret, COORDINATE);
	credential.id[0] = VERSION;
	r = crypto_random(credential.id + AT_NONCE, GCM_NONCE);
	if (r == 0)
		r = crypto_seal(master, credential.id + AT_NONCE, rp, plain, sizeof(plain),
				credential.id + AT_CIPHER, credential.id + AT_TAG);
	explicit_bzero(plain, sizeof(plain));
	if (r < 0)
		credential_release(&credential);
	else
		*ret_credential = credential;
	return r;
}

int credential_open(const uint8_t master[static SECRET_KEY], const uint8_t rp[static HASH_SIZE],
		    const uint8_t *id, size_t length, struct credential *ret_credential)
{
	struct credential credential = {};
	uint8_t plain[PLAIN_SIZE];
	int r;

	if (length != CREDENTIAL_ID_SIZE || id[0] != VERSION)
		return -ENOENT;
	if (crypto_open(master, id + AT_NONCE, rp, id + AT_CIPHER, sizeof(plain), id + AT_TAG,
			plain) < 0)
		return -ENOENT;
	r = keypair_load(-(int)plain[0], plain + 2, &credential.pair);
	credential.protect = plain[1];
	explicit_bzero(plain, sizeof(plain));
	if (r < 0)
		return r;
	memcpy(credential.id, id, length);
	*ret_credential = credential;
	return 0;
}
