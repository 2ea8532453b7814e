#include "proof.h"

#include <fido.h>
#include <fido/eddsa.h>
#include <fido/es256.h>
#include <fido/es384.h>
#include <openssl/evp.h>
#include <string.h>

/* Authenticator data (CTAP 2.1, 6.1). */
#define FLAGS_AT	32
#define FLAG_PRESENT	0x01
#define FLAG_VERIFIED	0x04
#define FLAG_ATTESTED	0x40
#define FLAG_EXTENSIONS 0x80

/* The credential the token names must be one of those we allowed. It may leave the name out if the
 * list held one alone. */
static enum failure find_entry(const struct proof_demand *demand, const struct token_reply *reply,
			       size_t *ret_index)
{
	if (reply->credential.length == 0 && demand->count == 1) {
		*ret_index = 0;
		return FAILURE_NONE;
	}
	for (size_t i = 0; i < demand->count; i++) {
		const struct roster_entry *entry = &demand->entries[i];

		if (reply->credential.length != 0 &&
		    entry->credential_length == reply->credential.length &&
		    memcmp(entry->credential, reply->credential.data, entry->credential_length) ==
			    0) {
			*ret_index = i;
			return FAILURE_NONE;
		}
	}
	return FAILURE_FOREIGN_CREDENTIAL;
}

/* With the roster's algorithm and key: what the token says of itself decides nothing. */
static int check_signature(const fido_assert_t *assertion, const struct roster_entry *entry)
{
	int r = FIDO_ERR_INTERNAL;

	switch (entry->algorithm) {
	case ROSTER_ES256: {
		es256_pk_t *key = es256_pk_new();

		if (key && es256_pk_from_ptr(key, entry->key, entry->key_length) == FIDO_OK)
			r = fido_assert_verify(assertion, 0, COSE_ES256, key);
		es256_pk_free(&key);
		break;
	}
	case ROSTER_ES384: {
		es384_pk_t *key = es384_pk_new();

		if (key && es384_pk_from_ptr(key, entry->key, entry->key_length) == FIDO_OK)
			r = fido_assert_verify(assertion, 0, COSE_ES384, key);
		es384_pk_free(&key);
		break;
	}
	case ROSTER_EDDSA: {
		eddsa_pk_t *key = eddsa_pk_new();

		if (key && eddsa_pk_from_ptr(key, entry->key, entry->key_length) == FIDO_OK)
			r = fido_assert_verify(assertion, 0, COSE_EDDSA, key);
		eddsa_pk_free(&key);
		break;
	}
	}
	return r;
}

static enum failure judge(const struct proof_demand *demand, const struct token_reply *reply,
			  fido_assert_t *assertion, struct proof *ret_proof)
{
	const struct roster_entry *entry;
	bool verification;
	enum failure failure;
	uint8_t flags;
	size_t index = 0;
	int r;

	failure = find_entry(demand, reply, &index);
	if (failure != FAILURE_NONE)
		return failure;
	entry = &demand->entries[index];
	verification = demand->verification || !entry->uv_optional;
	if (fido_assert_set_count(assertion, 1) != FIDO_OK ||
	    fido_assert_set_rp(assertion, demand->rp_id) != FIDO_OK ||
	    fido_assert_set_clientdata_hash(assertion, demand->challenge, TOKEN_CHALLENGE) !=
		    FIDO_OK)
		return FAILURE_BROKEN;
	/* Of exactly this length there is nothing in it that a parser would have to read. */
	if (reply->auth_data.length != TOKEN_AUTH_DATA ||
	    (reply->auth_data.data[FLAGS_AT] & (FLAG_ATTESTED | FLAG_EXTENSIONS)) ||
	    fido_assert_set_authdata_raw(assertion, 0, reply->auth_data.data, TOKEN_AUTH_DATA) !=
		    FIDO_OK ||
	    fido_assert_set_sig(assertion, 0, reply->signature.data, reply->signature.length) !=
		    FIDO_OK)
		return FAILURE_TOKEN_FAULT;
	/* libfido2 demands a flag only where it is set TRUE before the verification. */
	if (fido_assert_set_up(assertion, FIDO_OPT_TRUE) != FIDO_OK ||
	    fido_assert_set_uv(assertion, verification ? FIDO_OPT_TRUE : FIDO_OPT_OMIT) != FIDO_OK)
		return FAILURE_BROKEN;
	r = check_signature(assertion, entry);
	if (r == FIDO_ERR_INVALID_PARAM)
		return FAILURE_FLAGS;
	if (r != FIDO_OK)
		return FAILURE_SIGNATURE;
	flags = fido_assert_flags(assertion, 0);
	if (!(flags & FLAG_PRESENT) || (verification && !(flags & FLAG_VERIFIED)))
		return FAILURE_FLAGS;
	ret_proof->index = index;
	ret_proof->counter = fido_assert_sigcount(assertion, 0);
	ret_proof->present = true;
	ret_proof->verified = flags & FLAG_VERIFIED;
	return FAILURE_NONE;
}

void proof_prepare(void)
{
	uint8_t digest[EVP_MAX_MD_SIZE];

	EVP_Digest("", 0, digest, NULL, EVP_sha256(), NULL);
	EVP_PKEY_CTX_free(EVP_PKEY_CTX_new_from_name(NULL, "EC", NULL));
}

enum failure proof_verify(const struct proof_demand *demand, const struct token_reply *reply,
			  struct proof *ret_proof)
{
	fido_assert_t *assertion;
	enum failure failure;

	if (reply->status != TOKEN_OK || reply->count != 1)
		return FAILURE_TOKEN_FAULT;
	assertion = fido_assert_new();
	if (!assertion)
		return FAILURE_BROKEN;
	failure = judge(demand, reply, assertion, ret_proof);
	fido_assert_free(&assertion);
	return failure;
}
