/* PINs that are wrong, blocked, unusable or too short for the key, and that a PIN is
 * nowhere afterwards. */
#include "terminal.h"

#include "cleanup.h"

#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static struct outcome visit(struct terminal *terminal, const char *user, const char *pin)
{
	return terminal_visit(terminal, &(struct visit){.user = user, .pin = pin});
}

static void test_wrong_pin(void **state)
{
	struct terminal *terminal = *state;
	struct outcome outcome;

	PLUG(terminal, 0);
	terminal_enrol(terminal, 0, "hanako", PIN);
	terminal_command(terminal, 0, "set pin-retries 4");
	outcome = visit(terminal, "hanako", "9999");
	assert_verdict(&outcome, VERDICT_WRONG);
	assert_non_null(
		strstr(outcome.text, "[S-2105] The PIN is wrong. Check it and try again; 3 tries"));
	assert_true(outcome.ms >= 1000);
	assert_event(terminal, "\"reason\":\"pin-wrong\"");
	/* From three on the prompt tells. */
	outcome = visit(terminal, "hanako", "9999");
	assert_verdict(&outcome, VERDICT_WRONG);
	assert_non_null(strstr(outcome.text, "[S-2005] login: type your security key's PIN (3 tr"));
	outcome = visit(terminal, "hanako", PIN);
	assert_verdict(&outcome, VERDICT_GRANTED);
}

static void test_pin_blocked_until_replugged(void **state)
{
	struct terminal *terminal = *state;
	struct outcome outcome;

	PLUG(terminal, 0);
	terminal_enrol(terminal, 0, "hanako", PIN);
	for (int i = 0; i < 2; i++) {
		outcome = visit(terminal, "hanako", "9999");
		assert_verdict(&outcome, VERDICT_WRONG);
	}
	outcome = visit(terminal, "hanako", "9999");
	assert_verdict(&outcome, VERDICT_BLOCKED);
	assert_non_null(strstr(outcome.text, "[S-2109]"));
	outcome = visit(terminal, "hanako", PIN);
	assert_verdict(&outcome, VERDICT_BLOCKED);
	terminal_command(terminal, 0, "unplug");
	terminal_command(terminal, 0, "plug");
	outcome = visit(terminal, "hanako", PIN);
	assert_verdict(&outcome, VERDICT_GRANTED);
}

static void test_pin_blocked_for_good(void **state)
{
	struct terminal *terminal = *state;
	struct outcome outcome;

	PLUG(terminal, 0);
	terminal_enrol(terminal, 0, "hanako", PIN);
	terminal_command(terminal, 0, "set pin-retries 1");
	outcome = visit(terminal, "hanako", "9999");
	assert_verdict(&outcome, VERDICT_BLOCKED);
	assert_non_null(strstr(outcome.text, "[S-2006]"));
	assert_non_null(strstr(outcome.text, "[S-2110]"));
	outcome = visit(terminal, "hanako", PIN);
	assert_verdict(&outcome, VERDICT_BLOCKED);
	/* Told before a PIN was asked for. */
	assert_int_equal(outcome.prompts, 0);
	assert_event(terminal, "\"reason\":\"pin-blocked\"");
}

static void test_unusable_pins(void **state)
{
	static const struct {
		const char *pin;
		const char *reason;
	} rows[] = {
		{"", "pin-empty"},
		{"123", "pin-short"},
		{"\xff\xfe\xfd\xfc", "pin-wrong"},
		{"1234567890123456789012345678901234567890123456789012345678901234", "pin-long"},
	};
	struct terminal *terminal = *state;

	PLUG(terminal, 0);
	terminal_enrol(terminal, 0, "hanako", PIN);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct outcome outcome = visit(terminal, "hanako", rows[i].pin);
		char wanted[64];

		assert_verdict(&outcome, VERDICT_WRONG);
		snprintf(wanted, sizeof(wanted), "\"reason\":\"%s\"", rows[i].reason);
		assert_event(terminal, wanted);
	}
	/* No try was spent on any of them. */
	assert_int_equal(terminal_status(terminal, 0, "pin-retries"), 8);
}

/* The key's own demand, counted in characters. */
static void test_key_demands_longer_pin(void **state)
{
	static const char *const too_short[] = {"12345", "\u3042\u3044\u3046\u3048\u304a"};
	const char *const options[] = {"--pin", "123456", "--min-pin-length", "6", NULL};
	struct terminal *terminal = *state;
	struct outcome outcome;

	terminal_plug(terminal, 0, options);
	terminal_enrol(terminal, 0, "hanako", "123456");
	for (size_t i = 0; i < ARRAY_SIZE(too_short); i++) {
		outcome = visit(terminal, "hanako", too_short[i]);
		assert_verdict(&outcome, VERDICT_WRONG);
		assert_non_null(strstr(outcome.text, "[S-2106] The PIN must have at least 6"));
		/* As it is for somebody whom nobody knows. */
		outcome = visit(terminal, "nobody-here", too_short[i]);
		assert_non_null(strstr(outcome.text, "[S-2106] The PIN must have at least 6"));
	}
	assert_int_equal(terminal_status(terminal, 0, "pin-retries"), 8);
	outcome = visit(terminal, "hanako", "123456");
	assert_verdict(&outcome, VERDICT_GRANTED);
}

/* Whether a file in the terminal's folder holds @text: events, spool, counters, standard error. */
static bool is_somewhere(const struct terminal *terminal, const char *text)
{
	char *const arguments[] = {(char *)"grep",
				   (char *)"-rqaF",
				   (char *)"--devices=skip",
				   (char *)"--",
				   (char *)text,
				   (char *)terminal->folder,
				   NULL};
	int status = 0;
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0) {
		execv("/bin/grep", arguments);
		_exit(127);
	}
	waitpid(pid, &status, 0);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) < 2);
	return WEXITSTATUS(status) == 0;
}

/* A PIN is in no event, spooled or taken, in nothing that is said, and not on standard error, even
 * where libfido2 is asked to tell what it does. */
static void test_pin_is_nowhere(void **state)
{
	static const char right[] = "Kx7-geheim-93!";
	static const char *const typed[] = {right, "Wq4-falsch-58?", "Wq4-falsch-58?\xff"};
	const char *const options[] = {"--pin", right, NULL};
	struct terminal *terminal = *state;
	struct outcome outcome;

	terminal_plug(terminal, 0, options);
	terminal_enrol(terminal, 0, "hanako", right);
	assert_int_equal(setenv("FIDO_DEBUG", "1", 1), 0);
	for (size_t i = 0; i < 2 * ARRAY_SIZE(typed); i++) {
		terminal_engine(terminal, i % 2);
		outcome = visit(terminal, "hanako", typed[i / 2]);
		assert_int_equal(outcome.verdict, i / 2 == 0 ? VERDICT_GRANTED : VERDICT_WRONG);
		assert_null(strstr(outcome.text, "geheim"));
		assert_null(strstr(outcome.text, "falsch"));
	}
	unsetenv("FIDO_DEBUG");
	assert_true(is_somewhere(terminal, "hanako"));
	assert_false(is_somewhere(terminal, "geheim"));
	assert_false(is_somewhere(terminal, "falsch"));
	terminal_engine(terminal, true);
	assert_int_equal(terminal_flush(terminal), 0);
	assert_event(terminal, "login.granted 1 ");
	assert_false(is_somewhere(terminal, "geheim"));
	assert_false(is_somewhere(terminal, "falsch"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(test_wrong_pin),
		CASE(test_pin_blocked_until_replugged),
		CASE(test_pin_blocked_for_good),
		CASE(test_unusable_pins),
		CASE(test_key_demands_longer_pin),
		CASE(test_pin_is_nowhere),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
