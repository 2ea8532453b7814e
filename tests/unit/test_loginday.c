/* the day for which a log-in is asked about, and hours that meet on a day as a whole. */
#include "agent/cli/loginday.h"

#include "cleanup.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

static void test_days(void **state)
{
	static const struct {
		const char *text;
		uint32_t day;
		int minute;
	} rows[] = {
		{"2027-04-01", 20270401, -1},
		{"2027-04-01 00:00", 20270401, 0},
		{"2027-04-01T08:30", 20270401, 510},
		{"2028-02-29 23:59", 20280229, 1439},
	};
	char text[LOGINDAY_TEXT_MAX];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct roster_moment moment = {};
		struct roster_moment back = {};

		assert_int_equal(loginday_parse(rows[i].text, &moment), 0);
		assert_int_equal(moment.day, rows[i].day);
		assert_int_equal(moment.minute, rows[i].minute);
		loginday_format(moment, text);
		assert_int_equal(loginday_parse(text, &back), 0);
		assert_true(back.day == moment.day && back.minute == moment.minute);
	}
}

static void test_no_days(void **state)
{
	static const char *const rows[] = {
		"",
		"2027",
		"2027-4-1",
		"2027-02-29",
		"2027-04-31",
		"2027-04-01 ",
		"2027-04-01 24:00",
		"2027-04-01 08:60",
		"2027-04-01 8:30",
		"2027-04-01 08:30:00",
		"2027-04-01 08-30",
		"2027-04-0108:30",
		"2027-04-01Z08:30",
		"1d",
		"tomorrow",
		"1999-04-01",
	};
	struct roster_moment moment = {.day = 1};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		if (loginday_parse(rows[i], &moment) == 0 || moment.day != 1)
			fail_msg("\"%s\" is a day", rows[i]);
}

/* Against each minute of a day. */
static void test_hours_meet(void **state)
{
	static const struct roster_terms rows[] = {
		{},
		{.opens = 480, .closes = 720},
		{.opens = 720, .closes = 1080},
		{.opens = 600, .closes = 630},
		{.opens = 1320, .closes = 360},
		{.opens = 0, .closes = 1440},
		{.opens = 1439, .closes = 1440},
		{.opens = 360, .closes = 480},
		{.opens = 1080, .closes = 1320},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		for (size_t j = 0; j < ARRAY_SIZE(rows); j++) {
			bool meet = false;

			for (int minute = 0; minute < 1440; minute++)
				meet |= roster_is_open(&rows[i], minute) &&
					roster_is_open(&rows[j], minute);
			assert_int_equal(roster_hours_meet(&rows[i], &rows[j]), meet);
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_days),
		cmocka_unit_test(test_no_days),
		cmocka_unit_test(test_hours_meet),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
