/* When the terminal's clock was set, and when connections were closed unheard: what is told. */
#include "agent/engine/clockwatch.h"
#include "agent/engine/unheard.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#define SECOND	INT64_C(1000000)
#define HOUR	(3600 * SECOND)
#define STARTED INT64_C(1795436895000000) /* 2026-11-23T12:28:15Z */

/* The clocks as time goes by: what the watch sees, and what of it is a step. */
static void test_steps_alone(void **state)
{
	static const struct {
		const char *what;
		int64_t realtime, boottime; /* more than in the row before */
		int64_t step; /* told, 0: nothing */
	} rows[] = {
		{"nothing", 60 * SECOND, 60 * SECOND, 0},
		/* Slewed by 500 ppm for a day, both clocks are. */
		{"slewed", 24 * HOUR + 43 * SECOND, 24 * HOUR + 43 * SECOND, 0},
		/* Sleep: CLOCK_BOOTTIME goes on. */
		{"a night", 16 * HOUR, 16 * HOUR, 0},
		{"set forth", HOUR + SECOND, SECOND, HOUR},
		{"told once", SECOND, SECOND, 0},
		{"set back", -HOUR, 0, -HOUR},
		{"a second", SECOND, 0, SECOND},
		{"almost", SECOND - 1, 0, 0},
		{"it adds up", 1, 0, SECOND},
		{"to and fro", 700000, 0, 0},
		{"is nothing", -700000, 0, 0},
		{"back bit by bit", -600000, 0, 0},
		{"until it counts", -600000, 0, -1200000},
	};
	int64_t realtime = STARTED, boottime = HOUR, difference = STARTED - HOUR;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct clockwatch_step step = {};
		bool told;

		realtime += rows[i].realtime;
		boottime += rows[i].boottime;
		told = clockwatch_judge(&difference, realtime, boottime, &step);
		if (told != (rows[i].step != 0) || step.after_us - step.before_us != rows[i].step ||
		    (told && step.after_us != realtime))
			fail_msg("%s", rows[i].what);
	}
}

static void assert_fields(const struct event *event, const char *expected)
{
	char *fields = json_dumps(event->fields, JSON_COMPACT | JSON_SORT_KEYS);

	assert_string_equal(fields, expected);
	free(fields);
}

static void test_a_step_is_described(void **state)
{
	const struct clockwatch_step back = {STARTED, STARTED - HOUR}, early = {STARTED, -HOUR};
	_cleanup_event_ struct event event, other;

	(void)state;
	assert_int_equal(event_begin(&event, EVENT_CLOCK_CHANGED), 0);
	clockwatch_describe(&back, &event);
	assert_fields(&event, "{\"after\":\"2026-11-23T11:28:15.000000Z\","
			      "\"before\":\"2026-11-23T12:28:15.000000Z\","
			      "\"offset_ms\":\"-3600000\"}");
	assert_null(event_stray_field(EVENT_CLOCK_CHANGED, event.fields));
	/* A moment that can't be written is left out. */
	assert_int_equal(event_begin(&other, EVENT_CLOCK_CHANGED), 0);
	clockwatch_describe(&early, &other);
	assert_fields(&other, "{\"before\":\"2026-11-23T12:28:15.000000Z\","
			      "\"offset_ms\":\"-1795440495000\"}");
}

/* The kernel's timer is taken and says nothing of a clock that nobody sets. */
static void test_the_kernel_is_asked(void **state)
{
	struct clockwatch watch;
	struct clockwatch_step step;

	(void)state;
	assert_int_equal(clockwatch_open(&watch), 0);
	assert_true(watch.fd >= 0);
	assert_false(clockwatch_dispatch(&watch, &step));
	clockwatch_close(&watch);
	assert_int_equal(watch.fd, -1);
}

static void test_unheard_once_a_minute(void **state)
{
	struct record_counters counters = {.recorded = 5, .refused = 2}, new;
	_cleanup_event_ struct event event;
	struct unheard unheard = {.socket = "record", .interval_ms = UNHEARD_INTERVAL_MS};

	(void)state;
	/* What was answered is told to those who asked. */
	assert_false(unheard_take(&unheard, &counters, 0, &new));
	assert_int_equal(unheard_deadline(&unheard, &counters), WIRE_NO_DEADLINE);
	counters.strangers = 1;
	counters.expired = 2;
	assert_true(unheard_take(&unheard, &counters, 1000, &new));
	assert_int_equal(new.strangers, 1);
	assert_int_equal(new.expired, 2);
	assert_int_equal(new.recorded, 0);
	assert_false(unheard_take(&unheard, &counters, 1000, &new));
	counters.strangers = 4;
	counters.overflow = 7;
	counters.garbage = 9;
	counters.limited = 1;
	counters.stray = 2;
	assert_false(unheard_take(&unheard, &counters, 1000 + UNHEARD_INTERVAL_MS - 1, &new));
	assert_int_equal(unheard_deadline(&unheard, &counters), 1000 + UNHEARD_INTERVAL_MS);
	assert_true(unheard_take(&unheard, &counters, 1000 + UNHEARD_INTERVAL_MS, &new));
	assert_int_equal(event_begin(&event, EVENT_ENGINE_DROPPED), 0);
	unheard_describe(&unheard, &new, &event);
	assert_fields(
		&event,
		"{\"garbage\":\"9\",\"limited\":\"1\",\"overflow\":\"7\",\"socket\":\"record\","
		"\"strangers\":\"3\",\"stray\":\"2\"}");
	assert_null(event_stray_field(EVENT_ENGINE_DROPPED, event.fields));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_steps_alone),
		cmocka_unit_test(test_a_step_is_described),
		cmocka_unit_test(test_the_kernel_is_asked),
		cmocka_unit_test(test_unheard_once_a_minute),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
