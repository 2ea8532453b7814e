#include "pinproto.h"

#include <errno.h>
#include <openssl/crypto.h>
#include <string.h>

int pinproto_agree(int number, const struct keypair *own, const uint8_t x[static COORDINATE],
		   const uint8_t y[static COORDINATE], struct shared_secret *ret_secret)
{
	uint8_t product[COORDINATE];
	int r;

	r = keypair_agree(own, x, y, product);
	if (r < 0)
		return r;
	if (number == 1) {
		r = crypto_sha256(product, sizeof(product), ret_secret->hmac_key);
		memcpy(ret_secret->aes_key, ret_secret->hmac_key, SECRET_KEY);
	} else {
		r = crypto_hkdf(product, "CTAP2 HMAC key", ret_secret->hmac_key);
		if (r == 0)
			r = crypto_hkdf(product, "CTAP2 AES key", ret_secret->aes_key);
	}
	explicit_bzero(product, sizeof(product));
	return r;
}

int pinproto_encrypt(int number, const struct shared_secret *secret, const uint8_t *plain,
		     size_t length, uint8_t *ret_cipher, size_t *ret_length)
{
	uint8_t iv[AES_BLOCK] = {};
	size_t prefix = number == 1 ? 0 : AES_BLOCK;
	int r;

	if (length == 0 || length % AES_BLOCK)
		return -EINVAL;
	if (prefix) {
		r = crypto_random(iv, sizeof(iv));
		if (r < 0)
			return r;
		memcpy(ret_cipher, iv, sizeof(iv));
	}
	r = crypto_cbc_encrypt(secret->aes_key, iv, plain, length, ret_cipher + prefix);
	if (r == 0)
		*ret_length = prefix + length;
	return r;
}

int pinproto_decrypt(int number, const struct shared_secret *secret, const uint8_t *cipher,
		     size_t length, uint8_t *ret_plain, size_t size, size_t *ret_length)
{
	uint8_t iv[AES_BLOCK] = {};
	int r;

	if (number != 1) {
		if (length < AES_BLOCK)
			return -EINVAL;
		memcpy(iv, cipher, AES_BLOCK);
		cipher += AES_BLOCK;
		length -= AES_BLOCK;
	}
	if (length == 0 || length % AES_BLOCK)
		return -EINVAL;
	if (length > size)
		return -EMSGSIZE;
	r = crypto_cbc_decrypt(secret->aes_key, iv, cipher, length, ret_plain);
	if (r == 0)
		*ret_length = length;
	return r;
}

bool pinproto_verify(int number, const uint8_t key[static SECRET_KEY], const uint8_t *message,
		     size_t length, const uint8_t *mac, size_t mac_length)
{
	uint8_t expected[HASH_SIZE];

	if (mac_length != (number == 1 ? HASH_SIZE / 2 : HASH_SIZE))
		return false;
	return crypto_hmac(key, SECRET_KEY, message, length, expected) == 0 &&
	       CRYPTO_memcmp(expected, mac, mac_length) == 0;
}
