#include "hmacsecret.h"

#include "ctap.h"
#include "pinproto.h"

#include <string.h>

#define SALT_SIZE 32 /* bytes; one or two of them */

static int make_secrets(const struct credential *credential, bool verified, const uint8_t *salts,
			size_t length, uint8_t *ret_secrets)
{
	const char *label = verified ? "hmac-secret with uv" : "hmac-secret without uv";
	uint8_t key[HASH_SIZE];
	int r;

	r = crypto_hmac(credential->pair.secret, COORDINATE, label, strlen(label), key);
	for (size_t at = 0; at < length && r == 0; at += SALT_SIZE)
		r = crypto_hmac(key, sizeof(key), salts + at, SALT_SIZE, ret_secrets + at);
	explicit_bzero(key, sizeof(key));
	return r;
}

int hmac_secret_encode(struct authenticator *authenticator, const cbor_item_t *input,
		       const struct credential *credential, bool verified, struct encoder *ret_map)
{
	uint8_t cipher[AES_BLOCK + 2 * SALT_SIZE];
	uint8_t secrets[2 * SALT_SIZE];
	uint8_t salts[2 * SALT_SIZE];
	struct shared_secret shared;
	struct protocol *protocol;
	struct bytes encrypted;
	struct bytes mac;
	struct bytes x;
	struct bytes y;
	int64_t number = 1; /* absent means protocol one */
	size_t length;

	if (!decode_point(decode_member(input, 1), &x, &y) ||
	    !decode_bytes(decode_member(input, 2), &encrypted) ||
	    !decode_bytes(decode_member(input, 3), &mac))
		return CTAP_MISSING_PARAMETER;
	if (decode_member(input, 4) && !decode_int(decode_member(input, 4), &number))
		return CTAP_CBOR_UNEXPECTED_TYPE;
	protocol = authenticator_protocol(authenticator, number);
	if (!protocol || pinproto_agree((int)number, &protocol->agreement, x.at, y.at, &shared) < 0)
		return CTAP_INVALID_PARAMETER;
	if (!pinproto_verify((int)number, shared.hmac_key, encrypted.at, encrypted.length, mac.at,
			     mac.length))
		return CTAP_PIN_AUTH_INVALID;
	if (pinproto_decrypt((int)number, &shared, encrypted.at, encrypted.length, salts,
			     sizeof(salts), &length) < 0 ||
	    length % SALT_SIZE)
		return CTAP_INVALID_LENGTH;
	if (make_secrets(credential, verified, salts, length, secrets) < 0 ||
	    pinproto_encrypt((int)number, &shared, secrets, length, cipher, &length) < 0)
		return CTAP_OTHER;
	ret_map->length = 0;
	ret_map->overflow = false;
	encode_map(ret_map, 1);
	encode_text(ret_map, "hmac-secret");
	encode_bytes(ret_map, cipher, length);
	return CTAP_OK;
}
