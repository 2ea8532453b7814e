#include "authenticator.h"

#include "ctap.h"
#include "misbehave.h"

/* Text keys of the options map in canonical order: shorter first, then by byte. */
struct option {
	const char *name;
	bool told;
	bool value;
};

static void encode_options(const struct authenticator *authenticator, struct encoder *reply)
{
	const struct settings *settings = authenticator->settings;
	bool ignored = misbehaves(authenticator->misbehaviours, MISBEHAVE_UV_IGNORED);
	bool old = settings->version_2_0 || ignored;
	const struct option options[] = {
		{"rk", true, settings->resident},
		{"up", true, true},
		{"uv", settings->uv || ignored, true},
		{"plat", true, false},
		{"alwaysUv", settings->always_uv, true},
		{"clientPin", settings->client_pin, authenticator->store.pin_set},
		{"pinUvAuthToken", !old && (settings->client_pin || settings->uv), true},
		{"makeCredUvNotRqd", !old, settings->uv_not_required && !settings->always_uv},
	};
	size_t count = 0;

	for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++)
		count += options[i].told;
	encode_map(reply, count);
	for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++) {
		if (!options[i].told)
			continue;
		encode_text(reply, options[i].name);
		encode_bool(reply, options[i].value);
	}
}

static void encode_algorithm(struct encoder *reply, int algorithm)
{
	encode_map(reply, 2);
	encode_text(reply, "alg");
	encode_int(reply, algorithm);
	encode_text(reply, "type");
	encode_text(reply, "public-key");
}

int info_get(struct authenticator *authenticator, const cbor_item_t *request, struct call *call)
{
	const struct settings *settings = authenticator->settings;
	struct encoder *reply = &call->reply;
	bool old = settings->version_2_0 ||
		   misbehaves(authenticator->misbehaviours, MISBEHAVE_UV_IGNORED);

	/* Member numbers: CTAP 2.1, 6.4. */
	(void)request;
	encode_map(reply, old ? 7 : 13);
	encode_int(reply, 0x01);
	encode_array(reply, old ? 1 : 2);
	encode_text(reply, "FIDO_2_0");
	if (!old)
		encode_text(reply, "FIDO_2_1");
	encode_int(reply, 0x02);
	encode_array(reply, settings->hmac_secret ? 2 : 1);
	encode_text(reply, "credProtect");
	if (settings->hmac_secret)
		encode_text(reply, "hmac-secret");
	encode_int(reply, 0x03);
	encode_bytes(reply, settings->aaguid, AAGUID_SIZE);
	encode_int(reply, 0x04);
	encode_options(authenticator, reply);
	encode_int(reply, 0x05);
	encode_int(reply, 2048);
	encode_int(reply, 0x06);
	encode_array(reply, settings->protocol_count);
	for (unsigned int i = 0; i < settings->protocol_count; i++)
		encode_int(reply, settings->protocols[i]);
	encode_int(reply, 0x07);
	encode_int(reply, settings->max_list);
	if (old)
		return CTAP_OK;
	encode_int(reply, 0x08);
	encode_int(reply, CREDENTIAL_ID_MAX);
	encode_int(reply, 0x09);
	encode_array(reply, 1);
	encode_text(reply, "usb");
	encode_int(reply, 0x0a);
	encode_array(reply, 2);
	encode_algorithm(reply, COSE_ES256);
	encode_algorithm(reply, COSE_EDDSA);
	encode_int(reply, 0x0c);
	encode_bool(reply, authenticator->store.force_pin_change);
	encode_int(reply, 0x0d);
	encode_int(reply, settings->min_pin_length);
	encode_int(reply, 0x14);
	encode_int(reply, (int64_t)(RESIDENTS_MAX - authenticator->store.resident_count));
	return CTAP_OK;
}
