/* One-time codes: the RFCs' vectors, each code once, the window's edges, clocks set back,
 * resynchronisation, and what is no code at all. */
#include "agent/auth/otp.h"

#include "cleanup.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <liboath/oath.h>
#include <string.h>

#define NOW 1790000000 /* in the 20th second of its step */

/* RFC 4226 appendix D and RFC 6238 appendix B repeat these digits as the seed. */
static struct otp make(enum otp_kind kind, enum otp_hash hash, unsigned int digits)
{
	static const size_t lengths[] = {20, 32, 64};
	struct otp otp = {
		.kind = kind, .hash = hash, .digits = digits, .seed_length = lengths[hash]};

	for (size_t i = 0; i < otp.seed_length; i++)
		otp.seed[i] = (uint8_t)('0' + (i + 1) % 10);
	return otp;
}

/* By the generating half of liboath, which the code under test does not use. */
static const char *code_at(const struct otp *otp, uint64_t counter)
{
	static char codes[4][OTP_CODE_SIZE];
	static unsigned int turn;
	char *code = codes[turn++ % ARRAY_SIZE(codes)];

	assert_int_equal(oath_hotp_generate((const char *)otp->seed, otp->seed_length, counter,
					    otp->digits, false, OATH_HOTP_DYNAMIC_TRUNCATION, code),
			 OATH_OK);
	return code;
}

static void test_rfc4226(void **state)
{
	static const char *const codes[] = {"755224", "287082", "359152", "969429", "338314",
					    "254676", "287922", "162583", "399871", "520489"};
	const struct otp otp = make(OTP_HOTP, OTP_SHA1, 6);
	struct otp_state now = {};

	(void)state;
	for (uint32_t i = 0; i < ARRAY_SIZE(codes); i++) {
		assert_int_equal(otp_judge(&otp, &now, codes[i], 0, &now), OTP_ACCEPTED);
		assert_int_equal(now.next, i + 1);
		assert_int_equal(otp_judge(&otp, &now, codes[i], 0, &now), OTP_REPLAYED);
	}
}

static void test_rfc6238(void **state)
{
	static const struct {
		int64_t time;
		const char *codes[3];
	} rows[] = {
		{59, {"94287082", "46119246", "90693936"}},
		{1111111109, {"07081804", "68084774", "25091201"}},
		{1111111111, {"14050471", "67062674", "99943326"}},
		{1234567890, {"89005924", "91819424", "93441116"}},
		{2000000000, {"69279037", "90698825", "38618901"}},
		{20000000000, {"65353130", "77737706", "47863826"}},
	};

	(void)state;
	for (enum otp_hash hash = OTP_SHA1; hash <= OTP_SHA512; hash++) {
		const struct otp otp = make(OTP_TOTP, hash, 8);
		struct otp_state now = {};

		for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
			const char *code = rows[i].codes[hash];

			assert_int_equal(otp_judge(&otp, &now, code, rows[i].time, &now),
					 OTP_ACCEPTED);
			assert_int_equal(now.next, rows[i].time / OTP_STEP + 1);
			assert_int_equal(otp_judge(&otp, &now, code, rows[i].time, &now),
					 OTP_REPLAYED);
		}
	}
}

static void test_window(void **state)
{
	const struct otp otp = make(OTP_TOTP, OTP_SHA1, 6);
	const uint32_t step = NOW / OTP_STEP;

	(void)state;
	for (int away = -3; away <= 3; away++) {
		struct otp_state now = {};
		const char *code = code_at(&otp, step + (uint32_t)away);
		enum otp_verdict verdict = otp_judge(&otp, &now, code, NOW, &now);

		if (away < -1 || away > 1) {
			assert_int_equal(verdict, OTP_WRONG);
			assert_int_equal(now.next, 0);
			continue;
		}
		assert_int_equal(verdict, OTP_ACCEPTED);
		assert_int_equal(now.next, step + (uint32_t)away + 1);
	}
}

/* Not the same code again, and none older than it, whatever the window would let in. */
static void test_used_steps(void **state)
{
	const struct otp otp = make(OTP_TOTP, OTP_SHA1, 6);
	const uint32_t step = NOW / OTP_STEP;
	struct otp_state now = {.next = step + 1};

	(void)state;
	for (uint32_t i = 0; i < 2; i++)
		assert_int_equal(otp_judge(&otp, &now, code_at(&otp, step - i), NOW, &now),
				 OTP_REPLAYED);
	assert_int_equal(otp_judge(&otp, &now, code_at(&otp, step + 1), NOW, &now), OTP_ACCEPTED);
	assert_int_equal(otp_judge(&otp, &now, code_at(&otp, step), NOW, &now), OTP_REPLAYED);
}

/* Back within the window the code is a used one; further back nothing is right any more. */
static void test_clock_back(void **state)
{
	const struct otp otp = make(OTP_TOTP, OTP_SHA1, 6);
	const uint32_t step = NOW / OTP_STEP;
	struct otp_state now = {.next = step + 1};
	char used[OTP_CODE_SIZE];

	(void)state;
	memcpy(used, code_at(&otp, step), sizeof(used));
	assert_int_equal(otp_judge(&otp, &now, used, NOW - OTP_STEP, &now), OTP_REPLAYED);
	for (int64_t back = 2; back < 100000; back = back * 3) {
		int64_t then = NOW - back * OTP_STEP;
		const char *unused = code_at(&otp, (uint64_t)(then / OTP_STEP));

		assert_int_equal(otp_judge(&otp, &now, used, then, &now), OTP_CLOCK);
		assert_int_equal(otp_judge(&otp, &now, unused, then, &now), OTP_CLOCK);
		assert_int_equal(otp_resync(&otp, &now, unused,
					    code_at(&otp, (uint64_t)(then / OTP_STEP) + 1),
					    then + OTP_STEP, &now),
				 back > OTP_DRIFT_MAX + 1 ? OTP_CLOCK : OTP_WRONG);
	}
	assert_int_equal(now.next, step + 1);
	/* A token that is a step fast must not lock its owner out in the same step. */
	now.next = step + 2;
	assert_int_equal(otp_judge(&otp, &now, used, NOW, &now), OTP_REPLAYED);
	now.next = step + 3;
	assert_int_equal(otp_judge(&otp, &now, used, NOW, &now), OTP_CLOCK);
}

static void test_no_date(void **state)
{
	static const int64_t times[] = {INT64_MIN, -1, 0, 29, INT64_MAX, (int64_t)1 << 40};
	const struct otp otp = make(OTP_TOTP, OTP_SHA1, 6);
	struct otp_state now = {};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(times); i++) {
		assert_int_equal(otp_judge(&otp, &now, "123456", times[i], &now), OTP_CLOCK);
		assert_int_equal(otp_resync(&otp, &now, "123456", "123456", times[i], &now),
				 OTP_CLOCK);
	}
	now.drift = -OTP_DRIFT_MAX;
	assert_int_equal(otp_judge(&otp, &now, "123456", OTP_STEP, &now), OTP_CLOCK);
}

static void test_ahead(void **state)
{
	const struct otp otp = make(OTP_HOTP, OTP_SHA1, 6);
	struct otp_state now = {.next = 5};

	(void)state;
	assert_int_equal(otp_judge(&otp, &now, code_at(&otp, 5 + OTP_AHEAD + 1), NOW, &now),
			 OTP_WRONG);
	assert_int_equal(otp_judge(&otp, &now, code_at(&otp, 5 + OTP_AHEAD), NOW, &now),
			 OTP_ACCEPTED);
	assert_int_equal(now.next, 5 + OTP_AHEAD + 1);
	assert_int_equal(otp_judge(&otp, &now, code_at(&otp, 10), NOW, &now), OTP_REPLAYED);
	assert_int_equal(otp_judge(&otp, &now, code_at(&otp, 1), NOW, &now), OTP_WRONG);
}

static void test_resync_counter(void **state)
{
	const struct otp otp = make(OTP_HOTP, OTP_SHA1, 6);
	struct otp_state now = {.next = 5};

	(void)state;
	/* Not in a row, the wrong way round, used, too far. */
	assert_int_equal(otp_resync(&otp, &now, code_at(&otp, 50), code_at(&otp, 52), 0, &now),
			 OTP_WRONG);
	assert_int_equal(otp_resync(&otp, &now, code_at(&otp, 51), code_at(&otp, 50), 0, &now),
			 OTP_WRONG);
	assert_int_equal(otp_resync(&otp, &now, code_at(&otp, 50), code_at(&otp, 50), 0, &now),
			 OTP_WRONG);
	assert_int_equal(otp_resync(&otp, &now, code_at(&otp, 4), code_at(&otp, 5), 0, &now),
			 OTP_WRONG);
	assert_int_equal(otp_resync(&otp, &now, code_at(&otp, 106), code_at(&otp, 107), 0, &now),
			 OTP_WRONG);
	assert_int_equal(now.next, 5);
	assert_int_equal(otp_resync(&otp, &now, code_at(&otp, 105), code_at(&otp, 106), 0, &now),
			 OTP_ACCEPTED);
	assert_int_equal(now.next, 107);
	assert_int_equal(now.drift, 0);
	assert_int_equal(otp_resync(&otp, &now, code_at(&otp, 105), code_at(&otp, 106), 0, &now),
			 OTP_WRONG);
}

/* A token that was used elsewhere for years is found at its registration, and there alone. */
static void test_enrol_far_ahead(void **state)
{
	const struct otp otp = make(OTP_HOTP, OTP_SHA1, 6);
	const uint64_t far = OTP_ENROL_AHEAD;
	struct otp_state now = {};

	(void)state;
	assert_int_equal(
		otp_resync(&otp, &now, code_at(&otp, far), code_at(&otp, far + 1), 0, &now),
		OTP_WRONG);
	assert_int_equal(
		otp_enrol(&otp, &now, code_at(&otp, far + 1), code_at(&otp, far + 2), 0, &now),
		OTP_WRONG);
	assert_int_equal(otp_enrol(&otp, &now, code_at(&otp, far), code_at(&otp, far + 2), 0, &now),
			 OTP_WRONG);
	assert_int_equal(otp_enrol(&otp, &now, code_at(&otp, far), code_at(&otp, far + 1), 0, &now),
			 OTP_ACCEPTED);
	assert_int_equal(now.next, far + 2);
}

static void test_resync_clock(void **state)
{
	const struct otp otp = make(OTP_TOTP, OTP_SHA1, 6);
	const int64_t step = NOW / OTP_STEP;

	(void)state;
	for (int64_t drift = -OTP_DRIFT_MAX - 1; drift <= OTP_DRIFT_MAX + 1; drift++) {
		struct otp_state now = {.next = 1000};
		const char *first = code_at(&otp, (uint64_t)(step + drift - 1));
		const char *second = code_at(&otp, (uint64_t)(step + drift));
		enum otp_verdict verdict = otp_resync(&otp, &now, first, second, NOW, &now);

		if (drift < -OTP_DRIFT_MAX || drift > OTP_DRIFT_MAX) {
			assert_int_equal(verdict, OTP_WRONG);
			continue;
		}
		assert_int_equal(verdict, OTP_ACCEPTED);
		assert_int_equal(now.drift, drift);
		assert_int_equal(now.next, step + drift + 1);
		/* Both are used now; the next one is good by the token's clock. */
		assert_int_equal(otp_judge(&otp, &now, first, NOW, &now), OTP_REPLAYED);
		assert_int_equal(otp_judge(&otp, &now, second, NOW, &now), OTP_REPLAYED);
		assert_int_equal(otp_judge(&otp, &now, code_at(&otp, (uint64_t)(step + drift + 1)),
					   NOW + OTP_STEP, &now),
				 OTP_ACCEPTED);
		assert_int_equal(now.drift, drift);
		assert_int_equal(otp_resync(&otp, &now, first, second, NOW, &now), OTP_WRONG);
	}
}

static void test_hostile_codes(void **state)
{
	static const char *const codes[] = {
		"",	   "1",
		"75522",   "7552244",
		"755 224", "75522a",
		"-55224",  "+55224",
		"75522\n", " 75522",
		"755224 ", "75522.",
		"%s%s%s",  "\xff\xff\xff\xff\xff\xff",
	};
	const struct otp otp = make(OTP_HOTP, OTP_SHA1, 6);
	struct otp_state now = {};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(codes); i++) {
		assert_int_equal(otp_judge(&otp, &now, codes[i], NOW, &now), OTP_WRONG);
		assert_int_equal(otp_resync(&otp, &now, "755224", codes[i], NOW, &now), OTP_WRONG);
		assert_int_equal(otp_resync(&otp, &now, codes[i], "287082", NOW, &now), OTP_WRONG);
	}
	assert_int_equal(now.next, 0);
}

static void refuse(struct otp otp, struct otp_state now)
{
	const struct otp_state before = now;

	assert_int_equal(otp_judge(&otp, &now, "755224", NOW, &now), OTP_BROKEN);
	assert_int_equal(otp_resync(&otp, &now, "755224", "287082", NOW, &now), OTP_BROKEN);
	assert_int_equal(now.next, before.next);
}

static void test_unusable(void **state)
{
	struct otp otp = make(OTP_HOTP, OTP_SHA1, 6);
	struct otp_state now = {};

	(void)state;
	refuse((struct otp){}, now);
	otp.digits = 5;
	refuse(otp, now);
	otp.digits = 9;
	refuse(otp, now);
	otp.digits = 6;
	otp.seed_length = OTP_SEED_MIN - 1;
	refuse(otp, now);
	otp.seed_length = OTP_SEED_MAX + 1;
	refuse(otp, now);
	otp = make(OTP_HOTP, OTP_SHA256, 6);
	refuse(otp, now);
	otp = make(OTP_TOTP, OTP_SHA1, 6);
	otp.kind = (enum otp_kind)7;
	refuse(otp, now);
	otp = make(OTP_TOTP, OTP_SHA1, 6);
	otp.hash = (enum otp_hash)7;
	refuse(otp, now);
	/* At the end of the counter no code is good again from the beginning. */
	otp = make(OTP_HOTP, OTP_SHA1, 6);
	now.next = UINT32_MAX;
	refuse(otp, now);
	otp.kind = OTP_TOTP;
	now = (struct otp_state){.drift = OTP_DRIFT_MAX + 1};
	refuse(otp, now);
	now.drift = INT8_MIN;
	refuse(otp, now);
}

static void test_typed(void **state)
{
	static const struct {
		const char *typed;
		const char *code; /* NULL: none */
	} rows[] = {
		{"123456", "123456"},
		{"12345678", "12345678"},
		{" 123 456 ", "123456"},
		{"１２３４５６", "123456"},
		{"1２3 ４5６７", "1234567"},
		{"", NULL},
		{"      ", NULL},
		{"12345", NULL},
		{"123456789", NULL},
		{"12345x", NULL},
		{"123456\n", NULL},
		{"123\t456", NULL},
		{"\xef\xbc", NULL},
		{"12345\xef\xbc", NULL},
		{"12345\xef\xbc\x9a", NULL},
		{"12345\xef\xbc\x8f", NULL},
		{"\b\n\r\177INCORRECT", NULL},
	};
	char code[OTP_CODE_SIZE];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		int r = otp_read(rows[i].typed, strlen(rows[i].typed), code);

		assert_int_equal(r, rows[i].code ? 0 : -EINVAL);
		if (rows[i].code)
			assert_string_equal(code, rows[i].code);
	}
	assert_int_equal(otp_read("123456\0", 7, code), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rfc4226),		cmocka_unit_test(test_rfc6238),
		cmocka_unit_test(test_window),		cmocka_unit_test(test_used_steps),
		cmocka_unit_test(test_clock_back),	cmocka_unit_test(test_no_date),
		cmocka_unit_test(test_ahead),		cmocka_unit_test(test_resync_counter),
		cmocka_unit_test(test_enrol_far_ahead), cmocka_unit_test(test_resync_clock),
		cmocka_unit_test(test_hostile_codes),	cmocka_unit_test(test_unusable),
		cmocka_unit_test(test_typed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
