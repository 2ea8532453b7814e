/* TOKEN_MAKE: a new credential, verified here, where no privilege is. */
#include "tokenverbs.h"

#include "cleanup.h"

#include <errno.h>
#include <openssl/sha.h>
#include <string.h>

static const struct {
	enum token_algorithm algorithm;
	int cose;
} algorithms[] = {
	{TOKEN_ES256, COSE_ES256},
	{TOKEN_EDDSA, COSE_EDDSA},
	{TOKEN_ES384, COSE_ES384},
};

static int prepare(struct tokendevice *device, const struct token_request *request,
		   fido_cred_t *cred, struct token_reply *reply)
{
	const uint8_t *id;
	size_t length;
	size_t at = 0;
	int cose = 0;
	int r;

	for (size_t i = 0; i < ARRAY_SIZE(algorithms); i++)
		if ((uint32_t)algorithms[i].algorithm == request->algorithm)
			cose = algorithms[i].cose;
	if (cose == 0 || request->user_id.length == 0 ||
	    request->challenge.length != TOKEN_CHALLENGE)
		return -EINVAL;
	if (fido_cred_set_type(cred, cose) != FIDO_OK ||
	    fido_cred_set_rp(cred, request->rp_id, request->rp_id) != FIDO_OK ||
	    fido_cred_set_user(cred, request->user_id.data, request->user_id.length,
			       request->user_name, NULL, NULL) != FIDO_OK ||
	    fido_cred_set_clientdata_hash(cred, request->challenge.data, TOKEN_CHALLENGE) !=
		    FIDO_OK ||
	    fido_cred_set_rk(cred, FIDO_OPT_FALSE) != FIDO_OK)
		return -EINVAL;
	while ((r = token_list_next(&request->list, &at, &id, &length)) > 0)
		if (fido_cred_exclude(cred, id, length) != FIDO_OK)
			return -ENOMEM;
	if (r < 0)
		return r;
	if (request->uv && fido_cred_set_uv(cred, FIDO_OPT_TRUE) != FIDO_OK)
		return -EINVAL;
	/* Not the highest level: that one would hide the credential from the silent question
	 * whether this is the person's key. Who names its id needs no PIN to see it. */
	if (fido_dev_supports_cred_prot(device->dev)) {
		if (fido_cred_set_extensions(cred, FIDO_EXT_CRED_PROTECT) != FIDO_OK ||
		    fido_cred_set_prot(cred, FIDO_CRED_PROT_UV_OPTIONAL_WITH_ID) != FIDO_OK)
			return -EINVAL;
		reply->protected = 1;
	}
	return 0;
}

static enum token_status verify(const struct token_request *request, fido_cred_t *cred,
				struct token_reply *reply)
{
	uint8_t digest[SHA256_DIGEST_LENGTH];
	bool verified = request->pin[0] || request->uv;

	/* The flags are judged only where they are demanded before the verification. */
	if (fido_cred_set_uv(cred, verified ? FIDO_OPT_TRUE : FIDO_OPT_OMIT) != FIDO_OK)
		return TOKEN_FAULT;
	if (fido_cred_fmt(cred) && strcmp(fido_cred_fmt(cred), "none") == 0) {
		reply->attestation = TOKEN_ATTESTED_NONE;
		/* Nothing signs it, so its flags are only the token's word. */
		if (!(fido_cred_flags(cred) & 0x01) ||
		    (verified && !(fido_cred_flags(cred) & 0x04)))
			return TOKEN_FAULT;
		return TOKEN_OK;
	}
	if (fido_cred_x5c_len(cred) == 0) {
		if (fido_cred_verify_self(cred) != FIDO_OK)
			return TOKEN_FAULT;
		reply->attestation = TOKEN_ATTESTED_SELF;
		return TOKEN_OK;
	}
	if (fido_cred_verify(cred) != FIDO_OK)
		return TOKEN_FAULT;
	SHA256(fido_cred_x5c_ptr(cred), fido_cred_x5c_len(cred), digest);
	reply->attestation = TOKEN_ATTESTED_CERTIFICATE;
	return TOKENVERB_COPY(reply->certificate, digest, sizeof(digest)) < 0 ? TOKEN_FAULT
									      : TOKEN_OK;
}

static enum token_status take(const fido_cred_t *cred, const struct token_request *request,
			      struct token_reply *reply)
{
	if (fido_cred_pubkey_len(cred) != token_public_size(request->algorithm) ||
	    fido_cred_id_len(cred) == 0)
		return TOKEN_FAULT;
	reply->algorithm = request->algorithm;
	if (TOKENVERB_COPY(reply->credential, fido_cred_id_ptr(cred), fido_cred_id_len(cred)) < 0 ||
	    TOKENVERB_COPY(reply->public_key, fido_cred_pubkey_ptr(cred),
			   fido_cred_pubkey_len(cred)) < 0 ||
	    TOKENVERB_COPY(reply->aaguid, fido_cred_aaguid_ptr(cred), fido_cred_aaguid_len(cred)) <
		    0)
		return TOKEN_FAULT;
	return TOKEN_OK;
}

enum token_status tokenverb_make(struct tokendevice *device, const struct token_request *request,
				 struct token_reply *reply)
{
	fido_cred_t *cred = fido_cred_new();
	enum token_status status = TOKEN_FAULT;
	int r;

	if (!cred)
		return TOKEN_FAULT;
	if (prepare(device, request, cred, reply) < 0)
		goto out;
	r = fido_dev_make_cred(device->dev, cred, request->pin[0] ? request->pin : NULL);
	status = tokendevice_status(device, r);
	if (status == TOKEN_PIN_WRONG) {
		int retries;

		if (fido_dev_get_retry_count(device->dev, &retries) == FIDO_OK && retries >= 0) {
			reply->pin_retries = (uint32_t)retries;
			reply->retries_known = 1;
		}
	}
	if (status == TOKEN_OK)
		status = verify(request, cred, reply);
	if (status == TOKEN_OK)
		status = take(cred, request, reply);
out:
	fido_cred_free(&cred);
	return status;
}
