/* authenticatorGetAssertion and authenticatorGetNextAssertion (CTAP 2.1, 6.2 and 6.3). */
#include "authdata.h"
#include "authenticator.h"
#include "consent.h"
#include "ctap.h"
#include "hmacsecret.h"
#include "misbehave.h"
#include "signature.h"

#include <string.h>

#define MEMBER_ALLOW	  3
#define MEMBER_EXTENSIONS 4
#define HUGE_COUNT	  1000000

static const struct consent_members members = {
	.client_hash = 2, .rp = 1, .options = 5, .mac = 6, .protocol = 7};

static bool usable(const struct authenticator *authenticator, const struct consent *consent,
		   const uint8_t *id, size_t length, bool named)
{
	_cleanup_credential_ struct credential credential = {};

	if (credential_open(authenticator->store.master, consent->rp_hash, id, length,
			    &credential) < 0)
		return false;
	if (consent->verified || misbehaves(authenticator->misbehaviours, MISBEHAVE_UV_IGNORED))
		return true;
	return credential.protect == PROTECT_OPTIONAL ||
	       (credential.protect == PROTECT_OPTIONAL_WITH_ID && named);
}

static int find_named(const struct authenticator *authenticator, const cbor_item_t *list,
		      const struct consent *consent, struct pending_assertions *found)
{
	if (!cbor_isa_array(list))
		return CTAP_CBOR_UNEXPECTED_TYPE;
	if (cbor_array_size(list) > authenticator->settings->max_list)
		return CTAP_LIMIT_EXCEEDED;
	for (size_t i = 0; i < cbor_array_size(list); i++) {
		const cbor_item_t *entry = cbor_array_handle(list)[i];
		struct bytes id;

		if (!decode_is(decode_named(entry, "type"), "public-key") ||
		    !decode_bytes(decode_named(entry, "id"), &id))
			return CTAP_CBOR_UNEXPECTED_TYPE;
		if (!usable(authenticator, consent, id.at, id.length, true))
			continue;
		/* One is enough: the platform named them, any will do. */
		memcpy(found->ids[0], id.at, CREDENTIAL_ID_SIZE);
		found->count = 1;
		return CTAP_OK;
	}
	return CTAP_NO_CREDENTIALS;
}

/* Newest first, as CTAP 2.1 6.2.2 wants. */
static int find_resident(const struct authenticator *authenticator, const struct consent *consent,
			 struct pending_assertions *found)
{
	const struct store *store = &authenticator->store;

	for (size_t i = store->resident_count; i-- > 0;) {
		const struct resident *resident = &store->residents[i];

		if (strcmp(resident->rp, consent->rp) == 0 &&
		    usable(authenticator, consent, resident->id, CREDENTIAL_ID_SIZE, false))
			memcpy(found->ids[found->count++], resident->id, CREDENTIAL_ID_SIZE);
	}
	return found->count ? CTAP_OK : CTAP_NO_CREDENTIALS;
}

static const struct resident *resident_of(const struct store *store, const uint8_t *id)
{
	for (size_t i = 0; i < store->resident_count; i++) {
		if (memcmp(store->residents[i].id, id, CREDENTIAL_ID_SIZE) == 0)
			return &store->residents[i];
	}
	return NULL;
}

/* Names tell who somebody is: only after verification, and where there is a choice. */
static void encode_user(const struct resident *resident, bool names, struct encoder *reply)
{
	encode_map(reply, names ? 3 : 1);
	encode_text(reply, "id");
	encode_bytes(reply, resident->user, resident->user_length);
	if (!names)
		return;
	encode_text(reply, "name");
	encode_text(reply, resident->name);
	encode_text(reply, "displayName");
	encode_text(reply, resident->display_name);
}

static size_t told_count(const struct authenticator *authenticator,
			 const struct pending_assertions *pending)
{
	return misbehaves(authenticator->misbehaviours, MISBEHAVE_HUGE_COUNT) ? HUGE_COUNT
									      : pending->count;
}

static int answer(struct authenticator *authenticator, const struct pending_assertions *pending,
		  const struct credential *credential, const struct encoder *extensions,
		  struct encoder *reply)
{
	const struct resident *resident = resident_of(&authenticator->store, credential->id);
	struct authdata authdata = {.flags = pending->flags, .extensions = extensions};
	size_t count =
		pending->next == 1 && !pending->repeats ? told_count(authenticator, pending) : 1;
	uint8_t signature[SIGNATURE_MAX];
	uint8_t id[CREDENTIAL_ID_SIZE];
	uint8_t rp[HASH_SIZE];
	uint8_t bytes[AUTHDATA_MAX];
	size_t signature_length;
	size_t length;

	authdata.counter = signature_counter(authenticator);
	if (crypto_sha256(pending->rp, strlen(pending->rp), rp) < 0)
		return CTAP_OTHER;
	signature_relying_party(authenticator->misbehaviours, rp, authdata.rp);
	if (authdata_format(&authdata, bytes, &length) < 0 ||
	    signature_make(authenticator->misbehaviours, &credential->pair, bytes, length,
			   pending->client_hash, signature, &signature_length) < 0 ||
	    store_save(&authenticator->store) < 0)
		return CTAP_OTHER;
	memcpy(id, credential->id, sizeof(id));
	if (misbehaves(authenticator->misbehaviours, MISBEHAVE_OTHER_CREDENTIAL))
		id[sizeof(id) - 1] ^= 0x80;
	authenticator->signatures++;

	encode_map(reply, 3 + (resident != NULL) + (count > 1));
	encode_int(reply, 1);
	encode_map(reply, 2);
	encode_text(reply, "id");
	encode_bytes(reply, id, sizeof(id));
	encode_text(reply, "type");
	encode_text(reply, "public-key");
	encode_int(reply, 2);
	encode_bytes(reply, bytes, length);
	encode_int(reply, 3);
	encode_bytes(reply, signature, signature_length);
	if (resident) {
		encode_int(reply, 4);
		encode_user(resident, pending->count > 1 && (pending->flags & AUTHDATA_UV), reply);
	}
	if (count > 1) {
		encode_int(reply, 5);
		encode_int(reply, (int64_t)count);
	}
	return CTAP_OK;
}

static int check_silent(const struct authenticator *authenticator, const struct consent *consent)
{
	if (consent->up)
		return CTAP_OK;
	if (misbehaves(authenticator->misbehaviours, MISBEHAVE_SILENT_REFUSED))
		return CTAP_UNSUPPORTED_OPTION;
	if (misbehaves(authenticator->misbehaviours, MISBEHAVE_SILENT_NEEDS_UV))
		return CTAP_PUAT_REQUIRED;
	return CTAP_OK;
}

static int sign_first(struct authenticator *authenticator, const cbor_item_t *request,
		      struct consent *consent, struct pending_assertions *found, struct call *call)
{
	const cbor_item_t *wanted =
		decode_named(decode_member(request, MEMBER_EXTENSIONS), "hmac-secret");
	_cleanup_credential_ struct credential credential = {};
	struct encoder extensions;
	bool extended = wanted && authenticator->settings->hmac_secret;
	int status;

	if (credential_open(authenticator->store.master, consent->rp_hash, found->ids[0],
			    CREDENTIAL_ID_SIZE, &credential) < 0)
		return CTAP_OTHER;
	if (extended) {
		if (!consent->up)
			return CTAP_UNSUPPORTED_OPTION;
		status = hmac_secret_encode(authenticator, wanted, &credential, consent->verified,
					    &extensions);
		if (status != CTAP_OK)
			return status;
	}
	found->next = 1;
	return answer(authenticator, found, &credential, extended ? &extensions : NULL,
		      &call->reply);
}

int assertion_get(struct authenticator *authenticator, const cbor_item_t *request,
		  struct call *call)
{
	const cbor_item_t *list = decode_member(request, MEMBER_ALLOW);
	struct pending_assertions found = {.since_ms = call->now_ms};
	struct consent consent;
	int status;

	status = consent_read(authenticator, request, &members, call, &consent);
	if (status != CTAP_OK)
		return status;
	if (consent.rk_given)
		return CTAP_UNSUPPORTED_OPTION;
	status = check_silent(authenticator, &consent);
	if (status == CTAP_OK)
		status = consent_verify(authenticator, &consent, PERMISSION_GA, call);
	if (status != CTAP_OK)
		return status;
	if (list && cbor_isa_array(list) && cbor_array_size(list) == 0)
		list = NULL;
	status = list ? find_named(authenticator, list, &consent, &found)
		      : find_resident(authenticator, &consent, &found);
	if (status != CTAP_OK)
		return status;
	if (consent.up && !consent.present)
		return CTAP_WAIT_TOUCH;

	memcpy(found.rp, consent.rp, sizeof(found.rp));
	memcpy(found.client_hash, consent.client_hash, HASH_SIZE);
	found.flags = consent_flags(authenticator, &consent);
	status = sign_first(authenticator, request, &consent, &found, call);
	if (status != CTAP_OK)
		return status;
	if (misbehaves(authenticator->misbehaviours, MISBEHAVE_HUGE_COUNT))
		found.repeats = HUGE_COUNT - 1;
	if (found.next < found.count || found.repeats)
		authenticator->pending = found;
	if (consent.up && consent.protocol)
		token_spend(&consent.protocol->token);
	return CTAP_OK;
}

int assertion_get_next(struct authenticator *authenticator, const cbor_item_t *request,
		       struct call *call)
{
	struct pending_assertions *pending = &authenticator->pending;
	_cleanup_credential_ struct credential credential = {};
	uint8_t rp[HASH_SIZE];
	size_t place = pending->next;

	(void)request;
	if (pending->repeats) {
		pending->repeats--;
		place = 0;
	} else if (pending->next >= pending->count) {
		return CTAP_NOT_ALLOWED;
	} else {
		pending->next++;
	}
	if (call->now_ms - pending->since_ms > NEXT_ASSERTION_MS) {
		*pending = (struct pending_assertions){};
		return CTAP_NOT_ALLOWED;
	}
	pending->since_ms = call->now_ms;
	if (crypto_sha256(pending->rp, strlen(pending->rp), rp) < 0 ||
	    credential_open(authenticator->store.master, rp, pending->ids[place],
			    CREDENTIAL_ID_SIZE, &credential) < 0)
		return CTAP_OTHER;
	return answer(authenticator, pending, &credential, NULL, &call->reply);
}
