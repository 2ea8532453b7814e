#include "signature.h"

#include "authdata.h"
#include "misbehave.h"

#include <errno.h>
#include <string.h>

uint32_t signature_counter(struct authenticator *authenticator)
{
	struct store *store = &authenticator->store;

	if (authenticator->settings->counter_off)
		return 0;
	if (misbehaves(authenticator->misbehaviours, MISBEHAVE_COUNTER_BACK))
		store->counter -= store->counter > 0;
	else if (!misbehaves(authenticator->misbehaviours, MISBEHAVE_COUNTER_REPEAT))
		store->counter++;
	return store->counter;
}

void signature_relying_party(uint32_t misbehaviours, const uint8_t rp[static HASH_SIZE],
			     uint8_t ret_rp[static HASH_SIZE])
{
	memcpy(ret_rp, rp, HASH_SIZE);
	if (misbehaves(misbehaviours, MISBEHAVE_WRONG_RP))
		ret_rp[0] ^= 0x80;
}

int signature_make(uint32_t misbehaviours, const struct keypair *signer, const uint8_t *authdata,
		   size_t length, const uint8_t client_hash[static HASH_SIZE],
		   uint8_t ret_signature[static SIGNATURE_MAX], size_t *ret_length)
{
	_cleanup_keypair_ struct keypair stranger = {};
	uint8_t message[AUTHDATA_MAX + HASH_SIZE];
	int r;

	if (length > AUTHDATA_MAX)
		return -EMSGSIZE;
	if (misbehaves(misbehaviours, MISBEHAVE_WRONG_SIGNATURE)) {
		r = keypair_generate(signer->algorithm, &stranger);
		if (r < 0)
			return r;
		signer = &stranger;
	}
	memcpy(message, authdata, length);
	memcpy(message + length, client_hash, HASH_SIZE);
	if (misbehaves(misbehaviours, MISBEHAVE_WRONG_CHALLENGE))
		message[length] ^= 0x80;
	return keypair_sign(signer, message, length + HASH_SIZE, ret_signature, ret_length);
}
