/* What apps scan: the address, the QR code's dots, and seeds as people type them. */
#include "agent/cli/otpuri.h"
#include "agent/cli/qr.h"

#include "cleanup.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <qrencode.h>
#include <string.h>

#define SECRET "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"

static const struct otp_entry plain = {
	.user = "hanako", .otp = {.digits = 6, .seed_length = 20, .seed = "12345678901234567890"}};

static void test_address(void **state)
{
	struct otp_entry entry = plain;
	char uri[OTPURI_MAX];

	(void)state;
	assert_int_equal(otpuri_format(&entry, "t-17", uri), 0);
	assert_string_equal(uri, "otpauth://totp/t-17:hanako?secret=" SECRET "&issuer=t-17");
	entry.otp.hash = OTP_SHA512;
	entry.otp.digits = 8;
	assert_int_equal(otpuri_format(&entry, "窓口 1&x=", uri), 0);
	assert_string_equal(uri,
			    "otpauth://totp/%E7%AA%93%E5%8F%A3%201%26x%3D:hanako?secret=" SECRET
			    "&issuer=%E7%AA%93%E5%8F%A3%201%26x%3D&algorithm=SHA512&digits=8");
	entry = plain;
	entry.otp.kind = OTP_HOTP;
	entry.otp.seed_length = 16;
	assert_int_equal(otpuri_format(&entry, "t", uri), 0);
	assert_string_equal(uri, "otpauth://hotp/t:hanako?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY"
				 "&issuer=t&counter=0");
	memset(entry.user, '%', sizeof(entry.user) - 1);
	entry.otp.seed_length = 64;
	assert_int_equal(otpuri_format(&entry, "t", uri), 0);
}

static void test_too_long(void **state)
{
	char issuer[OTPURI_MAX];
	char uri[OTPURI_MAX];

	(void)state;
	memset(issuer, 'i', sizeof(issuer) - 1);
	issuer[sizeof(issuer) - 1] = '\0';
	assert_int_equal(otpuri_format(&plain, issuer, uri), -EMSGSIZE);
}

static void test_typed_seeds(void **state)
{
	static const char *const good[] = {
		SECRET,
		"gezdgnbvgy3tqojqgezdgnbvgy3tqojq",
		"GEZD GNBV GY3T QOJQ GEZD GNBV GY3T QOJQ",
		"3132333435363738393031323334353637383930",
		"31323334 35363738 39303132 33343536 37383930",
	};
	static const char *const bad[] = {
		"", "31", "GEZDGNBV", "seed 1!", SECRET "1", "313233343536373839303132333435363"};
	struct otp otp;
	char longer[200];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(good); i++) {
		otp = (struct otp){};
		assert_int_equal(otpuri_read_seed(good[i], strlen(good[i]), &otp), 0);
		assert_int_equal(otp.seed_length, 20);
		assert_memory_equal(otp.seed, plain.otp.seed, 20);
	}
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		otp = (struct otp){};
		assert_int_equal(otpuri_read_seed(bad[i], strlen(bad[i]), &otp), -EINVAL);
	}
	memset(longer, 'a', sizeof(longer));
	assert_int_equal(otpuri_read_seed(longer, 128, &otp), 0);
	assert_int_equal(otp.seed_length, 64);
	assert_int_equal(otpuri_read_seed(longer, 130, &otp), -EINVAL);
	assert_int_equal(otpuri_read_seed("\0\0", 2, &otp), -EINVAL);
}

/* Whether a dot is light, read back from the lines. Each character of a block line is one dot wide
 * and two high. */
static bool read_dot(char **lines, int x, int y, enum qr_style style)
{
	const char *at;

	if (style == QR_ASCII)
		return lines[y][2 * x] == '#' && lines[y][2 * x + 1] == '#';
	at = lines[y / 2];
	for (int i = 0; i < x; i++)
		at += *at == ' ' ? 1 : 3;
	if (strncmp(at, "█", 3) == 0)
		return true;
	return strncmp(at, y % 2 ? "▄" : "▀", 3) == 0;
}

static void check_dots(const char *text, enum qr_style style)
{
	QRcode *code = QRcode_encodeString8bit(text, 0, QR_ECLEVEL_L);
	_cleanup_free_ char *drawn = NULL;
	struct qr_extent extent;
	char *lines[200];
	char *rest;
	size_t size = 0;
	int count = 0;
	FILE *stream = open_memstream(&drawn, &size);

	assert_non_null(code);
	assert_int_equal(qr_write(stream, text, style, false), 0);
	fclose(stream);
	for (char *line = strtok_r(drawn, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest))
		lines[count++] = line;
	assert_int_equal(count, style == QR_ASCII ? code->width + 8 : (code->width + 9) / 2);
	assert_int_equal(qr_measure(text, style, &extent), 0);
	assert_int_equal(extent.lines, count);
	assert_int_equal(extent.columns, (style == QR_ASCII ? 2 : 1) * (code->width + 8));
	for (int y = 0; y < code->width + 8; y++)
		for (int x = 0; x < code->width + 8; x++) {
			bool inside =
				x >= 4 && y >= 4 && x < code->width + 4 && y < code->width + 4;
			bool dark = inside && (code->data[(y - 4) * code->width + x - 4] & 1);

			assert_int_equal(read_dot(lines, x, y, style), !dark);
		}
	QRcode_free(code);
}

static void test_dots(void **state)
{
	char uri[OTPURI_MAX];

	(void)state;
	assert_int_equal(otpuri_format(&plain, "t-17", uri), 0);
	check_dots(uri, QR_BLOCKS);
	check_dots(uri, QR_ASCII);
	check_dots("a", QR_BLOCKS);
}

static void test_colours(void **state)
{
	_cleanup_free_ char *drawn = NULL;
	size_t size = 0;
	FILE *stream = open_memstream(&drawn, &size);
	char longest[4000];

	(void)state;
	assert_int_equal(qr_write(stream, "a", QR_BLOCKS, true), 0);
	memset(longest, 'a', sizeof(longest) - 1);
	longest[sizeof(longest) - 1] = '\0';
	assert_int_equal(qr_write(stream, longest, QR_BLOCKS, true), -E2BIG);
	assert_int_equal(qr_measure(longest, QR_BLOCKS, &(struct qr_extent){}), -E2BIG);
	fclose(stream);
	assert_memory_equal(drawn, "\033[97;40m█", 11);
	assert_string_equal(drawn + size - 5, "\033[0m\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_address),	    cmocka_unit_test(test_too_long),
		cmocka_unit_test(test_typed_seeds), cmocka_unit_test(test_dots),
		cmocka_unit_test(test_colours),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
