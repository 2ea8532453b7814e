#include "crypto.h"

#include "cleanup.h"

#include <errno.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>
#include <string.h>

static void cleanup_cipher(EVP_CIPHER_CTX **context)
{
	EVP_CIPHER_CTX_free(*context);
}

#define _cleanup_cipher_ _cleanup_(cleanup_cipher)

int crypto_random(void *bytes, size_t length)
{
	return RAND_bytes(bytes, (int)length) == 1 ? 0 : -EIO;
}

int crypto_sha256(const void *bytes, size_t length, uint8_t ret_hash[static HASH_SIZE])
{
	return EVP_Digest(bytes, length, ret_hash, NULL, EVP_sha256(), NULL) == 1 ? 0 : -EIO;
}

int crypto_hmac(const uint8_t *key, size_t key_length, const void *bytes, size_t length,
		uint8_t ret_mac[static HASH_SIZE])
{
	return HMAC(EVP_sha256(), key, (int)key_length, bytes, length, ret_mac, NULL) ? 0 : -EIO;
}

int crypto_hkdf(const uint8_t input[static SECRET_KEY], const char *info,
		uint8_t ret_key[static SECRET_KEY])
{
	static const uint8_t salt[HASH_SIZE];
	uint8_t extracted[HASH_SIZE];
	uint8_t block[64];
	size_t length = strlen(info);

	/* One block of output: the expansion is a single MAC over the label and the byte 1. */
	if (length >= sizeof(block))
		return -EINVAL;
	if (crypto_hmac(salt, sizeof(salt), input, SECRET_KEY, extracted) < 0)
		return -EIO;
	memcpy(block, info, length);
	block[length] = 1;
	return crypto_hmac(extracted, sizeof(extracted), block, length + 1, ret_key);
}

static int cbc(const uint8_t *key, const uint8_t *iv, const uint8_t *in, size_t length,
	       uint8_t *out, int encrypt)
{
	_cleanup_cipher_ EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
	int count = 0;
	int last = 0;

	if (!context || length % AES_BLOCK)
		return -EIO;
	if (EVP_CipherInit_ex(context, EVP_aes_256_cbc(), NULL, key, iv, encrypt) != 1 ||
	    EVP_CIPHER_CTX_set_padding(context, 0) != 1 ||
	    EVP_CipherUpdate(context, out, &count, in, (int)length) != 1 ||
	    EVP_CipherFinal_ex(context, out + count, &last) != 1)
		return -EIO;
	return 0;
}

int crypto_cbc_encrypt(const uint8_t key[static SECRET_KEY], const uint8_t iv[static AES_BLOCK],
		       const uint8_t *plain, size_t length, uint8_t *ret_cipher)
{
	return cbc(key, iv, plain, length, ret_cipher, 1);
}

int crypto_cbc_decrypt(const uint8_t key[static SECRET_KEY], const uint8_t iv[static AES_BLOCK],
		       const uint8_t *cipher, size_t length, uint8_t *ret_plain)
{
	return cbc(key, iv, cipher, length, ret_plain, 0);
}

int crypto_seal(const uint8_t key[static SECRET_KEY], const uint8_t nonce[static GCM_NONCE],
		const uint8_t bound[static HASH_SIZE], const uint8_t *plain, size_t length,
		uint8_t *ret_cipher, uint8_t ret_tag[static GCM_TAG])
{
	_cleanup_cipher_ EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
	int count = 0;

	if (!context || EVP_EncryptInit_ex(context, EVP_aes_256_gcm(), NULL, key, nonce) != 1 ||
	    EVP_EncryptUpdate(context, NULL, &count, bound, HASH_SIZE) != 1 ||
	    EVP_EncryptUpdate(context, ret_cipher, &count, plain, (int)length) != 1 ||
	    EVP_EncryptFinal_ex(context, ret_cipher + count, &count) != 1 ||
	    EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_GCM_GET_TAG, GCM_TAG, ret_tag) != 1)
		return -EIO;
	return 0;
}

int crypto_open(const uint8_t key[static SECRET_KEY], const uint8_t nonce[static GCM_NONCE],
		const uint8_t bound[static HASH_SIZE], const uint8_t *cipher, size_t length,
		const uint8_t tag[static GCM_TAG], uint8_t *ret_plain)
{
	_cleanup_cipher_ EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
	uint8_t expected[GCM_TAG];
	int count = 0;

	memcpy(expected, tag, sizeof(expected));
	if (!context || EVP_DecryptInit_ex(context, EVP_aes_256_gcm(), NULL, key, nonce) != 1 ||
	    EVP_DecryptUpdate(context, NULL, &count, bound, HASH_SIZE) != 1 ||
	    EVP_DecryptUpdate(context, ret_plain, &count, cipher, (int)length) != 1 ||
	    EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_GCM_SET_TAG, GCM_TAG, expected) != 1)
		return -EIO;
	return EVP_DecryptFinal_ex(context, ret_plain + count, &count) == 1 ? 0 : -EBADMSG;
}
