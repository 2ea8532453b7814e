/* clock.differs and clock.agrees: at the first comparison, then each change, once an hour at most.
 */
#include "answering_fixture.h"

#include "agent/forward/clocks.h"

#include "cleanup.h"

static const struct collector server = {.host = "collector.example", .port = "443"};

static void begin(const struct answering *engine, struct clocks *clocks)
{
	clocks_begin(clocks, engine->path);
}

static void test_each_change_once(void **state)
{
	static const struct {
		int64_t ahead;
		const char *kind; /* NULL: nothing is told */
	} looks[] = {
		{0, "clock.agrees"},   {60, NULL},	     {-60, NULL},
		{61, "clock.differs"}, {31, NULL},	     {-31, NULL},
		{999, NULL},	       {30, "clock.agrees"}, {-61, "clock.differs"},
		{-30, "clock.agrees"},
	};
	struct answering *engine = *state;
	struct clocks clocks;
	unsigned int told = 0;
	char text[24];

	begin(engine, &clocks);
	for (size_t i = 0; i < ARRAY_SIZE(looks); i++) {
		clocks_compare(&clocks, &server, looks[i].ahead, (int64_t)i * CLOCKS_PAUSE_MS);
		if (looks[i].kind) {
			told++;
			assert_string_equal(engine->last.kind, looks[i].kind);
			assert_string_equal(field(engine, "collector"), "collector.example:443");
			snprintf(text, sizeof(text), "%" PRId64, looks[i].ahead);
			assert_string_equal(field(engine, "ahead"), text);
		}
		assert_int_equal(engine->asked, told);
	}
}

/* What went to and fro within the hour is told as it is then. */
static void test_once_an_hour(void **state)
{
	struct answering *engine = *state;
	struct clocks clocks;

	begin(engine, &clocks);
	clocks_compare(&clocks, &server, 3600, 1000);
	assert_string_equal(engine->last.kind, "clock.differs");
	clocks_compare(&clocks, &server, 0, 2000);
	clocks_compare(&clocks, &server, -3600, 3000);
	clocks_compare(&clocks, &server, 0, 1000 + CLOCKS_PAUSE_MS - 1);
	assert_int_equal(engine->asked, 1);
	clocks_compare(&clocks, &server, 1, 1000 + CLOCKS_PAUSE_MS);
	assert_string_equal(engine->last.kind, "clock.agrees");
	assert_int_equal(engine->asked, 2);
}

static void test_what_is_not_taken_is_told_later(void **state)
{
	struct answering *engine = *state;
	struct clocks clocks;

	begin(engine, &clocks);
	engine->answer = EBUSY;
	clocks_compare(&clocks, &server, 90, 0);
	clocks_compare(&clocks, &server, 91, 1);
	assert_int_equal(engine->asked, 2);
	engine->answer = 0;
	clocks_compare(&clocks, &server, 92, 2);
	clocks_compare(&clocks, &server, 93, CLOCKS_PAUSE_MS + 2);
	assert_int_equal(engine->asked, 3);
	assert_string_equal(field(engine, "ahead"), "92");
	/* Nor by no engine at all. */
	clocks_begin(&clocks, "/nowhere/socket");
	clocks_compare(&clocks, &server, 90, 0);
	assert_false(clocks.compared);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_each_change_once, answering_setup,
						answering_teardown),
		cmocka_unit_test_setup_teardown(test_once_an_hour, answering_setup,
						answering_teardown),
		cmocka_unit_test_setup_teardown(test_what_is_not_taken_is_told_later,
						answering_setup, answering_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
