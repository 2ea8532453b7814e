#include "digest.h"

#include <errno.h>
#include <openssl/evp.h>
#include <string.h>

int digest_of(const void *bytes, size_t length, uint8_t ret_digest[static DIGEST_SIZE])
{
	return EVP_Digest(bytes, length, ret_digest, NULL, EVP_sha256(), NULL) == 1 ? 0 : -EIO;
}

int digest_cut(const void *bytes, size_t length, uint8_t ret_cut[static DIGEST_CUT])
{
	uint8_t whole[DIGEST_SIZE];
	int r = digest_of(bytes, length, whole);

	if (r == 0)
		memcpy(ret_cut, whole, DIGEST_CUT);
	return r;
}
