/* What is typed in answer to a challenge, report by report. */
#include "agent/challenge/answer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define CODE "130456"

/* Presses and lets go, as a person does; '<' is Backspace, '\n' Enter, '!' Escape, letters are
 * others. */
static uint8_t usage_of(char key)
{
	if (key >= '1' && key <= '9')
		return (uint8_t)(0x1e + key - '1');
	if (key >= 'a' && key <= 'z')
		return (uint8_t)(0x04 + key - 'a');
	return key == '0' ? 0x27 : key == '\n' ? 0x28 : key == '!' ? 0x29 : 0x2a;
}

static enum answer_state type(struct answer *answer, const char *keys)
{
	enum answer_state state = ANSWER_MORE;
	uint8_t report[ANSWER_REPORT] = {};

	for (; *keys; keys++) {
		report[2] = usage_of(*keys);
		state = answer_report(answer, report, sizeof(report));
		report[2] = 0;
		answer_report(answer, report, sizeof(report));
	}
	return state;
}

static void what_is_typed(void **state)
{
	static const struct {
		const char *keys;
		enum answer_state state;
		unsigned int tries;
	} rows[] = {
		{"130456", ANSWER_RIGHT, 3},
		{"13045", ANSWER_MORE, 3},
		{"hello130456", ANSWER_RIGHT, 3},
		{"1q3w0e4r5t6", ANSWER_RIGHT, 3},
		{"139<0456", ANSWER_RIGHT, 3},
		{"<<<130456", ANSWER_RIGHT, 3},
		{"99\n130456", ANSWER_RIGHT, 3},
		{"99!130456", ANSWER_RIGHT, 3},
		{"130457", ANSWER_AGAIN, 2},
		{"1304571", ANSWER_MORE, 2},
		{"130457130456", ANSWER_RIGHT, 2},
		{"1130456", ANSWER_MORE, 2},
		{"000000111111130456", ANSWER_RIGHT, 1},
		{"000000111111222222", ANSWER_WRONG, 0},
		/* Too late. */
		{"000000111111222222130456", ANSWER_WRONG, 0},
		/* It stays right. */
		{"130456000000", ANSWER_RIGHT, 3},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct answer answer;

		answer_begin(&answer, CODE, 3);
		if (type(&answer, rows[i].keys) != rows[i].state || answer.tries != rows[i].tries)
			fail_msg("%s: %u tries left", rows[i].keys, answer.tries);
	}
}

/* A key that stays down while the next one is pressed counts once; so does one that a report has
 * twice. */
static void keys_that_are_held(void **state)
{
	static const uint8_t reports[][ANSWER_REPORT] = {
		{0, 0, 0x1e},	    {0, 0, 0x1e, 0x20}, {0, 0, 0x20, 0x27, 0x27},
		{2, 0, 0x21, 0x20}, {0, 0, 0x22, 0x21}, {0, 0, 0x23},
	};
	enum answer_state said = ANSWER_MORE;
	struct answer answer;

	(void)state;
	answer_begin(&answer, CODE, 3);
	for (size_t i = 0; i < sizeof(reports) / sizeof(reports[0]); i++)
		said = answer_report(&answer, reports[i], sizeof(reports[i]));
	assert_int_equal(said, ANSWER_RIGHT);
	assert_int_equal(answer.tries, 3);
}

static void the_keypad_counts(void **state)
{
	enum answer_state said = ANSWER_MORE;
	struct answer answer;

	(void)state;
	answer_begin(&answer, "102938", 1);
	for (const char *digit = "102938"; *digit; digit++) {
		uint8_t report[64] = {};

		report[7] = *digit == '0' ? 0x62 : (uint8_t)(0x59 + *digit - '1');
		said = answer_report(&answer, report, sizeof(report));
	}
	assert_int_equal(said, ANSWER_RIGHT);
}

/* Short ones, and a keyboard at a loss: neither is a key, nor that keys were let go. */
static void reports_that_say_nothing(void **state)
{
	static const uint8_t down[ANSWER_REPORT] = {0, 0, 0x1e},
			     lost[ANSWER_REPORT] = {0, 0, 1, 1, 1, 1, 1, 1},
			     undefined[ANSWER_REPORT] = {0, 0, 0x1f, 3};
	struct answer answer;

	(void)state;
	answer_begin(&answer, CODE, 3);
	assert_int_equal(answer_report(&answer, down, 0), ANSWER_MORE);
	assert_int_equal(answer_report(&answer, down, sizeof(down) - 1), ANSWER_MORE);
	assert_int_equal(answer.count, 0);
	answer_report(&answer, down, sizeof(down));
	answer_report(&answer, lost, sizeof(lost));
	answer_report(&answer, undefined, sizeof(undefined));
	answer_report(&answer, down, sizeof(down));
	assert_int_equal(answer.count, 1);
}

/* Whatever bytes it sends: three tries are three tries. */
static void any_bytes(void **state)
{
	uint8_t report[ANSWER_REPORT + 4];
	struct answer answer;
	unsigned int seed = 1, again = 0;

	(void)state;
	answer_begin(&answer, CODE, 3);
	for (int i = 0; i < 200000; i++) {
		enum answer_state said;

		for (size_t j = 0; j < sizeof(report); j++)
			report[j] = (uint8_t)(rand_r(&seed) % (i % 2 ? 256 : 0x70));
		said = answer_report(&answer, report, (size_t)rand_r(&seed) % sizeof(report));
		again += said == ANSWER_AGAIN;
		assert_true(answer.tries <= 3 && answer.count <= CHALLENGE_DIGITS);
		assert_int_equal(said == ANSWER_WRONG, answer.tries == 0);
	}
	assert_int_equal(answer.tries, 0);
	assert_int_equal(again, 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_typed),     cmocka_unit_test(keys_that_are_held),
		cmocka_unit_test(the_keypad_counts), cmocka_unit_test(reports_that_say_nothing),
		cmocka_unit_test(any_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
