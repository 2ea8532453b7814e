#include "consent.h"

#include "ctap.h"
#include "misbehave.h"
#include "pinproto.h"

#include <string.h>

static int read_relying_party(const cbor_item_t *item, struct consent *consent)
{
	struct bytes text;

	if (!item)
		return CTAP_MISSING_PARAMETER;
	if (cbor_isa_map(item))
		item = decode_named(item, "id");
	if (!decode_text(item, &text))
		return CTAP_CBOR_UNEXPECTED_TYPE;
	if (text.length == 0 || text.length > RP_ID_MAX || memchr(text.at, '\0', text.length))
		return CTAP_INVALID_PARAMETER;
	memcpy(consent->rp, text.at, text.length);
	consent->rp[text.length] = '\0';
	return crypto_sha256(text.at, text.length, consent->rp_hash) < 0 ? CTAP_OTHER : CTAP_OK;
}

static int read_options(const cbor_item_t *options, struct consent *consent)
{
	static const char *const names[] = {"rk", "up", "uv"};
	bool *const values[] = {&consent->rk, &consent->up, &consent->uv};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		const cbor_item_t *item = decode_named(options, names[i]);

		if (item && !decode_bool(item, values[i]))
			return CTAP_CBOR_UNEXPECTED_TYPE;
		if (item && i == 0)
			consent->rk_given = true;
	}
	return CTAP_OK;
}

static int read_mac(struct authenticator *authenticator, const cbor_item_t *request,
		    const struct consent_members *members, const struct call *call,
		    struct consent *consent)
{
	const cbor_item_t *item = decode_member(request, members->mac);
	int64_t number;

	if (!item)
		return CTAP_OK;
	if (!decode_bytes(item, &consent->mac))
		return CTAP_CBOR_UNEXPECTED_TYPE;
	if (consent->mac.length == 0) {
		/* Old platforms let the user choose a key by this. */
		if (!call->touched)
			return CTAP_WAIT_TOUCH;
		return authenticator->store.pin_set ? CTAP_PIN_INVALID : CTAP_PIN_NOT_SET;
	}
	if (!decode_int(decode_member(request, members->protocol), &number))
		return CTAP_MISSING_PARAMETER;
	consent->protocol = authenticator_protocol(authenticator, number);
	if (!consent->protocol)
		return CTAP_INVALID_PARAMETER;
	consent->has_mac = true;
	/* With a token the uv option is of no meaning. */
	consent->uv = false;
	return CTAP_OK;
}

int consent_read(struct authenticator *authenticator, const cbor_item_t *request,
		 const struct consent_members *members, const struct call *call,
		 struct consent *ret_consent)
{
	struct consent consent = {.up = true};
	bool ignored = misbehaves(authenticator->misbehaviours, MISBEHAVE_UV_IGNORED);
	struct bytes hash;
	int status;

	if (!decode_member(request, members->client_hash))
		return CTAP_MISSING_PARAMETER;
	if (!decode_bytes(decode_member(request, members->client_hash), &hash))
		return CTAP_CBOR_UNEXPECTED_TYPE;
	if (hash.length != HASH_SIZE)
		return CTAP_INVALID_LENGTH;
	memcpy(consent.client_hash, hash.at, HASH_SIZE);
	status = read_relying_party(decode_member(request, members->rp), &consent);
	if (status != CTAP_OK)
		return status;
	status = read_options(decode_member(request, members->options), &consent);
	if (status != CTAP_OK)
		return status;
	status = read_mac(authenticator, request, members, call, &consent);
	if (status != CTAP_OK)
		return status;
	if (consent.uv && !authenticator->settings->uv && !ignored)
		return CTAP_INVALID_OPTION;
	*ret_consent = consent;
	return CTAP_OK;
}

int consent_built_in(struct authenticator *authenticator)
{
	struct store *store = &authenticator->store;

	if (store->uv_retries == 0)
		return CTAP_UV_BLOCKED;
	if (authenticator->uv_works && store->uv_retries == UV_RETRIES_MAX)
		return CTAP_OK;
	store->uv_retries = authenticator->uv_works ? UV_RETRIES_MAX : store->uv_retries - 1;
	if (store_save(store) < 0)
		return CTAP_OTHER;
	if (authenticator->uv_works)
		return CTAP_OK;
	return store->uv_retries == 0 ? CTAP_UV_BLOCKED : CTAP_UV_INVALID;
}

int consent_verify(struct authenticator *authenticator, struct consent *consent,
		   unsigned int permission, const struct call *call)
{
	struct protocol *protocol = consent->protocol;
	int status;

	consent->present = call->touched;
	if (misbehaves(authenticator->misbehaviours, MISBEHAVE_UV_IGNORED))
		return CTAP_OK;
	if (authenticator->settings->always_uv && consent->up && !consent->has_mac) {
		if (!authenticator->settings->uv)
			return CTAP_PUAT_REQUIRED;
		consent->uv = true;
	}
	if (consent->has_mac) {
		if (!pinproto_verify((int)protocol->number, protocol->token.bytes,
				     consent->client_hash, HASH_SIZE, consent->mac.at,
				     consent->mac.length))
			return CTAP_PIN_AUTH_INVALID;
		if (!token_permits(&protocol->token, permission, consent->rp, call->now_ms))
			return CTAP_PIN_AUTH_INVALID;
		consent->verified = true;
		if (token_present(&protocol->token, call->now_ms))
			consent->present = true;
	} else if (consent->uv) {
		if (!call->touched)
			return CTAP_WAIT_TOUCH;
		status = consent_built_in(authenticator);
		/* The platform is to fall back on the PIN (CTAP 2.1, 6.1.2 step 11). */
		if (status == CTAP_UV_INVALID || status == CTAP_UV_BLOCKED)
			return authenticator->store.pin_set ? CTAP_PUAT_REQUIRED
							    : CTAP_OPERATION_DENIED;
		if (status != CTAP_OK)
			return status;
		consent->verified = true;
	}
	return CTAP_OK;
}

uint8_t consent_flags(const struct authenticator *authenticator, const struct consent *consent)
{
	uint32_t misbehaviours = authenticator->misbehaviours;
	uint8_t flags = 0;

	if (consent->up && !misbehaves(misbehaviours, MISBEHAVE_NO_UP_BIT))
		flags |= AUTHDATA_UP;
	if (consent->verified && !misbehaves(misbehaviours, MISBEHAVE_NO_UV_BIT))
		flags |= AUTHDATA_UV;
	return flags;
}
