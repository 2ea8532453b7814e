/* collector.lost and collector.back: each change once, also across restarts and while the engine is
 * away; and the words for what is wrong. */
#include "answering_fixture.h"

#include "agent/forward/absence.h"

#include "file.h"

#define LIMIT_S 10
#define LIMIT	(INT64_C(1000) * LIMIT_S)

static int teardown(void **state)
{
	const struct answering *engine = *state;

	unlinkat(engine->directory, ABSENCE_FILE, 0);
	return answering_teardown(state);
}

static const struct absence_facts facts = {
	.host = "collector.example",
	.port = "2514",
	.trouble = TROUBLE_REFUSED,
	.error = "no connection: Connection refused",
	.waiting = 42,
};

static void begin(const struct answering *engine, struct absence *absence, int64_t now)
{
	absence_begin(absence, engine->path, engine->directory, LIMIT_S, now);
}

/* One look: true if it told, or tried to. */
static bool look(struct absence *absence, bool well, int64_t now)
{
	absence_see(absence, well, now);
	if (!absence_wants(absence, now))
		return false;
	absence_tell(absence, &facts, now);
	return true;
}

static void test_each_change_once(void **state)
{
	struct answering *engine = *state;
	struct absence absence;

	begin(engine, &absence, 0);
	assert_int_equal(absence_due(&absence), LIMIT);
	assert_false(look(&absence, false, LIMIT - 1));
	assert_true(look(&absence, false, LIMIT));
	assert_string_equal(engine->last.kind, "collector.lost");
	assert_string_equal(field(engine, "reason"), "refused");
	assert_string_equal(field(engine, "collector"), "collector.example:2514");
	assert_string_equal(field(engine, "waiting"), "42");
	assert_string_equal(field(engine, "error"), facts.error);
	assert_int_equal(absence_due(&absence), INT64_MAX);
	assert_false(look(&absence, false, 100 * LIMIT));
	assert_true(look(&absence, true, 101 * LIMIT));
	assert_string_equal(engine->last.kind, "collector.back");
	assert_string_equal(field(engine, "seconds"), "0");
	assert_int_equal(absence_due(&absence), INT64_MAX);
	assert_false(look(&absence, true, 102 * LIMIT));
	assert_int_equal(engine->asked, 2);
}

/* It is idle for hours, then an event waits for an answer: that counts from now. */
static void test_idle_is_well(void **state)
{
	struct answering *engine = *state;
	struct absence absence;

	begin(engine, &absence, 0);
	assert_false(look(&absence, true, 1));
	assert_int_equal(absence_due(&absence), INT64_MAX);
	assert_false(look(&absence, false, 100 * LIMIT));
	assert_int_equal(absence_due(&absence), 101 * LIMIT);
	assert_false(look(&absence, true, 101 * LIMIT - 1));
	/* Events flow: taken, waiting, taken. */
	for (int64_t now = 101 * LIMIT; now < 120 * LIMIT; now += LIMIT / 2)
		assert_false(look(&absence, now / (LIMIT / 2) % 2, now));
	assert_int_equal(engine->asked, 0);
}

static void test_restarts(void **state)
{
	struct answering *engine = *state;
	struct absence absence;
	uint64_t since;

	begin(engine, &absence, 0);
	assert_true(look(&absence, false, LIMIT));
	since = absence.since_us;
	begin(engine, &absence, 0);
	assert_int_equal(absence.since_us, since);
	assert_false(look(&absence, false, LIMIT));
	assert_true(look(&absence, true, LIMIT + 1));
	assert_string_equal(engine->last.kind, "collector.back");
	begin(engine, &absence, 0);
	assert_false(look(&absence, true, 1));
	assert_int_equal(engine->asked, 2);
}

static void test_a_damaged_file(void **state)
{
	struct answering *engine = *state;
	struct absence absence;

	assert_int_equal(file_write_atomic(engine->directory, ABSENCE_FILE, "??", 2, 0600), 0);
	begin(engine, &absence, 0);
	assert_true(absence.lost);
	assert_true(look(&absence, true, 1));
	begin(engine, &absence, 0);
	assert_false(absence.lost);
}

/* An engine that will not record is asked once a minute, for the same event. */
static void test_the_engine_refuses(void **state)
{
	struct answering *engine = *state;
	struct absence absence;
	char id[PROTOCOL_ID_MAX];

	engine->answer = EIO;
	begin(engine, &absence, 0);
	assert_true(look(&absence, false, LIMIT));
	memcpy(id, engine->last.id, sizeof(id));
	assert_false(look(&absence, false, LIMIT + ABSENCE_AGAIN_MS - 1));
	assert_int_equal(absence_due(&absence), LIMIT + ABSENCE_AGAIN_MS);
	engine->answer = 0;
	assert_true(look(&absence, false, LIMIT + ABSENCE_AGAIN_MS));
	assert_string_equal(engine->last.id, id);
	assert_true(absence.lost);
	assert_int_equal(engine->asked, 2);
	/* Lost and back unheard: nothing is told. */
	engine->answer = 0;
	assert_true(look(&absence, true, 20 * LIMIT));
	engine->answer = EIO;
	assert_false(look(&absence, false, 21 * LIMIT));
	assert_true(look(&absence, false, 22 * LIMIT));
	engine->answer = 0;
	assert_false(look(&absence, true, 23 * LIMIT));
	assert_int_equal(absence_due(&absence), INT64_MAX);
}

/* One that is silent holds us up for half a second; what it made of the event is not known, so
 * that the end is told in any case. */
static void test_the_engine_is_silent(void **state)
{
	struct answering *engine = *state;
	struct absence absence;
	int64_t began = wire_now();

	engine->answer = ETIMEDOUT;
	begin(engine, &absence, 0);
	assert_true(look(&absence, false, LIMIT));
	/* Not for ever: the rest is the machine's, should it have other things to do. */
	assert_in_range(wire_now() - began, ABSENCE_ENGINE_MS, 60 * ABSENCE_ENGINE_MS);
	assert_false(absence.lost);
	engine->answer = 0;
	assert_true(look(&absence, true, LIMIT + 1));
	assert_string_equal(engine->last.kind, "collector.back");
	assert_int_equal(absence_due(&absence), INT64_MAX);
}

static void test_nobody_there(void **state)
{
	struct answering *engine = *state;
	struct absence absence;

	absence_begin(&absence, "/nonexistent/socket", engine->directory, LIMIT_S, 0);
	assert_true(look(&absence, false, LIMIT));
	assert_false(absence.lost || absence.in_doubt);
	assert_false(look(&absence, true, LIMIT + 1));
}

/* Each word is in the list of @path that begins with @beginning. */
static void assert_lists_words(const char *path, const char *beginning)
{
	FILE *file = fopen(path, "r");
	static char text[131072];
	const char *list, *end;

	assert_non_null(file);
	text[fread(text, 1, sizeof(text) - 1, file)] = '\0';
	fclose(file);
	list = strstr(text, beginning);
	assert_non_null(list);
	end = strstr(list, "\n.It ");
	for (int i = TROUBLE_NONE + 1; i < TROUBLE_COUNT; i++) {
		const char *at = strstr(list, trouble_words[i]);

		if (!at || at > end)
			fail_msg("not in %s: %s", path, trouble_words[i]);
	}
}

/* Each word is in the manual's list, and no two are the same. */
static void test_words(void **state)
{
	(void)state;
	assert_lists_words("docs/man/sekisho-events.5", "Of a lost collector");
	assert_lists_words("docs/man/ja/sekisho-events.5", "収集サーバーに届かないことについては");
	for (int i = TROUBLE_NONE + 1; i < TROUBLE_COUNT; i++)
		for (int j = 0; j < i; j++)
			assert_string_not_equal(trouble_words[i], trouble_words[j]);
	assert_int_equal(trouble_of_error(-ECONNREFUSED), TROUBLE_REFUSED);
	assert_int_equal(trouble_of_error(-EIO), TROUBLE_BROKEN);
	assert_int_equal(trouble_of_verification(10), TROUBLE_EXPIRED);
	assert_int_equal(trouble_of_verification(-1), TROUBLE_TLS);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, answering_setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_each_change_once),   TEST(test_idle_is_well),
		TEST(test_restarts),	       TEST(test_a_damaged_file),
		TEST(test_the_engine_refuses), TEST(test_the_engine_is_silent),
		TEST(test_nobody_there),       cmocka_unit_test(test_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
