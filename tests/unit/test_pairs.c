/* what is a pair of two kinds of factors, and what two sections accept together. */
#include "agent/auth/pairs.h"

#include "cleanup.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <string.h>

static void test_A13_pairs(void **state)
{
	static const struct {
		const char *list, *text;
		bool verified;
	} good[] = {
		{"key", "key", false},
		{"otp", "otp", false},
		{"password+key", "key", false},
		{"key+password", "key", false},
		{"password+otp", "otp", false},
		{"key+pin", "key", true},
		{"pin+key", "key", true},
		{"key, otp", "key otp", false},
		{"otp key", "otp key", false},
		{"otp,key", "otp key", false},
		{"password+otp, key+pin", "otp key", true},
		{"key+pin, password+otp", "key otp", true},
		/* What asks for less is enough. */
		{"key+pin, password+key", "key", false},
		{"password+key key+pin", "key", false},
		{"key+pin key+pin", "key", true},
		{" , otp ,, otp ", "otp", false},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(good); i++) {
		char wrong[PAIRS_REASON], text[PAIRS_TEXT];
		struct pairs pairs = {};

		if (pairs_parse(good[i].list, &pairs, wrong) < 0)
			fail_msg("%s: %s", good[i].list, wrong);
		pairs_text(&pairs, text);
		assert_string_equal(text, good[i].text);
		assert_int_equal(pairs.verified, good[i].verified);
	}
}

static void test_A13_one_kind(void **state)
{
	static const struct {
		const char *list, *wrong;
	} bad[] = {
		{"key+otp", "\"key+otp\" are two things one has"},
		{"otp+key", "\"otp+key\" are two things one has"},
		{"key+key", "two things one has"},
		{"otp+otp", "two things one has"},
		{"password+pin", "two things one knows"},
		{"pin+password", "two things one knows"},
		{"password+password", "two things one knows"},
		{"finger+finger", "two things one is"},
		{"key, key+otp", "\"key+otp\" are two things one has"},
		{"otp+pin", "can't be asked for"},
		{"password+finger", "can't be asked for"},
		{"key+finger", "can't be asked for"},
		{"pin", "neither key nor otp"},
		{"password", "neither key nor otp"},
		{"sms", "\"sms\" is neither key nor otp"},
		{"key+", "is no pair"},
		{"+key", "is no pair"},
		{"+", "is no pair"},
		{"key+pin+password", "is no pair"},
		{"key+sms", "is no pair"},
		{"Key", "neither key nor otp"},
		{"", "must name"},
		{" , ", "must name"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		struct pairs pairs = {.key = true, .otp = true};
		char wrong[PAIRS_REASON];

		assert_int_equal(pairs_parse(bad[i].list, &pairs, wrong), -EINVAL);
		if (!strstr(wrong, bad[i].wrong))
			fail_msg("%s: %s", bad[i].list, wrong);
		/* Written on success alone. */
		assert_true(pairs.key && pairs.otp);
	}
}

static bool same(const struct pairs *left, const struct pairs *right)
{
	return left->key == right->key && left->otp == right->otp &&
	       left->verified == right->verified && left->otp_first == right->otp_first;
}

/* Every list that can be written, against every other: nothing is accepted that one of them does
 * not accept, and nothing asks for less than one of them. */
static void test_meet(void **state)
{
	static const char *const lists[] = {"key",     "otp",	      "key otp",    "otp key",
					    "key+pin", "key+pin otp", "otp key+pin"};
	struct pairs all[ARRAY_SIZE(lists)];
	char wrong[PAIRS_REASON];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(lists); i++)
		assert_int_equal(pairs_parse(lists[i], &all[i], wrong), 0);
	for (size_t i = 0; i < ARRAY_SIZE(lists); i++)
		for (size_t j = 0; j < ARRAY_SIZE(lists); j++) {
			struct pairs both = pairs_meet(&all[i], &all[j]);
			struct pairs back = pairs_meet(&all[j], &all[i]);
			struct pairs again = pairs_meet(&both, &all[i]);

			assert_int_equal(both.key, all[i].key && all[j].key);
			assert_int_equal(both.otp, all[i].otp && all[j].otp);
			assert_int_equal(both.verified,
					 both.key && (all[i].verified || all[j].verified));
			assert_int_equal(both.otp_first, both.key && both.otp && all[i].otp_first &&
								 all[j].otp_first);
			assert_true(same(&both, &back));
			assert_true(same(&both, &again));
			for (size_t k = 0; k < ARRAY_SIZE(lists); k++) {
				struct pairs right = pairs_meet(&all[j], &all[k]);
				struct pairs one = pairs_meet(&both, &all[k]);
				struct pairs other = pairs_meet(&all[i], &right);

				assert_true(same(&one, &other));
			}
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_A13_pairs),
		cmocka_unit_test(test_A13_one_kind),
		cmocka_unit_test(test_meet),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
