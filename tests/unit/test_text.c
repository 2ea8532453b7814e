/* Escaping, numbers, hexadecimal, secrets: the small pure parts of lib/. */
#include "cleanup.h"
#include "escape.h"
#include "number.h"
#include "secret.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <string.h>

static void test_escape(void **state)
{
	static const struct {
		const char *in;
		const char *out;
	} rows[] = {
		{"", ""},
		{"USB Stick", "USB Stick"},
		{"関所", "関所"},
		{"a\nb\tc", "a\\x0ab\\x09c"},
		{"back\\slash", "back\\x5cslash"},
		{"\x1b[31m", "\\x1b[31m"},
		{"\x7f", "\\x7f"},
		{"\xc2\x9b", "\\xc2\\x9b"}, /* C1: CSI */
		{"\xe2\x80\xae", "\\xe2\\x80\\xae"}, /* right-to-left override */
		{"\xef\xbb\xbf", "\\xef\\xbb\\xbf"}, /* byte order mark */
		{"\xc0\xaf", "\\xc0\\xaf"}, /* overlong */
		{"\xed\xa0\x80", "\\xed\\xa0\\x80"}, /* surrogate */
		{"\xf4\x90\x80\x80", "\\xf4\\x90\\x80\\x80"}, /* beyond U+10FFFF */
		{"\xe9\x96", "\\xe9\\x96"}, /* cut short */
	};
	char out[64];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		escape_text(rows[i].in, strlen(rows[i].in), out, sizeof(out));
		assert_string_equal(out, rows[i].out);
	}
	escape_text("a\0b", 3, out, sizeof(out));
	assert_string_equal(out, "a\\x00b");
}

static void test_escape_cuts_between_characters(void **state)
{
	char out[16];
	char text[64];

	(void)state;
	/* Whatever the length, the output fits, is well-formed and is the whole or ends in dots. */
	for (size_t length = 0; length <= 60; length++) {
		for (size_t size = 5; size <= sizeof(out); size++) {
			size_t written, at = 0;

			for (size_t i = 0; i < length; i++)
				text[i] = "\xe9\x96\xa2"[i % 3];
			memset(out, 'Z', sizeof(out));
			written = escape_text(text, length, out, size);
			assert_true(written < size);
			assert_int_equal(out[written], '\0');
			while (at < written) {
				unsigned int point;
				size_t count = utf8_sequence(out + at, written - at, &point);

				assert_true(count > 0);
				at += count;
			}
		}
	}
	assert_int_equal(escape_text("12345678", 8, out, 9), 8);
	assert_string_equal(out, "12345678");
	assert_int_equal(escape_text("123456789", 9, out, 9), 8);
	assert_string_equal(out, "12345...");
}

/* A line that is put together piece by piece has little room left for its last one. */
static void test_escape_stays_within_little_room(void **state)
{
	char out[8];

	(void)state;
	for (size_t size = 1; size < 5; size++) {
		memset(out, 'Z', sizeof(out));
		assert_true(escape_text("a\\bc", 4, out, size) < size);
		assert_non_null(memchr(out, '\0', size));
		for (size_t i = size; i < sizeof(out); i++)
			assert_int_equal(out[i], 'Z');
	}
}

static void test_escape_is_undone(void **state)
{
	static const char *const texts[] = {"",
					    "hanako",
					    "CITY\\hanako",
					    "\\x41",
					    "\\\\x",
					    "a\nb\x7f\xc0",
					    "\xe9\x96\xa2\xe6\x89\x80"};
	char out[64];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		escape_text(texts[i], strlen(texts[i]), out, sizeof(out));
		escape_undo(out);
		assert_string_equal(out, texts[i]);
	}
	/* What nobody escaped. */
	memcpy(out, "\\x4", sizeof("\\x4"));
	escape_undo(out);
	assert_string_equal(out, "\\x4");
	memcpy(out, "a\\x00b", sizeof("a\\x00b"));
	escape_undo(out);
	assert_string_equal(out, "a\\x00b");
}

static void test_number(void **state)
{
	uint64_t value = 77;

	(void)state;
	assert_int_equal(number_parse("0", 0, 10, &value), 0);
	assert_int_equal(value, 0);
	assert_int_equal(number_parse("18446744073709551615", 0, UINT64_MAX, &value), 0);
	assert_true(value == UINT64_MAX);
	assert_int_equal(number_parse("18446744073709551616", 0, UINT64_MAX, &value), -ERANGE);
	assert_int_equal(number_parse("11", 0, 10, &value), -ERANGE);
	assert_int_equal(number_parse("1", 2, 10, &value), -ERANGE);
	assert_int_equal(number_parse("", 0, 10, &value), -EINVAL);
	assert_int_equal(number_parse("-1", 0, 10, &value), -EINVAL);
	assert_int_equal(number_parse("+1", 0, 10, &value), -EINVAL);
	assert_int_equal(number_parse(" 1", 0, 10, &value), -EINVAL);
	assert_int_equal(number_parse("1 ", 0, 10, &value), -EINVAL);
	assert_int_equal(number_parse("0x1", 0, 10, &value), -EINVAL);
	assert_true(value == UINT64_MAX); /* untouched by failures */
}

static void test_hex(void **state)
{
	uint8_t bytes[4] = {0x00, 0xff, 0x1a, 0x0b};
	uint8_t back[4];
	char text[9];
	size_t length = 99;

	(void)state;
	hex_format(bytes, 4, text);
	assert_string_equal(text, "00ff1a0b");
	assert_int_equal(hex_parse("00FF1a0B", back, 4, &length), 0);
	assert_int_equal(length, 4);
	assert_memory_equal(bytes, back, 4);
	assert_int_equal(hex_parse("", back, 4, &length), 0);
	assert_int_equal(length, 0);
	assert_int_equal(hex_parse("0", back, 4, &length), -EINVAL);
	assert_int_equal(hex_parse("0g", back, 4, &length), -EINVAL);
	assert_int_equal(hex_parse("0011223344", back, 4, &length), -EMSGSIZE);
	assert_int_equal(hex_parse_exactly("00FF1a0B", back, 4), 0);
	assert_int_equal(hex_parse_exactly("00ff1a", back, 4), -EINVAL);
	assert_int_equal(hex_parse_exactly("00ff1a0b0c", back, 4), -EINVAL);
	assert_int_equal(hex_parse_exactly("", back, 4), -EINVAL);
}

static void test_secret(void **state)
{
	struct secret secret = {};
	static const struct secret empty;
	char large[SECRET_MAX + 1];

	(void)state;
	assert_int_equal(secret_set(&secret, "1234", 4), 0);
	assert_string_equal(secret.bytes, "1234");
	assert_int_equal(secret.length, 4);
	memset(large, 'x', sizeof(large));
	assert_int_equal(secret_set(&secret, large, sizeof(large)), -EMSGSIZE);
	assert_memory_equal(&secret, &empty, sizeof(secret));
	assert_int_equal(secret_set(&secret, large, SECRET_MAX), 0);
	secret_wipe(&secret);
	assert_memory_equal(&secret, &empty, sizeof(secret));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_escape),
		cmocka_unit_test(test_escape_cuts_between_characters),
		cmocka_unit_test(test_escape_stays_within_little_room),
		cmocka_unit_test(test_escape_is_undone),
		cmocka_unit_test(test_number),
		cmocka_unit_test(test_hex),
		cmocka_unit_test(test_secret),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
