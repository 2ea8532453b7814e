/* how often and when there was a substitute log-in, durable and never twice. */
#include "lock_fixture.h"

#include "agent/auth/counter.h"
#include "agent/auth/substituteplace.h"
#include "agent/auth/tally.h"
#include "agent/cli/substituted.h"

#include <errno.h>
#include <string.h>

static int leave(void **state)
{
	unlinkat(dirfd_here, TALLY_FILE, 0);
	return teardown(state);
}

static int opened(void)
{
	int fd = -1;

	assert_int_equal(counter_open(dirfd_here, TALLY_FILE, &fd), 0);
	return fd;
}

static enum failure use(const char *user, uint32_t day, uint32_t before, uint32_t *ret_count)
{
	int fd = opened();
	enum failure failure = substituteplace_use(fd, user, day, before, ret_count);

	close(fd);
	return failure;
}

static void test_counts(void **state)
{
	struct substituteplace place;
	uint32_t count = 0;
	int fd = opened();

	(void)state;
	assert_int_equal(substituteplace_peek(fd, "taro", &place), -ENOENT);
	assert_int_equal(use("taro", 20270401, 0, &count), FAILURE_NONE);
	assert_int_equal(count, 1);
	/* What was given out before the first one is used up with it. */
	assert_int_equal(use("taro", 20270401, 0, &count), FAILURE_SUBSTITUTE_USED);
	assert_int_equal(use("taro", 20270401, 1, &count), FAILURE_NONE);
	assert_int_equal(count, 2);
	assert_int_equal(use("hanako", 20270401, 0, &count), FAILURE_NONE);
	assert_int_equal(substituteplace_peek(fd, "taro", &place), 0);
	assert_true(place.day == 20270401 && place.count == 2);
	assert_int_equal(substituteplace_peek(fd, NULL, &place), 0);
	assert_true(place.day == 20270401 && place.count == 3);
	/* A new day begins anew. */
	assert_int_equal(use("taro", 20270402, 2, &count), FAILURE_SUBSTITUTE_USED);
	assert_int_equal(use("taro", 20270402, 0, &count), FAILURE_NONE);
	assert_int_equal(count, 1);
	close(fd);
}

static void test_clock_back(void **state)
{
	uint32_t count = 7;

	(void)state;
	assert_int_equal(use("taro", 20270402, 0, &count), FAILURE_NONE);
	assert_int_equal(use("taro", 20270401, 0, &count), FAILURE_SUBSTITUTE_CLOCK);
	assert_int_equal(use("hanako", 20270401, 0, &count), FAILURE_SUBSTITUTE_CLOCK);
	assert_int_equal(use("hanako", 0, 0, &count), FAILURE_SUBSTITUTE_CLOCK);
	assert_int_equal(use("hanako", 20270402, 0, &count), FAILURE_NONE);
}

/* One while the clock stood years ahead ends no substitutes for good; a reset gives nothing away.
 */
static void test_clock_was_ahead(void **state)
{
	uint32_t count = 0, day = 0;
	int fd;

	(void)state;
	assert_int_equal(use("hanako", 20270401, 0, &count), FAILURE_NONE);
	assert_int_equal(use("taro", 20370401, 0, &count), FAILURE_NONE);
	assert_int_equal(use("hanako", 20270401, 1, &count), FAILURE_SUBSTITUTE_CLOCK);
	fd = opened();
	assert_int_equal(substituteplace_reset(fd, 0, &day), 0);
	close(fd);
	fd = opened();
	assert_int_equal(substituteplace_reset(fd, 20370401, &day), 0);
	close(fd);
	assert_int_equal(use("hanako", 20270401, 1, &count), FAILURE_SUBSTITUTE_CLOCK);
	fd = opened();
	assert_int_equal(substituteplace_reset(fd, 20270401, &day), 1);
	assert_int_equal(day, 20370401);
	close(fd);
	/* What was counted on that day still is; a clock that is set back once more opens nothing.
	 */
	assert_int_equal(use("hanako", 20270401, 0, &count), FAILURE_SUBSTITUTE_USED);
	assert_int_equal(use("hanako", 20270331, 0, &count), FAILURE_SUBSTITUTE_CLOCK);
	assert_int_equal(use("hanako", 20270401, 1, &count), FAILURE_NONE);
	assert_int_equal(count, 2);
	assert_int_equal(use("taro", 20270401, 0, &count), FAILURE_NONE);
	assert_int_equal(count, 1);
}

/* Names are places of their own, also the one that is none. */
static void test_names(void **state)
{
	struct substituteplace place;
	uint32_t count = 0;
	int fd = opened();

	(void)state;
	assert_int_equal(use("", 20270401, 0, &count), FAILURE_NONE);
	assert_int_equal(substituteplace_peek(fd, "", &place), 0);
	assert_int_equal(place.count, 1);
	assert_int_equal(use("taro", 20270401, 0, &count), FAILURE_NONE);
	assert_int_equal(substituteplace_peek(fd, "", &place), 0);
	assert_int_equal(place.count, 1);
	assert_int_equal(substituteplace_peek(fd, NULL, &place), 0);
	assert_int_equal(place.count, 2);
	close(fd);
}

static void test_shown(void **state)
{
	uint32_t count = 0;
	json_t *shown;

	(void)state;
	assert_null(substituted_read(directory));
	assert_int_equal(use("taro", 20270401, 0, &count), FAILURE_NONE);
	shown = substituted_read(directory);
	assert_non_null(shown);
	assert_string_equal(json_string_value(json_object_get(shown, "day")), "2027-04-01");
	assert_int_equal(json_integer_value(json_object_get(shown, "count")), 1);
	json_decref(shown);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_counts, setup, leave),
		cmocka_unit_test_setup_teardown(test_clock_back, setup, leave),
		cmocka_unit_test_setup_teardown(test_clock_was_ahead, setup, leave),
		cmocka_unit_test_setup_teardown(test_names, setup, leave),
		cmocka_unit_test_setup_teardown(test_shown, setup, leave),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
