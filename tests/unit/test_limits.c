/* Who may hold how many connections: one user's flood never takes another's place, or root's. */
#include "agent/auth/limits.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#define NOBODY 65534u

static void test_open_at_once(void **state)
{
	struct limits limits = {};

	(void)state;
	for (int i = 0; i < LIMITS_PER_USER; i++)
		assert_true(limits_admit(&limits, NOBODY, 1000));
	assert_false(limits_admit(&limits, NOBODY, 1000));
	assert_int_equal(limits.refused, 1);
	limits_release(&limits, NOBODY);
	assert_true(limits_admit(&limits, NOBODY, 1000));
	assert_false(limits_admit(&limits, NOBODY, 1000));
}

/* su and sudo take the places of whoever started them. */
static void test_owner(void **state)
{
	(void)state;
	assert_int_equal(limits_owner(1000, LIMITS_NO_LOGIN), 1000);
	assert_int_equal(limits_owner(1000, 1001), 1000);
	assert_int_equal(limits_owner(0, LIMITS_NO_LOGIN), 0);
	assert_int_equal(limits_owner(0, 0), 0);
	assert_int_equal(limits_owner(0, 1000), 1000);
}

static void test_rate(void **state)
{
	struct limits limits = {};
	unsigned int admitted = 0;
	int64_t now = 5000;

	(void)state;
	/* 2,000 in a second, each closed at once. */
	for (int i = 0; i < 2000; i++) {
		if (limits_admit(&limits, NOBODY, now + i / 2)) {
			admitted++;
			limits_release(&limits, NOBODY);
		}
	}
	assert_in_range(admitted, LIMITS_BURST, LIMITS_BURST + 2);
	/* Meanwhile another one, and root, are let in. */
	assert_true(limits_admit(&limits, 1000, now + 1000));
	assert_true(limits_admit(&limits, 0, now + 1000));
	/* The allowance comes back with time, up to the burst and no further. */
	now += 3600000;
	admitted = 0;
	for (int i = 0; i < 100; i++) {
		if (limits_admit(&limits, NOBODY, now)) {
			admitted++;
			limits_release(&limits, NOBODY);
		}
	}
	assert_int_equal(admitted, LIMITS_BURST);
}

static void test_all_users_together(void **state)
{
	struct limits limits = {};
	unsigned int admitted = 0;

	(void)state;
	for (uint32_t uid = 1000; uid < 1100; uid++)
		for (int i = 0; i < 3; i++)
			admitted += limits_admit(&limits, uid, 1);
	assert_int_equal(admitted, LIMITS_USERS);
	/* Root has places of its own. */
	for (int i = 0; i < LIMITS_ROOT; i++)
		assert_true(limits_admit(&limits, 0, 1));
	assert_false(limits_admit(&limits, 0, 1));
	limits_release(&limits, 0);
	assert_true(limits_admit(&limits, 0, 1));
}

/* More users than are remembered: the newest are refused, the table stays whole. */
static void test_many_users(void **state)
{
	struct limits limits = {};
	unsigned int admitted = 0;

	(void)state;
	for (uint32_t uid = 1; uid <= 2 * LIMITS_KNOWN; uid++) {
		if (limits_admit(&limits, uid, 1)) {
			admitted++;
			limits_release(&limits, uid);
		}
	}
	assert_int_equal(admitted, LIMITS_KNOWN);
	assert_true(limits_admit(&limits, 1, 1));
	assert_true(limits_admit(&limits, 9999, 1 + LIMITS_INTERVAL_MS));
	assert_int_equal(limits.users_open, 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_open_at_once), cmocka_unit_test(test_rate),
		cmocka_unit_test(test_owner),	     cmocka_unit_test(test_all_users_together),
		cmocka_unit_test(test_many_users),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
