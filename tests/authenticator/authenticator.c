#include "authenticator.h"

#include "ctap.h"
#include "misbehave.h"

#include <errno.h>
#include <string.h>

#define RESET_WINDOW_MS 10000 /* reset is taken only so soon after power-up (CTAP 2.1, 6.6) */

struct command {
	uint8_t number;
	bool parameters; /* needs a CBOR map */
	int (*run)(struct authenticator *authenticator, const cbor_item_t *request,
		   struct call *call);
};

bool authenticator_protected(const struct authenticator *authenticator)
{
	return authenticator->settings->uv || authenticator->store.pin_set;
}

struct protocol *authenticator_protocol(struct authenticator *authenticator, int64_t number)
{
	const struct settings *settings = authenticator->settings;

	for (unsigned int i = 0; i < settings->protocol_count; i++) {
		if (settings->protocols[i] == number)
			return &authenticator->protocols[number - 1];
	}
	return NULL;
}

int authenticator_power_up(struct authenticator *authenticator, uint64_t now_ms)
{
	authenticator->pin_mismatches = 0;
	authenticator->pin_auth_blocked = false;
	authenticator->powered_ms = now_ms;
	authenticator->pending = (struct pending_assertions){};
	for (unsigned int i = 0; i < 2; i++) {
		struct protocol *protocol = &authenticator->protocols[i];
		int r;

		protocol->number = i + 1;
		keypair_release(&protocol->agreement);
		r = keypair_generate(COSE_ES256, &protocol->agreement);
		if (r == 0)
			r = token_reset(&protocol->token);
		if (r < 0)
			return r;
	}
	return 0;
}

int authenticator_open(struct authenticator *authenticator, const struct settings *settings,
		       uint64_t now_ms)
{
	struct store *store = &authenticator->store;
	int r;

	*authenticator = (struct authenticator){
		.settings = settings,
		.misbehaviours = settings->misbehaviours,
		.uv_works = true,
	};
	r = store_open(store, settings->state);
	if (r < 0)
		return r;
	if (settings->counter_given)
		store->counter = settings->counter;
	if (settings->force_pin_change)
		store->force_pin_change = true;
	if (settings->pin && !store->pin_set)
		r = client_pin_preset(authenticator, settings->pin);
	if (r == 0)
		r = store_save(store);
	if (r == 0)
		r = attestation_open(&authenticator->attestation, settings->batch,
				     settings->aaguid);
	return r < 0 ? r : authenticator_power_up(authenticator, now_ms);
}

void authenticator_close(struct authenticator *authenticator)
{
	attestation_close(&authenticator->attestation);
	for (unsigned int i = 0; i < 2; i++)
		keypair_release(&authenticator->protocols[i].agreement);
	explicit_bzero(authenticator, sizeof(*authenticator));
}

static int reset(struct authenticator *authenticator, const cbor_item_t *request, struct call *call)
{
	(void)request;
	if (call->now_ms - authenticator->powered_ms > RESET_WINDOW_MS)
		return CTAP_NOT_ALLOWED;
	if (!call->touched)
		return CTAP_WAIT_TOUCH;
	if (store_reset(&authenticator->store) < 0 ||
	    authenticator_power_up(authenticator, authenticator->powered_ms) < 0)
		return CTAP_OTHER;
	return CTAP_OK;
}

static int selection(struct authenticator *authenticator, const cbor_item_t *request,
		     struct call *call)
{
	(void)authenticator;
	(void)request;
	return call->touched ? CTAP_OK : CTAP_WAIT_TOUCH;
}

static const struct command commands[] = {
	{CTAP_MAKE_CREDENTIAL, true, credential_make},
	{CTAP_GET_ASSERTION, true, assertion_get},
	{CTAP_GET_INFO, false, info_get},
	{CTAP_CLIENT_PIN, true, client_pin},
	{CTAP_RESET, false, reset},
	{CTAP_GET_NEXT_ASSERTION, false, assertion_get_next},
	{CTAP_SELECTION, false, selection},
};

static bool signs(uint8_t number)
{
	return number == CTAP_MAKE_CREDENTIAL || number == CTAP_GET_ASSERTION ||
	       number == CTAP_GET_NEXT_ASSERTION;
}

/* What spoils a good answer as a whole; what is wrong inside it is done where it is made. */
static int spoil(const struct authenticator *authenticator, struct encoder *reply)
{
	static const uint8_t garbage[] = {0xbf, 0x1c, 0xff, 0x9b, 0xff, 0xff, 0xff, 0xff, 0xfe};
	static const uint8_t huge[] = {0xa1, 0x01, 0xba, 0x08, 0x00, 0x00, 0x00, 0x01, 0x01};

	if (misbehaves(authenticator->misbehaviours, MISBEHAVE_DENY))
		return CTAP_OPERATION_DENIED;
	if (misbehaves(authenticator->misbehaviours, MISBEHAVE_GARBAGE_CBOR)) {
		reply->length = 0;
		encode_raw(reply, garbage, sizeof(garbage));
	}
	if (misbehaves(authenticator->misbehaviours, MISBEHAVE_HUGE_CBOR)) {
		reply->length = 0;
		encode_raw(reply, huge, sizeof(huge));
	}
	if (misbehaves(authenticator->misbehaviours, MISBEHAVE_TRUNCATED_RESPONSE))
		reply->length /= 2;
	return CTAP_OK;
}

static int run(struct authenticator *authenticator, const struct command *command,
	       const uint8_t *parameters, size_t length, struct call *call)
{
	cbor_item_t *map = NULL;
	int status;

	/* Any other command ends a row of assertions (CTAP 2.1, 6.3). */
	if (command->number != CTAP_GET_NEXT_ASSERTION)
		authenticator->pending = (struct pending_assertions){};
	if (command->parameters) {
		map = decode(parameters, length);
		if (!map)
			return CTAP_INVALID_CBOR;
		if (!cbor_isa_map(map)) {
			cbor_decref(&map);
			return CTAP_CBOR_UNEXPECTED_TYPE;
		}
	} else if (length > 0) {
		return CTAP_INVALID_LENGTH;
	}
	status = command->run(authenticator, map, call);
	if (map)
		cbor_decref(&map);
	if (status == CTAP_OK && signs(command->number))
		status = spoil(authenticator, &call->reply);
	return status;
}

int authenticator_execute(struct authenticator *authenticator, const uint8_t *request,
			  size_t length, struct call *call)
{
	int status = CTAP_INVALID_COMMAND;

	call->reply.length = 0;
	call->reply.overflow = false;
	if (length == 0)
		return CTAP_INVALID_LENGTH;
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		if (commands[i].number == request[0])
			status = run(authenticator, &commands[i], request + 1, length - 1, call);
	}
	if (call->reply.overflow)
		status = CTAP_OTHER;
	if (status != CTAP_OK)
		call->reply.length = 0;
	return status;
}
