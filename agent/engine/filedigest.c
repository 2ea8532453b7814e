#include "filedigest.h"

#include "cleanup.h"
#include "file.h"

#include <errno.h>
#include <openssl/evp.h>

#define CHUNK 32768

static void cleanup_digest(EVP_MD_CTX **context)
{
	EVP_MD_CTX_free(*context);
}

int filedigest(int fd, uint64_t max, uint8_t ret_hash[static FILEDIGEST_SIZE])
{
	_cleanup_(cleanup_digest) EVP_MD_CTX *context = EVP_MD_CTX_new();
	char bytes[CHUNK];
	uint64_t at = 0;

	if (!context || EVP_DigestInit_ex(context, EVP_sha256(), NULL) != 1)
		return -ENOMEM;
	for (;;) {
		ssize_t count = file_read_at(fd, bytes, sizeof(bytes), (off_t)at);

		if (count < 0)
			return (int)count;
		if (count == 0)
			break;
		at += (uint64_t)count;
		if (at > max)
			return -EFBIG;
		if (EVP_DigestUpdate(context, bytes, (size_t)count) != 1)
			return -ENOMEM;
	}
	return EVP_DigestFinal_ex(context, ret_hash, NULL) == 1 ? 0 : -ENOMEM;
}
