/* a one-time code beside the key: who is asked for which, and the same conversation for
 * everybody. */
#include "codes_fixture.h"

#include "cleanup.h"

#include <string.h>

#define SERVER 65534 /* nobody: somebody who is not root */

/* In a conversation with both factors a key has SETTLE_MS to say what it is, which on a busy
 * machine it may miss once. */
#define LATE_TRIES 10

/* Who has a key in is asked for its PIN; a stranger's key changes nothing. */
static void test_key_first(void **state)
{
	struct terminal *terminal = *state;
	struct outcome outcome;

	PLUG(terminal, 0);
	terminal_enrol(terminal, 0, "keyed", PIN);
	for (int tries = 0; tries < LATE_TRIES; tries++) {
		outcome = terminal_visit(terminal, &(struct visit){.user = "keyed", .pin = PIN});
		if (outcome.shown == 0)
			break;
	}
	assert_verdict(&outcome, VERDICT_GRANTED);
	assert_int_equal(outcome.shown, 0);
	assert_event(terminal, "\"factor\":\"key\"");
	outcome = visit(terminal, "taro", codes_now());
	assert_verdict(&outcome, VERDICT_GRANTED);
	assert_non_null(strstr(outcome.text, "[S-2011]"));
}

static void plug_at_question(struct terminal *terminal, const char *prompt)
{
	if (strstr(prompt, "[S-2011]"))
		PLUG(terminal, 0);
}

/* The key after all, plugged in by then or not. */
static void test_yes(void **state)
{
	struct terminal *terminal = *state;
	const struct visit after_all = {
		.user = "keyed", .pin = PIN, .confirm = "yes", .before_answer = plug_at_question};
	struct outcome outcome;

	PLUG(terminal, 0);
	terminal_enrol(terminal, 0, "keyed", PIN);
	for (int tries = 0; tries < LATE_TRIES; tries++) {
		terminal_unplug(terminal, 0);
		outcome = terminal_visit(terminal, &after_all);
		if (outcome.verdict != (int)VERDICT_NO_KEY)
			break;
	}
	assert_verdict(&outcome, VERDICT_GRANTED);
	assert_int_equal(outcome.prompts, 2);
	terminal_unplug(terminal, 0);
	outcome = visit(terminal, "keyed", "yes");
	assert_verdict(&outcome, VERDICT_NO_KEY);
	assert_in_range(outcome.ms, 2000, PATIENCE_MS);
}

/* From afar no key is asked before the person chose it. */
static void test_remote(void **state)
{
	struct terminal *terminal = *state;
	struct visit afar = {.user = "keyed", .rhost = "192.0.2.7", .pin = PIN, .confirm = "yes"};
	struct outcome outcome;

	PLUG(terminal, 0);
	terminal_enrol(terminal, 0, "keyed", PIN);
	outcome = terminal_visit(terminal, &afar);
	assert_verdict(&outcome, VERDICT_GRANTED);
	assert_non_null(strstr(outcome.text, "[S-2012]"));
	afar.user = "taro";
	afar.confirm = codes_now();
	outcome = terminal_visit(terminal, &afar);
	assert_verdict(&outcome, VERDICT_GRANTED);
	assert_int_equal(outcome.prompts, 1);
	afar.confirm = NULL;
	outcome = terminal_visit(terminal, &afar);
	assert_int_equal(outcome.verdict, -1);
	assert_event(terminal, "\"reason\":\"cancelled\"");
}

/* A server that is not root, and asks once: for anybody there, for nobody elsewhere. */
static void test_one_prompt(void **state)
{
	static const char *const wrong[] = {
		"[Auth]\nFactors=key\nSinglePrompt=postgresql\n",
		"[Auth]\nFactors=otp\nServiceUsers=nobody\n",
	};
	struct terminal *terminal = *state;
	struct visit server = {.user = "taro", .service = "postgresql", .uid = SERVER};
	struct outcome outcome;

	PLUG(terminal, 0);
	terminal_enrol(terminal, 0, "taro", PIN);
	terminal_configure(terminal, BOTH "SinglePrompt=ftp, postgresql\n");
	server.pin = codes_now();
	outcome = terminal_visit(terminal, &server);
	assert_verdict(&outcome, VERDICT_BROKEN);
	assert_event(terminal, "\"reason\":\"forbidden\"");
	terminal_configure(terminal, BOTH "SinglePrompt=ftp, postgresql\nServiceUsers=nobody\n");
	outcome = terminal_visit(terminal, &server);
	assert_verdict(&outcome, VERDICT_GRANTED);
	assert_int_equal(outcome.prompts, 1);
	assert_int_equal(outcome.shown, 0);
	assert_non_null(strstr(outcome.text, "[S-2014] postgresql: type your password and"));
	assert_event(terminal, "\"factor\":\"otp\"");
	server.service = "login";
	outcome = terminal_visit(terminal, &server);
	assert_verdict(&outcome, VERDICT_BROKEN);
	assert_events(terminal, "\"reason\":\"forbidden\"", 2);
	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
		terminal_configure(terminal, wrong[i]);
		outcome = visit(terminal, "taro", "000000");
		assert_verdict(&outcome, VERDICT_BROKEN);
	}
	assert_events(terminal, "\"reason\":\"configuration\"", ARRAY_SIZE(wrong));
}

static void test_unanswered(void **state)
{
	struct terminal *terminal = *state;
	const struct visit silent = {.user = "taro", .dawdles = true};

	terminal_configure(terminal, HASTY "Factors=key, otp\n");
	terminal_visit(terminal, &silent);
	assert_event(terminal, "\"reason\":\"otp-unanswered\"");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_key_first),  TEST(test_yes),	      TEST(test_remote),
		TEST(test_one_prompt), TEST(test_unanswered),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
