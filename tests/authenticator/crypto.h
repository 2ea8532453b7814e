/* Hashes, ciphers and random bytes. Every function returns 0, or -EIO if OpenSSL refuses. */
#ifndef SOFTKEY_CRYPTO_H
#define SOFTKEY_CRYPTO_H

#include <stddef.h>
#include <stdint.h>

#define HASH_SIZE  32 /* bytes, SHA-256 */
#define AES_BLOCK  16
#define GCM_NONCE  12
#define GCM_TAG	   16
#define SECRET_KEY 32 /* bytes of every symmetric key here */

int crypto_random(void *bytes, size_t length);
int crypto_sha256(const void *bytes, size_t length, uint8_t ret_hash[static HASH_SIZE]);
int crypto_hmac(const uint8_t *key, size_t key_length, const void *bytes, size_t length,
		uint8_t ret_mac[static HASH_SIZE]);

/* RFC 5869 with a salt of 32 zero bytes and 32 bytes of output. */
int crypto_hkdf(const uint8_t input[static SECRET_KEY], const char *info,
		uint8_t ret_key[static SECRET_KEY]);

/* AES-256-CBC without padding: @length is a multiple of AES_BLOCK. */
int crypto_cbc_encrypt(const uint8_t key[static SECRET_KEY], const uint8_t iv[static AES_BLOCK],
		       const uint8_t *plain, size_t length, uint8_t *ret_cipher);
int crypto_cbc_decrypt(const uint8_t key[static SECRET_KEY], const uint8_t iv[static AES_BLOCK],
		       const uint8_t *cipher, size_t length, uint8_t *ret_plain);

/* AES-256-GCM; @bound is authenticated beside the text. Opening a changed text is -EBADMSG. */
int crypto_seal(const uint8_t key[static SECRET_KEY], const uint8_t nonce[static GCM_NONCE],
		const uint8_t bound[static HASH_SIZE], const uint8_t *plain, size_t length,
		uint8_t *ret_cipher, uint8_t ret_tag[static GCM_TAG]);
int crypto_open(const uint8_t key[static SECRET_KEY], const uint8_t nonce[static GCM_NONCE],
		const uint8_t bound[static HASH_SIZE], const uint8_t *cipher, size_t length,
		const uint8_t tag[static GCM_TAG], uint8_t *ret_plain);

#endif
