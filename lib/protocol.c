#include "protocol.h"

#include "cleanup.h"

#define LAYOUT(name, message_type)                                                                 \
	const struct wire_layout name##_layout = {message_type, name##_fields,                     \
						  ARRAY_SIZE(name##_fields), sizeof(struct name)}

static const struct wire_field auth_hello_fields[] = {
	WIRE_FIELD_STRING(1, struct auth_hello, user, true),
	WIRE_FIELD_STRING(2, struct auth_hello, service, true),
	WIRE_FIELD_STRING(3, struct auth_hello, tty, false),
	WIRE_FIELD_STRING(4, struct auth_hello, rhost, false),
	WIRE_FIELD_STRING(5, struct auth_hello, ruser, false),
	WIRE_FIELD_STRING(6, struct auth_hello, locale, false),
	WIRE_FIELD_U32(7, struct auth_hello, flags, false),
};
LAYOUT(auth_hello, PROTOCOL_AUTH_HELLO);

static const struct wire_field auth_answer_fields[] = {
	WIRE_FIELD_STRING(1, struct auth_answer, text, true),
};
LAYOUT(auth_answer, PROTOCOL_AUTH_ANSWER);

static const struct wire_field auth_prompt_fields[] = {
	WIRE_FIELD_U32(1, struct auth_prompt, echo, false),
	WIRE_FIELD_STRING(2, struct auth_prompt, text, true),
	WIRE_FIELD_U32(3, struct auth_prompt, tail, false),
	WIRE_FIELD_U32(4, struct auth_prompt, seconds, false),
};
LAYOUT(auth_prompt, PROTOCOL_AUTH_PROMPT);

static const struct wire_field auth_notice_fields[] = {
	WIRE_FIELD_U32(1, struct auth_notice, error, false),
	WIRE_FIELD_STRING(2, struct auth_notice, text, true),
};
LAYOUT(auth_notice, PROTOCOL_AUTH_NOTICE);

static const struct wire_field auth_verdict_fields[] = {
	WIRE_FIELD_U32(1, struct auth_verdict, verdict, true),
	WIRE_FIELD_STRING(2, struct auth_verdict, event, false),
	WIRE_FIELD_STRING(3, struct auth_verdict, text, false),
};
LAYOUT(auth_verdict, PROTOCOL_AUTH_VERDICT);

static const struct wire_field auth_passed_fields[] = {
	WIRE_FIELD_STRING(1, struct auth_passed, event, true),
};
LAYOUT(auth_passed, PROTOCOL_AUTH_PASSED);

static const struct wire_field record_door_fields[] = {
	WIRE_FIELD_STRING(1, struct record_door, reason, true),
	WIRE_FIELD_STRING(2, struct record_door, user, false),
	WIRE_FIELD_STRING(3, struct record_door, service, false),
	WIRE_FIELD_STRING(4, struct record_door, tty, false),
	WIRE_FIELD_STRING(5, struct record_door, rhost, false),
	WIRE_FIELD_STRING(6, struct record_door, ruser, false),
};
LAYOUT(record_door, PROTOCOL_RECORD_DOOR);

static const struct wire_field record_request_fields[] = {
	WIRE_FIELD_STRING(1, struct record_request, kind, true),
	WIRE_FIELD_STRING(2, struct record_request, id, true),
	WIRE_FIELD_U64(3, struct record_request, time, true),
	WIRE_FIELD_STRING(4, struct record_request, fields, true),
	WIRE_FIELD_U32(5, struct record_request, late, false),
};
LAYOUT(record_request, PROTOCOL_RECORD);

static const struct wire_field record_reply_fields[] = {
	WIRE_FIELD_U32(1, struct record_reply, error, false),
	WIRE_FIELD_U64(2, struct record_reply, sequence, false),
};
LAYOUT(record_reply, PROTOCOL_RECORDED);

static const struct wire_field control_request_fields[] = {
	WIRE_FIELD_STRING(1, struct control_request, verb, true),
	WIRE_FIELD_STRING(2, struct control_request, argument, false),
};
LAYOUT(control_request, PROTOCOL_CONTROL);

static const struct wire_field control_line_fields[] = {
	WIRE_FIELD_STRING(1, struct control_line, text, true),
};
LAYOUT(control_line, PROTOCOL_CONTROL_LINE);

static const struct wire_field control_end_fields[] = {
	WIRE_FIELD_U32(1, struct control_end, error, false),
	WIRE_FIELD_STRING(2, struct control_end, text, false),
};
LAYOUT(control_end, PROTOCOL_CONTROL_END);
