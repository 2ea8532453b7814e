/* Which events are known to have been chained. */
#include "agent/engine/recent.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>

static uint64_t find(const struct recent *recent, const char *kind, unsigned int number,
		     uint32_t late)
{
	struct record_request request = {.late = late};

	snprintf(request.kind, sizeof(request.kind), "%s", kind);
	snprintf(request.id, sizeof(request.id), "event-%u", number);
	return recent_find(recent, &request);
}

static void note(struct recent *recent, const char *kind, unsigned int number)
{
	struct record_request request = {};

	snprintf(request.kind, sizeof(request.kind), "%s", kind);
	snprintf(request.id, sizeof(request.id), "event-%u", number);
	recent_note(recent, &request, number + 1000);
}

static void test_kind_and_id(void **state)
{
	static struct recent recent;

	(void)state;
	assert_int_equal(find(&recent, "login.granted", 1, 1), 0);
	assert_int_equal(find(&recent, "", 0, 1), 0);
	note(&recent, "login.granted", 1);
	assert_int_equal(find(&recent, "login.granted", 1, 1), 1001);
	assert_int_equal(find(&recent, "login.granted", 2, 1), 0);
	assert_int_equal(find(&recent, "login.refused", 1, 1), 0);
	/* Not out of a spool: its sender never told it before. */
	assert_int_equal(find(&recent, "login.granted", 1, 0), 0);
}

static void test_only_the_last(void **state)
{
	static struct recent recent;

	(void)state;
	for (unsigned int i = 0; i < RECENT_EVENTS + 3; i++)
		note(&recent, "login.granted", i);
	for (unsigned int i = 0; i < RECENT_EVENTS + 3; i++)
		assert_int_equal(find(&recent, "login.granted", i, 1), i < 3 ? 0 : i + 1000);
	recent_forget(&recent);
	for (unsigned int i = 0; i < RECENT_EVENTS + 3; i++)
		assert_int_equal(find(&recent, "login.granted", i, 1), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_kind_and_id),
		cmocka_unit_test(test_only_the_last),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
