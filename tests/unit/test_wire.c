/* Messages between our processes: what goes in comes out, and nothing malformed does. */
#include "protocol.h"

#include "cleanup.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

struct sample {
	uint32_t number;
	uint64_t large;
	char text[8];
	WIRE_BLOB(blob, 6);
};

static const struct wire_field fields[] = {
	WIRE_FIELD_U32(1, struct sample, number, true),
	WIRE_FIELD_U64(2, struct sample, large, false),
	WIRE_FIELD_STRING(3, struct sample, text, true),
	WIRE_FIELD_BLOB(4, struct sample, blob, false),
};

static const struct wire_layout layout = {0x7777, fields, ARRAY_SIZE(fields),
					  sizeof(struct sample)};

static void encode(const struct sample *sample, struct wire_packet *packet)
{
	assert_int_equal(wire_encode(&layout, sample, packet), 0);
}

static void test_round_trip(void **state)
{
	struct sample sample = {
		.number = 0, .large = UINT64_MAX, .text = "1234567", .blob.length = 6};
	struct sample back;
	struct wire_packet packet;

	(void)state;
	memcpy(sample.blob.data, "\0\1\2\3\4\5", 6);
	encode(&sample, &packet);
	assert_int_equal(wire_decode(&layout, &packet, &back), 0);
	assert_memory_equal(&sample, &back, sizeof(sample));
	memset(&sample, 0, sizeof(sample));
	encode(&sample, &packet);
	/* Header, a number and an empty string: what is optional and empty is left out. */
	assert_int_equal(packet.length, 8 + 8 + 4);
	assert_int_equal(wire_decode(&layout, &packet, &back), 0);
	assert_memory_equal(&sample, &back, sizeof(sample));
}

static void test_encode_refuses(void **state)
{
	struct sample sample = {};
	struct wire_packet packet;

	(void)state;
	memset(sample.text, 'x', sizeof(sample.text));
	assert_int_equal(wire_encode(&layout, &sample, &packet), -EINVAL);
	sample.text[0] = '\0';
	sample.blob.length = 7;
	assert_int_equal(wire_encode(&layout, &sample, &packet), -EINVAL);
}

/* Every cut and every changed byte: decoded or refused, and a refusal leaves nothing. */
static void test_damage(void **state)
{
	static const struct sample zero;
	struct sample sample = {.number = 7, .large = 9, .text = "text", .blob.length = 3};
	struct sample back;
	struct sample shorter = sample;
	struct wire_packet packet, damaged;
	unsigned int taken = 0;

	(void)state;
	encode(&sample, &packet);
	shorter.blob.length = 0;
	for (size_t length = 0; length < packet.length; length++) {
		damaged = packet;
		damaged.length = length;
		if (wire_decode(&layout, &damaged, &back) < 0) {
			assert_memory_equal(&back, &zero, sizeof(zero));
			continue;
		}
		/* Whole but for its last field, which may be left out. */
		assert_memory_equal(&back, &shorter, sizeof(shorter));
		taken++;
	}
	assert_int_equal(taken, 1);
	for (size_t at = 0; at < packet.length; at++) {
		for (unsigned int bit = 0; bit < 8; bit++) {
			int r;

			damaged = packet;
			damaged.bytes[at] ^= (uint8_t)(1u << bit);
			r = wire_decode(&layout, &damaged, &back);
			if (at < 8)
				assert_true(r < 0);
			if (r < 0)
				assert_memory_equal(&back, &zero, sizeof(zero));
			else
				assert_non_null(memchr(back.text, '\0', sizeof(back.text)));
		}
	}
}

struct raw_field {
	uint16_t tag;
	uint16_t length;
};

static void add(struct wire_packet *packet, uint16_t tag, const void *bytes, uint16_t length,
		uint16_t told)
{
	const struct raw_field field = {tag, told};

	memcpy(packet->bytes + packet->length, &field, sizeof(field));
	memcpy(packet->bytes + packet->length + sizeof(field), bytes, length);
	packet->length += sizeof(field) + length;
}

static void test_malformed(void **state)
{
	struct wire_packet packet;
	struct sample back;
	uint32_t number = 1;

	(void)state;
#define BEGIN()                                                                                    \
	do {                                                                                       \
		encode(&(struct sample){}, &packet);                                               \
		packet.length = 8;                                                                 \
		add(&packet, 1, &number, 4, 4);                                                    \
	} while (0)
	BEGIN();
	assert_int_equal(wire_decode(&layout, &packet, &back), -EBADMSG); /* text is missing */
	BEGIN();
	add(&packet, 3, "ab", 2, 2);
	assert_int_equal(wire_decode(&layout, &packet, &back), 0);
	add(&packet, 3, "ab", 2, 2);
	assert_int_equal(wire_decode(&layout, &packet, &back), -EBADMSG); /* twice */
	BEGIN();
	add(&packet, 3, "a\0b", 3, 3);
	assert_int_equal(wire_decode(&layout, &packet, &back), -EBADMSG); /* a zero inside */
	BEGIN();
	add(&packet, 3, "12345678", 8, 8);
	assert_int_equal(wire_decode(&layout, &packet, &back), -EBADMSG); /* no room for the zero */
	BEGIN();
	add(&packet, 3, "ab", 2, 2);
	add(&packet, 9, "ab", 2, 2);
	assert_int_equal(wire_decode(&layout, &packet, &back), -EBADMSG); /* unknown tag */
	BEGIN();
	add(&packet, 3, "ab", 2, 3);
	assert_int_equal(wire_decode(&layout, &packet, &back), -EBADMSG); /* beyond the end */
	BEGIN();
	add(&packet, 3, "ab", 2, 2);
	add(&packet, 2, "1234", 4, 4);
	assert_int_equal(wire_decode(&layout, &packet, &back), -EBADMSG); /* a short number */
	BEGIN();
	add(&packet, 3, "ab", 2, 2);
	packet.bytes[4]++;
	assert_int_equal(wire_decode(&layout, &packet, &back), -EPROTONOSUPPORT); /* version */
}

static void pair(int fds[static 2])
{
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds), 0);
}

static void test_socket(void **state)
{
	static const char large[WIRE_MESSAGE_MAX + 1];
	struct auth_answer answer = {.text = "1234"};
	struct auth_answer back;
	struct auth_notice notice;
	int fds[2];

	(void)state;
	pair(fds);
	assert_int_equal(wire_receive(fds[0], &auth_answer_layout, &back, wire_now() + 30),
			 -ETIMEDOUT);
	assert_int_equal(wire_send(fds[1], &auth_answer_layout, &answer, wire_now() + 1000), 0);
	assert_int_equal(wire_receive(fds[0], &auth_answer_layout, &back, wire_now() + 1000), 0);
	assert_string_equal(back.text, "1234");
	/* Another message than the one expected. */
	assert_int_equal(wire_send(fds[1], &auth_answer_layout, &answer, wire_now() + 1000), 0);
	assert_int_equal(wire_receive(fds[0], &auth_notice_layout, &notice, wire_now() + 1000),
			 -EBADMSG);
	/* One byte too many. */
	assert_int_equal(send(fds[1], large, sizeof(large), 0), sizeof(large));
	assert_int_equal(wire_receive(fds[0], &auth_answer_layout, &back, wire_now() + 1000),
			 -EMSGSIZE);
	/* What was sent before the end is still delivered; then the end. */
	assert_int_equal(wire_send(fds[1], &auth_answer_layout, &answer, wire_now() + 1000), 0);
	close(fds[1]);
	assert_int_equal(wire_receive(fds[0], &auth_answer_layout, &back, wire_now() + 1000), 0);
	assert_int_equal(wire_receive(fds[0], &auth_answer_layout, &back, wire_now() + 1000),
			 -ECONNRESET);
	assert_int_equal(wire_send(fds[0], &auth_answer_layout, &answer, wire_now() + 1000),
			 -EPIPE);
	close(fds[0]);
}

/* A peer that doesn't read holds a sender up until the deadline, not longer. */
static void test_full(void **state)
{
	struct auth_answer answer = {.text = "1234"};
	int fds[2];
	int r = 0;

	(void)state;
	pair(fds);
	for (int i = 0; r == 0 && i < 100000; i++)
		r = wire_send(fds[0], &auth_answer_layout, &answer, wire_now() + 30);
	assert_int_equal(r, -ETIMEDOUT);
	close(fds[0]);
	close(fds[1]);
}

static void test_connect(void **state)
{
	char long_path[200];
	uint32_t uid = 77;
	int32_t pid = 0;
	int fds[2];
	int fd = -1;

	(void)state;
	memset(long_path, 'x', sizeof(long_path) - 1);
	long_path[sizeof(long_path) - 1] = '\0';
	assert_int_equal(wire_connect("/nonexistent/socket", wire_now() + 100, &fd), -ENOENT);
	assert_int_equal(wire_connect(long_path, wire_now() + 100, &fd), -ENAMETOOLONG);
	assert_int_equal(fd, -1);
	pair(fds);
	assert_int_equal(wire_peer(fds[0], &uid, &pid), 0);
	assert_int_equal(uid, getuid());
	assert_int_equal(pid, getpid());
	close(fds[0]);
	close(fds[1]);
}

/* The largest of each message fits a packet. */
static void test_largest_messages(void **state)
{
	static const struct wire_layout *const layouts[] = {
		&auth_hello_layout,   &auth_answer_layout,     &auth_prompt_layout,
		&auth_notice_layout,  &auth_verdict_layout,    &record_request_layout,
		&record_reply_layout, &control_request_layout, &control_line_layout,
		&control_end_layout,  &auth_passed_layout,     &record_door_layout,
	};
	static union {
		char bytes[16384];
		uint64_t aligned;
	} message;
	struct wire_packet packet;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(layouts); i++) {
		assert_true(layouts[i]->size <= sizeof(message));
		memset(&message, 'x', sizeof(message));
		for (size_t j = 0; j < layouts[i]->n_fields; j++) {
			const struct wire_field *field = &layouts[i]->fields[j];

			if (field->kind == WIRE_STRING)
				message.bytes[field->offset + field->size - 1] = '\0';
		}
		assert_int_equal(wire_encode(layouts[i], &message, &packet), 0);
	}
}

/* The tables of the first module that there was, which the lock of a screen may still have loaded
 * after an upgrade. They are history, and never changed. */
static const struct wire_field first_hello_fields[] = {
	WIRE_FIELD_STRING(1, struct auth_hello, user, true),
	WIRE_FIELD_STRING(2, struct auth_hello, service, true),
	WIRE_FIELD_STRING(3, struct auth_hello, tty, false),
	WIRE_FIELD_STRING(4, struct auth_hello, rhost, false),
	WIRE_FIELD_STRING(5, struct auth_hello, ruser, false),
	WIRE_FIELD_STRING(6, struct auth_hello, locale, false),
	WIRE_FIELD_U32(7, struct auth_hello, flags, false),
};
static const struct wire_field first_answer_fields[] = {
	WIRE_FIELD_STRING(1, struct auth_answer, text, true),
};
static const struct wire_field first_prompt_fields[] = {
	WIRE_FIELD_U32(1, struct auth_prompt, echo, false),
	WIRE_FIELD_STRING(2, struct auth_prompt, text, true),
};
static const struct wire_field first_notice_fields[] = {
	WIRE_FIELD_U32(1, struct auth_notice, error, false),
	WIRE_FIELD_STRING(2, struct auth_notice, text, true),
};
static const struct wire_field first_verdict_fields[] = {
	WIRE_FIELD_U32(1, struct auth_verdict, verdict, true),
	WIRE_FIELD_STRING(2, struct auth_verdict, event, false),
	WIRE_FIELD_STRING(3, struct auth_verdict, text, false),
};

#define FIRST(number, name)                                                                        \
	&(const struct wire_layout)                                                                \
	{                                                                                          \
		number, first_##name##_fields, ARRAY_SIZE(first_##name##_fields),                  \
			sizeof(struct auth_##name)                                                 \
	}

static void crosses(const struct wire_layout *from, const struct wire_layout *to,
		    const void *message)
{
	static union {
		char bytes[16384];
		uint64_t aligned;
	} back;
	struct wire_packet packet;

	assert_int_equal(wire_encode(from, message, &packet), 0);
	assert_int_equal(wire_decode(to, &packet, &back), 0);
	assert_memory_equal(&back, message, to->size);
}

/* A screen that was locked before an upgrade is unlocked after it: what its module sends is taken,
 * and what it is sent by an ordinary log-in it takes. */
static void test_first_module(void **state)
{
	struct auth_hello least = {.user = "hanako", .service = "vlock"};
	struct auth_hello hello = {.user = "hanako",
				   .service = "vlock",
				   .tty = ":0",
				   .rhost = "host",
				   .ruser = "taro",
				   .locale = "ja_JP.UTF-8",
				   .flags = AUTH_SILENT};
	struct auth_answer answer = {.text = "1234"};
	struct auth_prompt prompt = {.echo = 1, .text = "PIN: "};
	struct auth_notice notice = {.error = 1, .text = "Touch the key."};
	struct auth_verdict verdict = {.verdict = 1, .event = "event", .text = "S-2101"};

	(void)state;
	crosses(FIRST(0x0101, hello), &auth_hello_layout, &least);
	crosses(FIRST(0x0101, hello), &auth_hello_layout, &hello);
	crosses(FIRST(0x0102, answer), &auth_answer_layout, &answer);
	crosses(&auth_prompt_layout, FIRST(0x0103, prompt), &prompt);
	crosses(&auth_notice_layout, FIRST(0x0104, notice), &notice);
	crosses(&auth_verdict_layout, FIRST(0x0105, verdict), &verdict);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_round_trip),   cmocka_unit_test(test_encode_refuses),
		cmocka_unit_test(test_damage),	     cmocka_unit_test(test_malformed),
		cmocka_unit_test(test_socket),	     cmocka_unit_test(test_full),
		cmocka_unit_test(test_connect),	     cmocka_unit_test(test_largest_messages),
		cmocka_unit_test(test_first_module),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
