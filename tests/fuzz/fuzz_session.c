/* The first word of a log-in, from any local program: decoded, matched and shown. */
#include "agent/auth/message.h"
#include "agent/auth/settings.h"
#include "escape.h"
#include "language.h"
#include "protocol.h"

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static size_t count_lines(const char *text)
{
	size_t lines = 1;

	for (; *text; text++)
		lines += *text == '\n';
	return lines;
}

/* What is shown is well-formed UTF-8 without a control character, whatever came in, but for the
 * ends of the message's own lines. */
static void check(enum message message, const char *text)
{
	static const struct message_values nothing;
	char plain[PROTOCOL_TEXT_MAX];
	size_t length = strlen(text);

	message_format(message, &nothing, plain, sizeof(plain));
	if (count_lines(text) > count_lines(plain))
		abort();

	for (size_t at = 0; at < length;) {
		unsigned int point;
		size_t count = utf8_sequence(text + at, length - at, &point);

		if (count == 0 || (point < 0x20 && point != '\n') || point == 0x7f)
			abort();
		at += count;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct wire_packet packet;
	static struct auth_hello hello;
	static struct auth_answer answer;
	static struct settings settings = {
		.models = "73656b69-7368-6f2d-736f-66746b657931",
		.exempt_users = "operator, backup",
		.exempt_services = "cron",
	};
	uint8_t model[TOKEN_AAGUID] = {};
	char text[PROTOCOL_TEXT_MAX];

	if (size > sizeof(packet.bytes))
		return 0;
	memcpy(packet.bytes, data, size);
	packet.length = size;
	wire_decode(&auth_answer_layout, &packet, &answer);
	if (wire_decode(&auth_hello_layout, &packet, &hello) == 0) {
		const struct message_values values = {
			.service = hello.service,
			.terminal = hello.tty,
			.key = hello.user,
			.seconds = 1,
			.left = 2,
			.length = 3,
			.minutes = 4,
			.time = hello.locale,
			.user = hello.ruser,
			.words = hello.rhost,
			.number = hello.locale,
		};

		language_japanese(hello.locale, hello.tty, hello.service);
		for (int i = 0; i < MESSAGE_COUNT; i++) {
			message_format((enum message)i, &values, text, sizeof(text));
			check((enum message)i, text);
		}
		if (settings_exempt(&settings, hello.user, hello.service) &&
		    (strcmp(hello.service, "cron") != 0 ||
		     (strcmp(hello.user, "operator") != 0 && strcmp(hello.user, "backup") != 0)))
			abort();
		snprintf(settings.models, sizeof(settings.models), "%s", hello.tty);
		memcpy(model, hello.user, sizeof(model));
		settings_model_allowed(&settings, model);
		settings_model_allowed(&settings, NULL);
	}
	return 0;
}
