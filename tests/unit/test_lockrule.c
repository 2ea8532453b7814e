/* how long is waited after wrong answers, row by row; the clock that measures it. */
#include "agent/auth/limits.h"
#include "agent/auth/lockclock.h"
#include "agent/auth/lockrule.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#define HOUR	3600000
#define ROW_END 99

/* The whole wait after each count, in seconds. */
static void assert_waits(const struct lockrule *rule, const uint32_t rows[][2])
{
	for (; (*rows)[0] != ROW_END; rows++) {
		const int64_t wait = (int64_t)(*rows)[1] * 1000;

		assert_int_equal(lockrule_wait(rule, (*rows)[0], 0), wait);
		assert_int_equal(lockrule_wait(rule, (*rows)[0], wait), 0);
		if (wait > 0) {
			assert_int_equal(lockrule_wait(rule, (*rows)[0], wait - 1), 1);
			assert_int_equal(lockrule_wait(rule, (*rows)[0], 1000), wait - 1000);
		}
	}
}

static void test_name(void **state)
{
	static const uint32_t rows[][2] = {
		{0, 0},	  {1, 0},    {4, 0},	{5, 30},   {6, 60},   {7, 120},	    {8, 240},
		{9, 480}, {10, 900}, {11, 900}, {20, 900}, {80, 900}, {ROW_END, 0},
	};
	const struct lockrule rule = lockrule_user(5, 15, LOCKRULE_DOOR, "hanako");

	(void)state;
	assert_waits(&rule, rows);
	assert_int_equal(lockrule_wait(&rule, LOCKRULE_COUNT_MAX, 0), 900000);
}

static void test_configured(void **state)
{
	static const uint32_t rows[][2] = {{0, 0}, {1, 30}, {2, 60}, {3, 60}, {ROW_END, 0}};
	const struct lockrule rule = lockrule_user(1, 1, LOCKRULE_AFAR, "hanako");

	(void)state;
	assert_waits(&rule, rows);
}

static void test_terminal(void **state)
{
	static const uint32_t rows[][2] = {{0, 0},   {19, 0},  {20, 5},	 {21, 10},    {22, 20},
					   {23, 40}, {24, 60}, {90, 60}, {ROW_END, 0}};
	const struct lockrule rule = lockrule_terminal(5, LOCKRULE_DOOR, "hanako");

	(void)state;
	assert_waits(&rule, rows);
}

/* At the doors, and there alone, root waits a minute at most, and never for others. */
static void test_root(void **state)
{
	static const uint32_t rows[][2] = {{4, 0}, {5, 30}, {6, 60}, {50, 60}, {ROW_END, 0}};
	struct lockrule rule = lockrule_user(5, 15, LOCKRULE_DOOR, "root");

	(void)state;
	assert_waits(&rule, rows);
	rule = lockrule_terminal(5, LOCKRULE_DOOR, "root");
	assert_int_equal(lockrule_wait(&rule, LOCKRULE_COUNT_MAX, 0), 0);
	for (int origin = LOCKRULE_AFAR; origin < LOCKRULE_ORIGINS; origin++) {
		rule = lockrule_user(5, 15, (enum lockrule_origin)origin, "root");
		assert_int_equal(lockrule_wait(&rule, 20, 0), 900000);
		rule = lockrule_terminal(5, (enum lockrule_origin)origin, "root");
		assert_int_equal(lockrule_wait(&rule, 50, 0), 60000);
	}
}

static void test_forgotten(void **state)
{
	const struct lockrule rule = lockrule_user(5, 15, LOCKRULE_DOOR, "hanako");
	const struct lockrule terminal = lockrule_terminal(5, LOCKRULE_DOOR, "hanako");

	(void)state;
	assert_int_equal(lockrule_count(&rule, 7, 0), 7);
	assert_int_equal(lockrule_count(&rule, 7, HOUR - 1), 7);
	assert_int_equal(lockrule_count(&rule, 7, HOUR), 6);
	assert_int_equal(lockrule_count(&rule, 7, 6 * HOUR), 1);
	assert_int_equal(lockrule_count(&rule, 7, 7 * HOUR), 0);
	assert_int_equal(lockrule_count(&rule, 7, INT64_MAX), 0);
	assert_int_equal(lockrule_count(&rule, 0, HOUR), 0);
	assert_int_equal(lockrule_count(&terminal, 20, HOUR), 14);
}

/* No wait, of any setting, lasts until something of it is forgotten. */
static void test_wait_before_forgetting(void **state)
{
	(void)state;
	for (uint32_t minutes = 1; minutes <= 60; minutes++) {
		const struct lockrule rule = lockrule_user(1, minutes, LOCKRULE_DOOR, "hanako");

		assert_true(lockrule_wait(&rule, LOCKRULE_COUNT_MAX, 0) <=
			    (int64_t)rule.forget * 1000);
	}
	assert_true(LOCKRULE_TERMINAL_LONGEST < LOCKRULE_TERMINAL_FORGET);
}

static void test_origin(void **state)
{
	(void)state;
	assert_int_equal(lockrule_origin(false, LIMITS_NO_LOGIN), LOCKRULE_DOOR);
	assert_int_equal(lockrule_origin(false, 0), LOCKRULE_SESSION);
	assert_int_equal(lockrule_origin(false, 1000), LOCKRULE_SESSION);
	assert_int_equal(lockrule_origin(true, LIMITS_NO_LOGIN), LOCKRULE_AFAR);
	assert_int_equal(lockrule_origin(true, 1000), LOCKRULE_AFAR);
}

/* Of all lives of a machine: what is told is never more than what passed. */
static void test_passed(void **state)
{
	(void)state;
	assert_int_equal(lockclock_passed(1000, 1000), 0);
	assert_int_equal(lockclock_passed(1000, 61000), 60000);
	/* A restart: it has run for as long as the new reading at least. */
	assert_int_equal(lockclock_passed(61000, 5000), 5000);
	for (int64_t off_at = 0; off_at < 50; off_at++)
		for (int64_t noted = 0; noted <= off_at; noted++)
			for (int64_t now = 0; now < 50; now++)
				assert_true(lockclock_passed(noted, now) <= off_at - noted + now);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_name),	  cmocka_unit_test(test_configured),
		cmocka_unit_test(test_terminal),  cmocka_unit_test(test_root),
		cmocka_unit_test(test_forgotten), cmocka_unit_test(test_wait_before_forgetting),
		cmocka_unit_test(test_origin),	  cmocka_unit_test(test_passed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
