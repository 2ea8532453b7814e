/* The PIN/UV auth protocols one and two (CTAP 2.1, 6.5.6 and 6.5.7): key agreement, encryption and
 * authentication between platform and authenticator. */
#ifndef SOFTKEY_PINPROTO_H
#define SOFTKEY_PINPROTO_H

#include "crypto.h"
#include "keypair.h"

#include <stdbool.h>

/* What both sides hold after key agreement; protocol one uses the same key twice. */
struct shared_secret {
	uint8_t hmac_key[SECRET_KEY];
	uint8_t aes_key[SECRET_KEY];
};

/* @number is the protocol's, 1 or 2. -EINVAL for a peer's point off the curve. */
int pinproto_agree(int number, const struct keypair *own, const uint8_t x[static COORDINATE],
		   const uint8_t y[static COORDINATE], struct shared_secret *ret_secret);

/* Protocol two puts the initial vector in front: AES_BLOCK bytes more. @length is a multiple of
 * AES_BLOCK, or -EINVAL. */
int pinproto_encrypt(int number, const struct shared_secret *secret, const uint8_t *plain,
		     size_t length, uint8_t *ret_cipher, size_t *ret_length);

/* -EINVAL for a text of the wrong form, -EMSGSIZE beyond @size. */
int pinproto_decrypt(int number, const struct shared_secret *secret, const uint8_t *cipher,
		     size_t length, uint8_t *ret_plain, size_t size, size_t *ret_length);

/* True if @mac is that of the message: 16 bytes in protocol one, 32 in protocol two. */
bool pinproto_verify(int number, const uint8_t key[static SECRET_KEY], const uint8_t *message,
		     size_t length, const uint8_t *mac, size_t mac_length);

#endif
