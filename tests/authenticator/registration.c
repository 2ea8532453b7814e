/* authenticatorMakeCredential (CTAP 2.1, 6.1). */
#include "authdata.h"
#include "authenticator.h"
#include "consent.h"
#include "ctap.h"
#include "misbehave.h"
#include "signature.h"

#include <string.h>

#define MEMBER_USER	  3
#define MEMBER_ALGORITHMS 4
#define MEMBER_EXCLUDE	  5
#define MEMBER_EXTENSIONS 6

static const struct consent_members members = {
	.client_hash = 1, .rp = 2, .options = 7, .mac = 8, .protocol = 9};

/* What the request asks for beyond consent. */
struct wish {
	int algorithm;
	int protect; /* 0: the extension is absent */
	bool hmac_secret;
	struct resident resident; /* without id */
};

static int choose_algorithm(const cbor_item_t *list, int *ret_algorithm)
{
	if (!list)
		return CTAP_MISSING_PARAMETER;
	if (!cbor_isa_array(list))
		return CTAP_CBOR_UNEXPECTED_TYPE;
	for (size_t i = 0; i < cbor_array_size(list); i++) {
		const cbor_item_t *entry = cbor_array_handle(list)[i];
		int64_t algorithm;

		if (!decode_int(decode_named(entry, "alg"), &algorithm) ||
		    !decode_is(decode_named(entry, "type"), "public-key"))
			continue;
		if (algorithm == COSE_ES256 || algorithm == COSE_EDDSA) {
			*ret_algorithm = (int)algorithm;
			return CTAP_OK;
		}
	}
	return CTAP_UNSUPPORTED_ALGORITHM;
}

/* A name too long is cut; an absent one is empty. */
static void read_name(const cbor_item_t *item, char name[static USER_NAME_MAX + 1])
{
	struct bytes text;
	size_t length;

	name[0] = '\0';
	if (!decode_text(item, &text) || memchr(text.at, '\0', text.length))
		return;
	length = text.length < USER_NAME_MAX ? text.length : USER_NAME_MAX;
	/* Not within a character of UTF-8. */
	while (length < text.length && length > 0 && (text.at[length] & 0xc0) == 0x80)
		length--;
	memcpy(name, text.at, length);
	name[length] = '\0';
}

static int read_wish(const struct authenticator *authenticator, const cbor_item_t *request,
		     struct wish *wish)
{
	const cbor_item_t *extensions = decode_member(request, MEMBER_EXTENSIONS);
	const cbor_item_t *user = decode_member(request, MEMBER_USER);
	const cbor_item_t *item;
	struct bytes id;
	int64_t level;

	if (!user)
		return CTAP_MISSING_PARAMETER;
	if (!decode_bytes(decode_named(user, "id"), &id))
		return CTAP_CBOR_UNEXPECTED_TYPE;
	if (id.length > USER_ID_MAX)
		return CTAP_INVALID_LENGTH;
	wish->resident.user_length = id.length;
	if (id.length > 0)
		memcpy(wish->resident.user, id.at, id.length);
	read_name(decode_named(user, "name"), wish->resident.name);
	read_name(decode_named(user, "displayName"), wish->resident.display_name);

	item = decode_named(extensions, "credProtect");
	if (item) {
		if (!decode_int(item, &level) || level < PROTECT_OPTIONAL ||
		    level > PROTECT_REQUIRED)
			return CTAP_INVALID_OPTION;
		wish->protect = (int)level;
	}
	item = decode_named(extensions, "hmac-secret");
	if (item && authenticator->settings->hmac_secret && !decode_bool(item, &wish->hmac_secret))
		return CTAP_CBOR_UNEXPECTED_TYPE;
	return choose_algorithm(decode_member(request, MEMBER_ALGORITHMS), &wish->algorithm);
}

/* Verification nobody asked for may still be needed (CTAP 2.1, 6.1.2 steps 7 to 9). */
static int check_unverified(const struct authenticator *authenticator,
			    const struct consent *consent)
{
	const struct settings *settings = authenticator->settings;
	bool needed = consent->rk || !settings->uv_not_required || settings->version_2_0;

	if (consent->has_mac || consent->uv || !authenticator_protected(authenticator) ||
	    misbehaves(authenticator->misbehaviours, MISBEHAVE_UV_IGNORED) || !needed)
		return CTAP_OK;
	return authenticator->store.pin_set ? CTAP_PUAT_REQUIRED : CTAP_OPERATION_DENIED;
}

static int check_excluded(struct authenticator *authenticator, const cbor_item_t *list,
			  const struct consent *consent)
{
	if (!list)
		return CTAP_OK;
	if (!cbor_isa_array(list))
		return CTAP_CBOR_UNEXPECTED_TYPE;
	if (cbor_array_size(list) > authenticator->settings->max_list)
		return CTAP_LIMIT_EXCEEDED;
	for (size_t i = 0; i < cbor_array_size(list); i++) {
		_cleanup_credential_ struct credential credential = {};
		struct bytes id;

		if (!decode_bytes(decode_named(cbor_array_handle(list)[i], "id"), &id) ||
		    credential_open(authenticator->store.master, consent->rp_hash, id.at, id.length,
				    &credential) < 0)
			continue;
		if (credential.protect == PROTECT_REQUIRED && !consent->verified)
			continue;
		return consent->present ? CTAP_CREDENTIAL_EXCLUDED : CTAP_WAIT_TOUCH;
	}
	return CTAP_OK;
}

static void encode_extensions(const struct wish *wish, struct encoder *ret_map)
{
	ret_map->length = 0;
	ret_map->overflow = false;
	encode_map(ret_map, (wish->protect != 0) + wish->hmac_secret);
	if (wish->protect) {
		encode_text(ret_map, "credProtect");
		encode_int(ret_map, wish->protect);
	}
	if (wish->hmac_secret) {
		encode_text(ret_map, "hmac-secret");
		encode_bool(ret_map, true);
	}
}

static int encode_statement(struct authenticator *authenticator,
			    const struct credential *credential, const uint8_t *authdata,
			    size_t length, const struct consent *consent, struct encoder *reply)
{
	const struct attestation *attestation = &authenticator->attestation;
	enum attestation_kind kind = authenticator->settings->attestation;
	struct keypair batch = {.algorithm = COSE_ES256, .pkey = attestation->key};
	const struct keypair *signer = kind == ATTESTATION_SELF ? &credential->pair : &batch;
	uint8_t signature[SIGNATURE_MAX];
	size_t signature_length;

	if (kind == ATTESTATION_NONE) {
		encode_map(reply, 0);
		return 0;
	}
	if (signature_make(authenticator->misbehaviours, signer, authdata, length,
			   consent->client_hash, signature, &signature_length) < 0)
		return -1;
	encode_map(reply, kind == ATTESTATION_BATCH ? 3 : 2);
	encode_text(reply, "alg");
	encode_int(reply, signer->algorithm);
	encode_text(reply, "sig");
	encode_bytes(reply, signature, signature_length);
	if (kind == ATTESTATION_BATCH) {
		encode_text(reply, "x5c");
		encode_array(reply, 1);
		encode_bytes(reply, attestation->certificate, attestation->certificate_length);
	}
	return 0;
}

static int register_credential(struct authenticator *authenticator, struct wish *wish,
			       const struct consent *consent, struct encoder *reply)
{
	const struct settings *settings = authenticator->settings;
	_cleanup_credential_ struct credential credential = {};
	struct store *store = &authenticator->store;
	struct authdata authdata = {.flags = consent_flags(authenticator, consent),
				    .aaguid = settings->aaguid};
	uint8_t bytes[AUTHDATA_MAX];
	struct encoder extensions;
	size_t length;

	if (credential_create(store->master, consent->rp_hash, wish->algorithm,
			      wish->protect ? wish->protect : PROTECT_OPTIONAL, &credential) < 0)
		return CTAP_OTHER;
	if (consent->rk) {
		memcpy(wish->resident.id, credential.id, CREDENTIAL_ID_SIZE);
		memcpy(wish->resident.rp, consent->rp, sizeof(consent->rp));
		if (store_add(store, &wish->resident) < 0)
			return CTAP_KEY_STORE_FULL;
	}
	authdata.credential = &credential;
	authdata.counter = signature_counter(authenticator);
	signature_relying_party(authenticator->misbehaviours, consent->rp_hash, authdata.rp);
	encode_extensions(wish, &extensions);
	if (wish->protect || wish->hmac_secret)
		authdata.extensions = &extensions;
	if (authdata_format(&authdata, bytes, &length) < 0 || store_save(store) < 0)
		return CTAP_OTHER;

	encode_map(reply, 3);
	encode_int(reply, 1);
	encode_text(reply, settings->attestation == ATTESTATION_NONE ? "none" : "packed");
	encode_int(reply, 2);
	encode_bytes(reply, bytes, length);
	encode_int(reply, 3);
	if (encode_statement(authenticator, &credential, bytes, length, consent, reply) < 0)
		return CTAP_OTHER;
	return CTAP_OK;
}

int credential_make(struct authenticator *authenticator, const cbor_item_t *request,
		    struct call *call)
{
	struct consent consent;
	struct wish wish = {};
	int status;

	status = consent_read(authenticator, request, &members, call, &consent);
	if (status == CTAP_OK)
		status = read_wish(authenticator, request, &wish);
	if (status != CTAP_OK)
		return status;
	if (!consent.up)
		return CTAP_INVALID_OPTION;
	if (consent.rk && !authenticator->settings->resident)
		return CTAP_UNSUPPORTED_OPTION;
	status = consent_verify(authenticator, &consent, PERMISSION_MC, call);
	if (status == CTAP_OK)
		status = check_unverified(authenticator, &consent);
	if (status == CTAP_OK)
		status = check_excluded(authenticator, decode_member(request, MEMBER_EXCLUDE),
					&consent);
	if (status != CTAP_OK)
		return status;
	if (!consent.present)
		return CTAP_WAIT_TOUCH;
	status = register_credential(authenticator, &wish, &consent, &call->reply);
	if (status == CTAP_OK && consent.protocol)
		token_spend(&consent.protocol->token);
	return status;
}
