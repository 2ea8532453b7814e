#include "tokenverbs.h"

#include <errno.h>
#include <string.h>

int tokenverb_copy(void *blob, size_t room, const void *bytes, size_t length)
{
	uint32_t size = (uint32_t)length;

	if (length > room)
		return -EMSGSIZE;
	memcpy(blob, &size, sizeof(size));
	if (length > 0)
		memcpy((uint8_t *)blob + sizeof(size), bytes, length);
	return 0;
}

static void read_retries(struct tokendevice *device, struct token_reply *reply)
{
	int retries;

	if ((reply->flags & TOKEN_HAS_PIN) &&
	    fido_dev_get_retry_count(device->dev, &retries) == FIDO_OK && retries >= 0) {
		reply->pin_retries = (uint32_t)retries;
		reply->retries_known = 1;
	}
	if ((reply->flags & TOKEN_HAS_UV) &&
	    fido_dev_get_uv_retry_count(device->dev, &retries) == FIDO_OK && retries >= 0)
		reply->uv_retries = (uint32_t)retries;
}

/* What libfido2 kept of what the token said while it was opened: no word more is spoken to it. */
enum token_status tokenverb_open(struct tokendevice *device, const struct token_request *request,
				 struct token_reply *reply)
{
	(void)request;
	if (fido_dev_has_pin(device->dev))
		reply->flags |= TOKEN_HAS_PIN;
	if (fido_dev_supports_pin(device->dev))
		reply->flags |= TOKEN_TAKES_PIN;
	if (fido_dev_has_uv(device->dev))
		reply->flags |= TOKEN_HAS_UV;
	if (fido_dev_supports_cred_prot(device->dev))
		reply->flags |= TOKEN_CRED_PROTECT;
	return TOKEN_OK;
}

/* Where it says nothing, it takes what we ever ask. */
static void note_limit(struct tokendevice *device, const fido_cbor_info_t *info)
{
	const uint64_t limit = fido_cbor_info_maxcredcntlst(info);

	device->max_list = limit > 0 && limit < TOKEN_LIST_MAX ? limit : TOKEN_LIST_MAX;
}

enum token_status tokenverb_info(struct tokendevice *device, const struct token_request *request,
				 struct token_reply *reply)
{
	fido_cbor_info_t *info = fido_cbor_info_new();
	enum token_status status = TOKEN_FAULT;
	int r;

	if (!info)
		return TOKEN_FAULT;
	r = fido_dev_get_cbor_info(device->dev, info);
	if (r != FIDO_OK) {
		status = tokendevice_status(device, r);
		goto out;
	}
	if (TOKENVERB_COPY(reply->aaguid, fido_cbor_info_aaguid_ptr(info),
			   fido_cbor_info_aaguid_len(info)) < 0)
		goto out;
	tokenverb_open(device, request, reply);
	if (fido_cbor_info_new_pin_required(info))
		reply->flags |= TOKEN_NEW_PIN;
	if (fido_cbor_info_minpinlen(info) < TOKEN_PIN_MAX)
		reply->min_pin = (uint32_t)fido_cbor_info_minpinlen(info);
	note_limit(device, info);
	if (fido_cbor_info_maxcredcntlst(info) <= TOKEN_LIST_MAX)
		reply->max_list = (uint32_t)fido_cbor_info_maxcredcntlst(info);
	read_retries(device, reply);
	reply->informed = 1;
	status = TOKEN_OK;
out:
	fido_cbor_info_free(&info);
	return status;
}

/* How many credentials the token takes in one list. One it always takes. */
static size_t list_limit(struct tokendevice *device, const struct token_request *request)
{
	const uint8_t *id;
	size_t at = 0, length;
	fido_cbor_info_t *info;

	if (token_list_next(&request->list, &at, &id, &length) > 0 &&
	    token_list_next(&request->list, &at, &id, &length) == 0)
		return 1;
	info = device->max_list == 0 ? fido_cbor_info_new() : NULL;
	if (info && fido_dev_get_cbor_info(device->dev, info) == FIDO_OK)
		note_limit(device, info);
	fido_cbor_info_free(&info);
	return device->max_list > 0 ? (size_t)device->max_list : TOKEN_LIST_MAX;
}

/* The next batch of the list into a fresh assertion. 1, 0 at the end of the list, -errno. */
static int fill(fido_assert_t *assertion, const struct token_request *request, size_t *at,
		size_t limit)
{
	const uint8_t *id;
	size_t length;
	size_t count = 0;
	int r = 0;

	while (count < limit && (r = token_list_next(&request->list, at, &id, &length)) > 0) {
		if (fido_assert_allow_cred(assertion, id, length) != FIDO_OK)
			return -ENOMEM;
		count++;
	}
	if (r < 0)
		return r;
	if (fido_assert_set_rp(assertion, request->rp_id) != FIDO_OK ||
	    fido_assert_set_clientdata_hash(assertion, request->challenge.data,
					    request->challenge.length) != FIDO_OK)
		return -EINVAL;
	return count > 0;
}

/* libfido2 keeps authenticator data as the CBOR byte string it came in. The head is taken off
 * here, so that no CBOR is read where the verdict is made. */
static int take_auth_data(const fido_assert_t *assertion, struct token_reply *reply)
{
	const uint8_t *bytes = fido_assert_authdata_ptr(assertion, 0);
	size_t length = fido_assert_authdata_len(assertion, 0);

	if (!bytes || length != 2 + TOKEN_AUTH_DATA || bytes[0] != 0x58 ||
	    bytes[1] != TOKEN_AUTH_DATA)
		return -EBADMSG;
	return TOKENVERB_COPY(reply->auth_data, bytes + 2, TOKEN_AUTH_DATA);
}

static enum token_status take(const fido_assert_t *assertion, struct token_reply *reply)
{
	reply->count = (uint32_t)fido_assert_count(assertion);
	if (reply->count != 1)
		return TOKEN_FAULT;
	if (TOKENVERB_COPY(reply->credential, fido_assert_id_ptr(assertion, 0),
			   fido_assert_id_len(assertion, 0)) < 0 ||
	    take_auth_data(assertion, reply) < 0 ||
	    TOKENVERB_COPY(reply->signature, fido_assert_sig_ptr(assertion, 0),
			   fido_assert_sig_len(assertion, 0)) < 0)
		return TOKEN_FAULT;
	return TOKEN_OK;
}

/* Asks batch by batch until one is known. */
static enum token_status ask(struct tokendevice *device, const struct token_request *request,
			     fido_opt_t up, struct token_reply *reply)
{
	enum token_status status = TOKEN_NO_CREDENTIAL;
	size_t limit = list_limit(device, request);
	size_t at = 0;

	while (status == TOKEN_NO_CREDENTIAL && !tokendevice_stopped()) {
		fido_assert_t *assertion = fido_assert_new();
		int r = assertion ? fill(assertion, request, &at, limit) : -ENOMEM;

		if (r > 0) {
			fido_assert_set_up(assertion, up);
			if (request->uv && up == FIDO_OPT_TRUE)
				fido_assert_set_uv(assertion, FIDO_OPT_TRUE);
			r = fido_dev_get_assert(device->dev, assertion,
						request->pin[0] ? request->pin : NULL);
			status = tokendevice_status(device, r);
			if (status == TOKEN_OK)
				status = take(assertion, reply);
			fido_assert_free(&assertion);
			continue;
		}
		fido_assert_free(&assertion);
		return r < 0 ? TOKEN_FAULT : TOKEN_NO_CREDENTIAL;
	}
	return status;
}

enum token_status tokenverb_preflight(struct tokendevice *device,
				      const struct token_request *request,
				      struct token_reply *reply)
{
	enum token_status status;

	/* Silent means silent: no PIN goes with it, so no try is spent. */
	if (request->pin[0] || request->uv)
		return TOKEN_UNSUPPORTED;
	status = ask(device, request, FIDO_OPT_FALSE, reply);
	/* Whoever does not hear of it asks for it again, and of what went wrong. */
	if (status == TOKEN_OK && request->inform)
		tokenverb_info(device, request, reply);
	return status;
}

enum token_status tokenverb_assert(struct tokendevice *device, const struct token_request *request,
				   struct token_reply *reply)
{
	enum token_status status = ask(device, request, FIDO_OPT_TRUE, reply);

	if (status == TOKEN_PIN_WRONG) {
		reply->flags |= TOKEN_HAS_PIN;
		read_retries(device, reply);
	}
	return status;
}
