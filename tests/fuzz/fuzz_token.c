/* What a token's child may send: whatever it is, it is read within bounds and proves nothing. */
#include "agent/auth/proof.h"
#include "agent/auth/tokenproto.h"

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The generator of P-256 is a point on the curve whose private key everybody knows to be 1; the
 * fuzzer does not sign with it. */
static const uint8_t generator[64] = {
	0x6b, 0x17, 0xd1, 0xf2, 0xe1, 0x2c, 0x42, 0x47, 0xf8, 0xbc, 0xe6, 0xe5, 0x63,
	0xa4, 0x40, 0xf2, 0x77, 0x03, 0x7d, 0x81, 0x2d, 0xeb, 0x33, 0xa0, 0xf4, 0xa1,
	0x39, 0x45, 0xd8, 0x98, 0xc2, 0x96, 0x4f, 0xe3, 0x42, 0xe2, 0xfe, 0x1a, 0x7f,
	0x9b, 0x8e, 0xe7, 0xeb, 0x4a, 0x7c, 0x0f, 0x9e, 0x16, 0x2b, 0xce, 0x33, 0x57,
	0x6b, 0x31, 0x5e, 0xce, 0xcb, 0xb6, 0x40, 0x68, 0x37, 0xbf, 0x51, 0xf5,
};

static void walk(const struct token_list *list)
{
	const uint8_t *id;
	size_t length;
	size_t at = 0;
	unsigned int sum = 0;

	while (token_list_next(list, &at, &id, &length) > 0) {
		if (at > list->length || length == 0 || length > TOKEN_ID_MAX)
			abort();
		for (size_t i = 0; i < length; i++)
			sum += id[i];
	}
	if (sum == UINT32_MAX)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const uint8_t challenge[TOKEN_CHALLENGE] = {1};
	static struct roster_entry entry = {
		.algorithm = ROSTER_ES256, .credential_length = 4, .key_length = 64};
	struct proof_demand demand = {.rp_id = "sekisho.internal",
				      .challenge = challenge,
				      .entries = &entry,
				      .count = 1,
				      .verification = true};
	static struct token_request request;
	static struct token_reply reply;
	static struct wire_packet packet;
	struct proof proof;

	if (size > sizeof(packet.bytes))
		return 0;
	memcpy(entry.key, generator, sizeof(generator));
	memcpy(packet.bytes, data, size);
	packet.length = size;
	if (wire_decode(&token_request_layout, &packet, &request) == 0)
		walk(&request.list);
	if (wire_decode(&token_reply_layout, &packet, &reply) == 0 &&
	    proof_verify(&demand, &reply, &proof) == FAILURE_NONE)
		abort();
	/* The raw bytes as authenticator data, so that the inner parser is reached at once. */
	reply = (struct token_reply){.status = TOKEN_OK, .count = 1};
	if (size > TOKEN_AUTH_DATA && size - TOKEN_AUTH_DATA <= sizeof(reply.signature.data)) {
		reply.auth_data.length = TOKEN_AUTH_DATA;
		memcpy(reply.auth_data.data, data, TOKEN_AUTH_DATA);
		reply.signature.length = (uint32_t)(size - TOKEN_AUTH_DATA);
		memcpy(reply.signature.data, data + TOKEN_AUTH_DATA, size - TOKEN_AUTH_DATA);
		if (proof_verify(&demand, &reply, &proof) == FAILURE_NONE)
			abort();
	}
	return 0;
}
