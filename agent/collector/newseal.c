#include "newseal.h"

#include "number.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>

#include <openssl/evp.h>
#include <openssl/rand.h>

#define BYTES 32

void newseal_wipe(struct newseal *seal)
{
	explicit_bzero(seal, sizeof(*seal));
}

static int make_signing(struct newseal *seal)
{
	EVP_PKEY *key = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
	uint8_t private[BYTES], public[BYTES];
	size_t private_length = sizeof(private), public_length = sizeof(public);
	int r = -EIO;

	if (key && EVP_PKEY_get_raw_private_key(key, private, &private_length) == 1 &&
	    EVP_PKEY_get_raw_public_key(key, public, &public_length) == 1 &&
	    private_length == BYTES && public_length == BYTES) {
		hex_format(private, BYTES, seal->signing);
		hex_format(public, BYTES, seal->public);
		r = 0;
	}
	explicit_bzero(private, sizeof(private));
	EVP_PKEY_free(key);
	return r;
}

int newseal_make(struct newseal *ret_seal)
{
	_cleanup_newseal_ struct newseal seal = {};
	uint8_t ratchet[BYTES];
	int r;

	r = make_signing(&seal);
	if (r < 0)
		return r;
	if (RAND_priv_bytes(ratchet, sizeof(ratchet)) != 1)
		return -EIO;
	hex_format(ratchet, sizeof(ratchet), seal.ratchet);
	explicit_bzero(ratchet, sizeof(ratchet));
	*ret_seal = seal;
	return 0;
}

size_t newseal_format_terminal(const struct newseal *seal, const char *name,
			       char text[static NEWSEAL_TEXT_MAX])
{
	return (size_t)snprintf(text, NEWSEAL_TEXT_MAX,
				"# Sekisho: the seal of %s. Keep it secret; sekishod changes it as "
				"it goes.\n"
				"[Seal]\nSigning=%s\nPeriod=0\nRatchet=%s\n",
				name, seal->signing, seal->ratchet);
}

int newseal_keys(const struct newseal *seal, const struct sealkeys *ended,
		 struct sealkeys *ret_keys)
{
	_cleanup_sealkeys_ struct sealkeys keys = {.count = 1};
	struct sealkey *key = &keys.list[0];

	if (ended && ended->count >= SEALKEYS_MAX)
		return -E2BIG;
	if (hex_parse_exactly(seal->public, key->public_key, SEAL_KEY_SIZE) < 0 ||
	    hex_parse_exactly(seal->ratchet, key->first_key, SEAL_KEY_SIZE) < 0)
		return -EINVAL;
	seal_key_id(key->public_key, key->id);
	key->has_first_key = true;
	if (ended) {
		memcpy(&keys.list[1], ended->list, ended->count * sizeof(*ended->list));
		keys.count += ended->count;
	}
	*ret_keys = keys;
	sealkeys_link(ret_keys);
	return 0;
}
