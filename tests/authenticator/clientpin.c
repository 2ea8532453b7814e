/* authenticatorClientPIN (CTAP 2.1, 6.5). */
#include "authenticator.h"
#include "consent.h"
#include "ctap.h"
#include "pinproto.h"

#include <errno.h>
#include <openssl/crypto.h>
#include <string.h>

#define MEMBER_PROTOCOL	   1
#define MEMBER_SUBCOMMAND  2
#define MEMBER_AGREEMENT   3
#define MEMBER_MAC	   4
#define MEMBER_NEW_PIN	   5
#define MEMBER_PIN_HASH	   6
#define MEMBER_PERMISSIONS 9
#define MEMBER_RP	   10

#define PIN_PADDED	64 /* bytes of a PIN on its way, with zeros behind it */
#define PIN_MAX		63 /* bytes */
#define MISMATCHES_MAX	3 /* wrong PINs in a row before a power cycle is needed */
#define COSE_AGREEMENT	(-25) /* ECDH-ES with HKDF-256, as told in getKeyAgreement */
#define PERMISSIONS_ALL (PERMISSION_MC | PERMISSION_GA)

/* One request: what most subcommands need of it. */
struct pin_request {
	const cbor_item_t *map;
	struct protocol *protocol;
	struct shared_secret secret;
	struct call *call;
};

static int new_tokens(struct authenticator *authenticator)
{
	for (unsigned int i = 0; i < 2; i++) {
		if (token_reset(&authenticator->protocols[i].token) < 0)
			return -EIO;
	}
	return 0;
}

static int agree(struct pin_request *request)
{
	const cbor_item_t *key = decode_member(request->map, MEMBER_AGREEMENT);
	struct bytes x;
	struct bytes y;

	if (!key)
		return CTAP_MISSING_PARAMETER;
	if (!decode_point(key, &x, &y) ||
	    pinproto_agree((int)request->protocol->number, &request->protocol->agreement, x.at,
			   y.at, &request->secret) < 0)
		return CTAP_INVALID_PARAMETER;
	return CTAP_OK;
}

static size_t count_characters(const uint8_t *text, size_t length)
{
	size_t count = 0;

	for (size_t i = 0; i < length; i++)
		count += (text[i] & 0xc0) != 0x80;
	return count;
}

static int set_pin(struct authenticator *authenticator, const uint8_t *pin, size_t length)
{
	struct store *store = &authenticator->store;
	uint8_t hash[HASH_SIZE];

	if (length > PIN_MAX ||
	    count_characters(pin, length) < authenticator->settings->min_pin_length)
		return CTAP_PIN_POLICY_VIOLATION;
	if (crypto_sha256(pin, length, hash) < 0)
		return CTAP_OTHER;
	if (store->pin_set && store->force_pin_change &&
	    CRYPTO_memcmp(hash, store->pin_hash, PIN_HASH_SIZE) == 0)
		return CTAP_PIN_POLICY_VIOLATION;
	store->force_pin_change = store->force_pin_change && !store->pin_set;
	memcpy(store->pin_hash, hash, PIN_HASH_SIZE);
	store->pin_set = true;
	store->pin_retries = PIN_RETRIES_MAX;
	authenticator->pin_mismatches = 0;
	return store_save(store) < 0 ? CTAP_OTHER : CTAP_OK;
}

int client_pin_preset(struct authenticator *authenticator, const char *pin)
{
	return set_pin(authenticator, (const uint8_t *)pin, strlen(pin)) == CTAP_OK ? 0 : -EINVAL;
}

/* Takes the new PIN out of its envelope and sets it. */
static int take_new_pin(struct authenticator *authenticator, const struct pin_request *request,
			const struct bytes *envelope)
{
	uint8_t pin[PIN_PADDED];
	size_t length;
	int status = CTAP_PIN_POLICY_VIOLATION;

	if (pinproto_decrypt((int)request->protocol->number, &request->secret, envelope->at,
			     envelope->length, pin, sizeof(pin), &length) == 0 &&
	    length == PIN_PADDED) {
		while (length > 0 && pin[length - 1] == 0)
			length--;
		status = set_pin(authenticator, pin, length);
	}
	explicit_bzero(pin, sizeof(pin));
	return status;
}

/* Spends a try before looking, so that pulling the key gives none back. */
static int verify_pin(struct authenticator *authenticator, const struct pin_request *request)
{
	struct store *store = &authenticator->store;
	struct protocol *protocol = request->protocol;
	uint8_t hash[PIN_HASH_SIZE];
	struct bytes envelope;
	size_t length = 0;

	if (!decode_bytes(decode_member(request->map, MEMBER_PIN_HASH), &envelope))
		return CTAP_MISSING_PARAMETER;
	store->pin_retries--;
	if (store_save(store) < 0)
		return CTAP_OTHER;
	if (pinproto_decrypt((int)protocol->number, &request->secret, envelope.at, envelope.length,
			     hash, sizeof(hash), &length) == 0 &&
	    length == PIN_HASH_SIZE && CRYPTO_memcmp(hash, store->pin_hash, PIN_HASH_SIZE) == 0) {
		store->pin_retries = PIN_RETRIES_MAX;
		store->uv_retries = UV_RETRIES_MAX;
		authenticator->pin_mismatches = 0;
		return store_save(store) < 0 ? CTAP_OTHER : CTAP_OK;
	}
	keypair_release(&protocol->agreement);
	if (keypair_generate(COSE_ES256, &protocol->agreement) < 0)
		return CTAP_OTHER;
	if (store->pin_retries == 0)
		return CTAP_PIN_BLOCKED;
	if (++authenticator->pin_mismatches >= MISMATCHES_MAX) {
		authenticator->pin_auth_blocked = true;
		return CTAP_PIN_AUTH_BLOCKED;
	}
	return CTAP_PIN_INVALID;
}

static int check_blocked(const struct authenticator *authenticator)
{
	if (!authenticator->store.pin_set)
		return CTAP_PIN_NOT_SET;
	if (authenticator->store.pin_retries == 0)
		return CTAP_PIN_BLOCKED;
	return authenticator->pin_auth_blocked ? CTAP_PIN_AUTH_BLOCKED : CTAP_OK;
}

static int pin_retries(struct authenticator *authenticator, struct pin_request *request)
{
	encode_map(&request->call->reply, 2);
	encode_int(&request->call->reply, 3);
	encode_int(&request->call->reply, authenticator->store.pin_retries);
	encode_int(&request->call->reply, 4);
	encode_bool(&request->call->reply, authenticator->pin_auth_blocked);
	return CTAP_OK;
}

static int uv_retries(struct authenticator *authenticator, struct pin_request *request)
{
	if (!authenticator->settings->uv)
		return CTAP_INVALID_SUBCOMMAND;
	encode_map(&request->call->reply, 1);
	encode_int(&request->call->reply, 5);
	encode_int(&request->call->reply, authenticator->store.uv_retries);
	return CTAP_OK;
}

static int key_agreement(struct authenticator *authenticator, struct pin_request *request)
{
	(void)authenticator;
	encode_map(&request->call->reply, 1);
	encode_int(&request->call->reply, 1);
	encode_key(&request->call->reply, &request->protocol->agreement, COSE_AGREEMENT);
	return CTAP_OK;
}

static int pin_set(struct authenticator *authenticator, struct pin_request *request)
{
	struct bytes envelope;
	struct bytes mac;
	int status;

	if (!decode_bytes(decode_member(request->map, MEMBER_NEW_PIN), &envelope) ||
	    !decode_bytes(decode_member(request->map, MEMBER_MAC), &mac))
		return CTAP_MISSING_PARAMETER;
	if (authenticator->store.pin_set)
		return CTAP_PIN_AUTH_INVALID;
	status = agree(request);
	if (status != CTAP_OK)
		return status;
	if (!pinproto_verify((int)request->protocol->number, request->secret.hmac_key, envelope.at,
			     envelope.length, mac.at, mac.length))
		return CTAP_PIN_AUTH_INVALID;
	return take_new_pin(authenticator, request, &envelope);
}

static int pin_change(struct authenticator *authenticator, struct pin_request *request)
{
	uint8_t message[2 * (PIN_PADDED + AES_BLOCK)];
	struct bytes envelope;
	struct bytes hash;
	struct bytes mac;
	int status;

	if (!decode_bytes(decode_member(request->map, MEMBER_NEW_PIN), &envelope) ||
	    !decode_bytes(decode_member(request->map, MEMBER_PIN_HASH), &hash) ||
	    !decode_bytes(decode_member(request->map, MEMBER_MAC), &mac))
		return CTAP_MISSING_PARAMETER;
	status = check_blocked(authenticator);
	if (status == CTAP_OK)
		status = agree(request);
	if (status != CTAP_OK)
		return status;
	if (envelope.length > sizeof(message) || hash.length > sizeof(message) - envelope.length)
		return CTAP_INVALID_LENGTH;
	memcpy(message, envelope.at, envelope.length);
	memcpy(message + envelope.length, hash.at, hash.length);
	if (!pinproto_verify((int)request->protocol->number, request->secret.hmac_key, message,
			     envelope.length + hash.length, mac.at, mac.length))
		return CTAP_PIN_AUTH_INVALID;
	status = verify_pin(authenticator, request);
	if (status == CTAP_OK)
		status = take_new_pin(authenticator, request, &envelope);
	if (status == CTAP_OK && new_tokens(authenticator) < 0)
		status = CTAP_OTHER;
	return status;
}

/* Reads what a token is asked for. */
static int read_rights(const struct pin_request *request, unsigned int *ret_permissions,
		       char rp[static RP_ID_MAX + 1])
{
	struct bytes text;
	int64_t permissions;

	if (!decode_int(decode_member(request->map, MEMBER_PERMISSIONS), &permissions))
		return CTAP_MISSING_PARAMETER;
	if (permissions <= 0)
		return CTAP_INVALID_PARAMETER;
	if (permissions & ~(int64_t)PERMISSIONS_ALL)
		return CTAP_UNAUTHORIZED_PERMISSION;
	if (!decode_text(decode_member(request->map, MEMBER_RP), &text))
		return CTAP_MISSING_PARAMETER;
	if (text.length > RP_ID_MAX)
		return CTAP_INVALID_LENGTH;
	memcpy(rp, text.at, text.length);
	rp[text.length] = '\0';
	*ret_permissions = (unsigned int)permissions;
	return CTAP_OK;
}

static int issue_token(struct authenticator *authenticator, struct pin_request *request,
		       unsigned int permissions, const char *rp, bool user_present)
{
	struct token *token = &request->protocol->token;
	uint8_t cipher[AES_BLOCK + SECRET_KEY];
	size_t length;

	if (new_tokens(authenticator) < 0)
		return CTAP_OTHER;
	token_begin(token, permissions, rp, user_present, request->call->now_ms);
	if (pinproto_encrypt((int)request->protocol->number, &request->secret, token->bytes,
			     SECRET_KEY, cipher, &length) < 0)
		return CTAP_OTHER;
	encode_map(&request->call->reply, 1);
	encode_int(&request->call->reply, 2);
	encode_bytes(&request->call->reply, cipher, length);
	return CTAP_OK;
}

static int token_for_pin(struct authenticator *authenticator, struct pin_request *request,
			 unsigned int permissions, const char *rp)
{
	int status = check_blocked(authenticator);

	if (status == CTAP_OK)
		status = agree(request);
	if (status == CTAP_OK)
		status = verify_pin(authenticator, request);
	if (status == CTAP_OK && authenticator->store.force_pin_change)
		status = CTAP_PIN_INVALID;
	return status == CTAP_OK ? issue_token(authenticator, request, permissions, rp, false)
				 : status;
}

static int pin_token(struct authenticator *authenticator, struct pin_request *request)
{
	if (decode_member(request->map, MEMBER_PERMISSIONS) ||
	    decode_member(request->map, MEMBER_RP))
		return CTAP_INVALID_PARAMETER;
	return token_for_pin(authenticator, request, PERMISSIONS_ALL, NULL);
}

static int pin_token_with_permissions(struct authenticator *authenticator,
				      struct pin_request *request)
{
	unsigned int permissions;
	char rp[RP_ID_MAX + 1];
	int status;

	if (authenticator->settings->version_2_0)
		return CTAP_INVALID_SUBCOMMAND;
	status = read_rights(request, &permissions, rp);
	return status == CTAP_OK ? token_for_pin(authenticator, request, permissions, rp) : status;
}

static int uv_token_with_permissions(struct authenticator *authenticator,
				     struct pin_request *request)
{
	unsigned int permissions;
	char rp[RP_ID_MAX + 1];
	int status;

	if (authenticator->settings->version_2_0)
		return CTAP_INVALID_SUBCOMMAND;
	if (!authenticator->settings->uv)
		return CTAP_NOT_ALLOWED;
	status = read_rights(request, &permissions, rp);
	if (status == CTAP_OK)
		status = agree(request);
	if (status != CTAP_OK)
		return status;
	if (authenticator->store.uv_retries == 0)
		return CTAP_UV_BLOCKED;
	if (!request->call->touched)
		return CTAP_WAIT_TOUCH;
	status = consent_built_in(authenticator);
	return status == CTAP_OK ? issue_token(authenticator, request, permissions, rp, true)
				 : status;
}

struct subcommand {
	int64_t number;
	bool protocol; /* needs pinUvAuthProtocol */
	bool pin; /* only where there is a client PIN */
	int (*run)(struct authenticator *authenticator, struct pin_request *request);
};

static const struct subcommand subcommands[] = {
	{0x01, false, true, pin_retries}, {0x02, true, false, key_agreement},
	{0x03, true, true, pin_set},	  {0x04, true, true, pin_change},
	{0x05, true, true, pin_token},	  {0x06, true, false, uv_token_with_permissions},
	{0x07, false, false, uv_retries}, {0x09, true, true, pin_token_with_permissions},
};

int client_pin(struct authenticator *authenticator, const cbor_item_t *request, struct call *call)
{
	struct pin_request pin_request = {.map = request, .call = call};
	const struct subcommand *subcommand = NULL;
	int64_t number;
	int status;

	if (!decode_int(decode_member(request, MEMBER_SUBCOMMAND), &number))
		return CTAP_MISSING_PARAMETER;
	for (size_t i = 0; i < sizeof(subcommands) / sizeof(subcommands[0]); i++) {
		if (subcommands[i].number == number)
			subcommand = &subcommands[i];
	}
	if (!subcommand || (subcommand->pin && !authenticator->settings->client_pin))
		return CTAP_INVALID_SUBCOMMAND;
	if (subcommand->protocol) {
		if (!decode_int(decode_member(request, MEMBER_PROTOCOL), &number))
			return CTAP_MISSING_PARAMETER;
		pin_request.protocol = authenticator_protocol(authenticator, number);
		if (!pin_request.protocol)
			return CTAP_INVALID_PARAMETER;
	}
	status = subcommand->run(authenticator, &pin_request);
	explicit_bzero(&pin_request.secret, sizeof(pin_request.secret));
	return status;
}
