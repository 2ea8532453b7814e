#include "tokenproto.h"

#include "cleanup.h"

#include <errno.h>
#include <string.h>

/* Private to authd's processes; lib/protocol.h holds 0x01xx to 0x03xx, lib/privproto.h is not
 * framed by lib/wire.h. */
enum {
	TYPE_REQUEST = 0x0501,
	TYPE_REPLY = 0x0502,
};

static const struct wire_field request_fields[] = {
	WIRE_FIELD_U32(1, struct token_request, verb, true),
	WIRE_FIELD_U32(2, struct token_request, timeout_ms, true),
	WIRE_FIELD_STRING(3, struct token_request, rp_id, false),
	WIRE_FIELD_BLOB(4, struct token_request, challenge, false),
	WIRE_FIELD_BLOB(5, struct token_request, list, false),
	WIRE_FIELD_U32(6, struct token_request, uv, false),
	WIRE_FIELD_STRING(7, struct token_request, pin, false),
	WIRE_FIELD_BLOB(8, struct token_request, user_id, false),
	WIRE_FIELD_STRING(9, struct token_request, user_name, false),
	WIRE_FIELD_U32(10, struct token_request, algorithm, false),
	WIRE_FIELD_U32(11, struct token_request, inform, false),
};

static const struct wire_field reply_fields[] = {
	WIRE_FIELD_U32(1, struct token_reply, verb, true),
	WIRE_FIELD_U32(2, struct token_reply, status, true),
	WIRE_FIELD_U32(3, struct token_reply, flags, false),
	WIRE_FIELD_U32(4, struct token_reply, min_pin, false),
	WIRE_FIELD_U32(5, struct token_reply, pin_retries, false),
	WIRE_FIELD_U32(6, struct token_reply, uv_retries, false),
	WIRE_FIELD_U32(7, struct token_reply, retries_known, false),
	WIRE_FIELD_U32(8, struct token_reply, max_list, false),
	WIRE_FIELD_BLOB(9, struct token_reply, aaguid, false),
	WIRE_FIELD_BLOB(10, struct token_reply, credential, false),
	WIRE_FIELD_BLOB(11, struct token_reply, auth_data, false),
	WIRE_FIELD_BLOB(12, struct token_reply, signature, false),
	WIRE_FIELD_U32(13, struct token_reply, count, false),
	WIRE_FIELD_U32(14, struct token_reply, algorithm, false),
	WIRE_FIELD_BLOB(15, struct token_reply, public_key, false),
	WIRE_FIELD_U32(16, struct token_reply, attestation, false),
	WIRE_FIELD_BLOB(17, struct token_reply, certificate, false),
	WIRE_FIELD_U32(18, struct token_reply, protected, false),
	WIRE_FIELD_U32(19, struct token_reply, informed, false),
};

const struct wire_layout token_request_layout = {
	TYPE_REQUEST, request_fields, ARRAY_SIZE(request_fields), sizeof(struct token_request)};
const struct wire_layout token_reply_layout = {TYPE_REPLY, reply_fields, ARRAY_SIZE(reply_fields),
					       sizeof(struct token_reply)};

const char *token_status_name(unsigned int status)
{
	static const char *const names[TOKEN_STATUS_COUNT] = {
		[TOKEN_OK] = "ok",
		[TOKEN_PIN_WRONG] = "pin-wrong",
		[TOKEN_PIN_AUTH_BLOCKED] = "pin-auth-blocked",
		[TOKEN_PIN_BLOCKED] = "pin-blocked",
		[TOKEN_PIN_REQUIRED] = "pin-required",
		[TOKEN_PIN_NOT_SET] = "pin-not-set",
		[TOKEN_PIN_POLICY] = "pin-policy",
		[TOKEN_UV_WRONG] = "uv-wrong",
		[TOKEN_UV_BLOCKED] = "uv-blocked",
		[TOKEN_NO_CREDENTIAL] = "no-credential",
		[TOKEN_EXCLUDED] = "excluded",
		[TOKEN_UNTOUCHED] = "untouched",
		[TOKEN_DENIED] = "denied",
		[TOKEN_GONE] = "gone",
		[TOKEN_BUSY] = "busy",
		[TOKEN_SILENT] = "silent",
		[TOKEN_NOT_FIDO2] = "not-fido2",
		[TOKEN_UNSUPPORTED] = "unsupported",
		[TOKEN_FAULT] = "fault",
	};

	return status < TOKEN_STATUS_COUNT ? names[status] : names[TOKEN_FAULT];
}

size_t token_public_size(unsigned int algorithm)
{
	switch (algorithm) {
	case TOKEN_ES256:
		return 64;
	case TOKEN_EDDSA:
		return 32;
	case TOKEN_ES384:
		return 96;
	default:
		return 0;
	}
}

int token_list_add(struct token_list *list, const uint8_t *id, size_t length)
{
	uint16_t size = (uint16_t)length;

	if (length == 0 || length > TOKEN_ID_MAX ||
	    list->length + sizeof(size) + length > sizeof(list->data))
		return -EMSGSIZE;
	memcpy(list->data + list->length, &size, sizeof(size));
	memcpy(list->data + list->length + sizeof(size), id, length);
	list->length += (uint32_t)(sizeof(size) + length);
	return 0;
}

int token_list_next(const struct token_list *list, size_t *at, const uint8_t **ret_id,
		    size_t *ret_length)
{
	uint16_t size;

	if (*at == list->length)
		return 0;
	if (list->length > sizeof(list->data) || *at > list->length ||
	    list->length - *at < sizeof(size))
		return -EBADMSG;
	memcpy(&size, list->data + *at, sizeof(size));
	if (size == 0 || size > TOKEN_ID_MAX || list->length - *at - sizeof(size) < size)
		return -EBADMSG;
	*ret_id = list->data + *at + sizeof(size);
	*ret_length = size;
	*at += sizeof(size) + size;
	return 1;
}

void token_request_wipe(struct token_request *request)
{
	explicit_bzero(request, sizeof(*request));
}
