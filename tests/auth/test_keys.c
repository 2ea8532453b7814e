/* which key, how the person is verified, which algorithm, which counter. */
#include "service.h"
#include "terminal.h"

#include <string.h>

/* Beside a key that is ready, others are waited for briefly (GRACE_MS): on a busy machine one may
 * be late for a log-in, and is not for each of several. */
#define LATE_TRIES 10

static struct outcome visit(struct terminal *terminal, const char *user, const char *pin)
{
	return terminal_visit(terminal, &(struct visit){.user = user, .pin = pin});
}

static void test_several_keys(void **state)
{
	struct terminal *terminal = *state;
	struct outcome outcome;
	long counters[2];

	PLUG(terminal, 0);
	PLUG(terminal, 1);
	PLUG(terminal, 2);
	terminal_enrol(terminal, 0, "taro", PIN);
	terminal_enrol(terminal, 2, "hanako", PIN);
	for (size_t i = 0; i < 2; i++)
		counters[i] = terminal_status(terminal, i, "counter");
	outcome = visit(terminal, "hanako", PIN);
	assert_verdict(&outcome, VERDICT_GRANTED);
	/* The two that are not hers did not sign. */
	for (size_t i = 0; i < 2; i++)
		assert_int_equal(terminal_status(terminal, i, "counter"), counters[i]);
	assert_event(terminal, "\"node\":\"hidraw2\"");
	/* Two of her own: the prompt says whose PIN it wants. */
	terminal_enrol(terminal, 1, "hanako", PIN);
	for (int tries = 0; tries < LATE_TRIES; tries++) {
		outcome = visit(terminal, "hanako", PIN);
		assert_verdict(&outcome, VERDICT_GRANTED);
		if (strstr(outcome.text, "[S-2004] login: type the PIN of the key \"key of "))
			return;
	}
	fail_msg("the key is not named:\n%s", outcome.text);
}

/* Keys that tell nothing without a PIN: it is not tried on one after the other. */
static void test_several_that_do_not_tell(void **state)
{
	struct terminal *terminal = *state;
	const char *const strangers[] = {"--pin", "8888", NULL};
	struct outcome outcome;

	terminal_plug(terminal, 0, strangers);
	PLUG(terminal, 1);
	terminal_enrol(terminal, 0, "taro", "8888");
	terminal_enrol(terminal, 1, "hanako", PIN);
	for (size_t i = 0; i < 2; i++)
		terminal_command(terminal, i, "misbehave silent-needs-uv");
	for (int tries = 0; tries < LATE_TRIES; tries++) {
		outcome = visit(terminal, "hanako", PIN);
		if (outcome.prompts == 0)
			break;
		for (size_t i = 0; i < 2; i++)
			terminal_command(terminal, i, "set pin-retries 8");
	}
	assert_verdict(&outcome, VERDICT_NO_KEY);
	assert_int_equal(outcome.prompts, 0);
	assert_non_null(strstr(outcome.text, "[S-2120]"));
	assert_event(terminal, "\"reason\":\"several-keys\"");
	for (size_t i = 0; i < 2; i++)
		assert_int_equal(terminal_status(terminal, i, "pin-retries"), 8);
	terminal_unplug(terminal, 0);
	outcome = visit(terminal, "hanako", PIN);
	assert_verdict(&outcome, VERDICT_GRANTED);
}

static long signatures[KEYS_HERE]; /* before the touch, the silent ones */

static void touch_second(struct terminal *terminal, const char *text)
{
	if (!strstr(text, "[S-2007]"))
		return;
	for (size_t i = 0; i < 3; i++) {
		terminal_await(terminal, i, "waiting", 1);
		signatures[i] = terminal_status(terminal, i, "signatures");
	}
	signatures[3] = terminal_status(terminal, 3, "signatures");
	assert_int_equal(terminal_status(terminal, 3, "waiting"), 0);
	terminal_command(terminal, 1, "touch");
}

/* Three of her keys wait for a touch at once, a stranger's does not; one touch, and the others go
 * dark without having signed. */
static void test_first_touched_wins(void **state)
{
	struct terminal *terminal = *state;
	const struct visit person = {.user = "hanako", .at_notice = touch_second};
	struct outcome outcome;

	terminal_configure(terminal, "[Auth]\nUserVerification=roster\nTouchSeconds=20\n");
	for (size_t i = 0; i < 4; i++) {
		PLUG(terminal, i);
		terminal_enrol(terminal, i, i < 3 ? "hanako" : "taro", PIN);
		terminal_command(terminal, i, "touch-mode command");
	}
	for (size_t i = 0; i < terminal->n_entries; i++)
		terminal->entries[i].uv_optional = true;
	terminal_roster(terminal);
	outcome = terminal_visit(terminal, &person);
	assert_verdict(&outcome, VERDICT_GRANTED);
	assert_event(terminal, "\"node\":\"hidraw1\"");
	for (size_t i = 0; i < 4; i++) {
		terminal_await(terminal, i, "waiting", 0);
		assert_int_equal(terminal_status(terminal, i, "signatures"),
				 signatures[i] + (i == 1));
	}
}

static pid_t session; /* that asks for the PIN */

static void both_asked(struct terminal *terminal, const char *prompt)
{
	pid_t children[SERVICE_CHILDREN];

	(void)terminal;
	(void)prompt;
	/* What did not answer in time would be ended. */
	service_children(session, children);
	assert_true(children[0] > 0 && children[1] > 0);
}

/* A stranger's key that never answers keeps nobody waiting who has his own in: he is asked for the
 * PIN while it is still asked. */
static void test_stalled_stranger(void **state)
{
	struct terminal *terminal = *state;
	const struct visit person = {.user = "hanako", .pin = PIN, .before_answer = both_asked};
	struct attempt attempt;
	struct outcome outcome;

	PLUG(terminal, 0);
	PLUG(terminal, 1);
	terminal_enrol(terminal, 0, "taro", PIN);
	terminal_enrol(terminal, 1, "hanako", PIN);
	terminal_command(terminal, 0, "misbehave stall");
	attempt = terminal_begin(terminal, &person);
	session = attempt.pid;
	outcome = terminal_end(terminal, &person, &attempt);
	assert_verdict(&outcome, VERDICT_GRANTED);
	assert_int_equal(outcome.prompts, 1);
}

static void test_finger(void **state)
{
	struct terminal *terminal = *state;
	struct outcome outcome;

	PLUG(terminal, 0, "--uv");
	terminal_enrol(terminal, 0, "hanako", PIN);
	outcome = visit(terminal, "hanako", PIN);
	assert_verdict(&outcome, VERDICT_GRANTED);
	assert_int_equal(outcome.prompts, 0);
	assert_non_null(strstr(outcome.text, "[S-2008]"));
	assert_event(terminal, "\"method\":\"finger\"");
	terminal_command(terminal, 0, "set uv fail");
	outcome = visit(terminal, "hanako", PIN);
	assert_verdict(&outcome, VERDICT_GRANTED);
	assert_int_equal(outcome.prompts, 1);
	assert_non_null(strstr(outcome.text, "[S-2009]"));
}

/* A credential without verification counts only where the site's configuration leaves that to the
 * roster. */
static void test_touch_alone(void **state)
{
	struct terminal *terminal = *state;
	struct roster_entry *entry;
	struct outcome outcome;

	PLUG(terminal, 0);
	entry = terminal_enrol(terminal, 0, "hanako", PIN);
	entry->uv_optional = true;
	terminal_roster(terminal);
	outcome = visit(terminal, "hanako", PIN);
	assert_verdict(&outcome, VERDICT_GRANTED);
	assert_int_equal(outcome.prompts, 1);
	terminal_configure(terminal, "[Auth]\nUserVerification=roster\n");
	outcome = visit(terminal, "hanako", NULL);
	assert_verdict(&outcome, VERDICT_GRANTED);
	assert_int_equal(outcome.prompts, 0);
	assert_non_null(strstr(outcome.text, "[S-2007]"));
	assert_event(terminal, "\"verified\":\"no\"");
	entry->uv_optional = false;
	terminal_roster(terminal);
	outcome = visit(terminal, "hanako", PIN);
	assert_verdict(&outcome, VERDICT_GRANTED);
	assert_int_equal(outcome.prompts, 1);
}

static void test_key_without_pin(void **state)
{
	struct terminal *terminal = *state;
	struct outcome outcome;

	terminal_plug(terminal, 0, (const char *const[]){NULL});
	terminal_enrol(terminal, 0, "hanako", NULL);
	outcome = visit(terminal, "hanako", PIN);
	assert_verdict(&outcome, VERDICT_WRONG);
	assert_int_equal(outcome.prompts, 0);
	assert_non_null(strstr(outcome.text, "[S-2107]"));
}

/* The roster's algorithm decides; the same bytes under another one prove nothing. */
static void test_algorithm_bound(void **state)
{
	struct terminal *terminal = *state;
	struct roster_entry *entry;
	struct outcome outcome;

	PLUG(terminal, 0);
	entry = terminal_enrol(terminal, 0, "hanako", PIN);
	entry->algorithm = ROSTER_EDDSA;
	entry->key_length = 32;
	terminal_roster(terminal);
	outcome = visit(terminal, "hanako", PIN);
	assert_verdict(&outcome, VERDICT_WRONG);
	assert_event(terminal, "\"reason\":\"signature\"");
}

static void test_cloned(void **state)
{
	struct terminal *terminal = *state;
	struct outcome outcome;

	PLUG(terminal, 0);
	terminal_enrol(terminal, 0, "hanako", PIN);
	terminal_command(terminal, 0, "set counter 50");
	outcome = visit(terminal, "hanako", PIN);
	assert_verdict(&outcome, VERDICT_GRANTED);
	terminal_command(terminal, 0, "set counter 20");
	outcome = visit(terminal, "hanako", PIN);
	assert_verdict(&outcome, VERDICT_BLOCKED);
	assert_non_null(strstr(outcome.text, "[S-2116]"));
	assert_event(terminal, "key.suspect 0 ");
	assert_event(terminal, "\"reason\":\"counter-back\"");
	/* It stays suspect, whatever its counter says later. */
	terminal_command(terminal, 0, "set counter 500");
	outcome = visit(terminal, "hanako", PIN);
	assert_verdict(&outcome, VERDICT_BLOCKED);
	assert_event(terminal, "\"reason\":\"suspect\"");
}

static void test_no_counter(void **state)
{
	struct terminal *terminal = *state;
	struct outcome outcome;

	PLUG(terminal, 0, "--counter", "off");
	terminal_enrol(terminal, 0, "hanako", PIN);
	for (int i = 0; i < 2; i++) {
		outcome = visit(terminal, "hanako", PIN);
		assert_verdict(&outcome, VERDICT_GRANTED);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(test_several_keys),     CASE(test_first_touched_wins),
		CASE(test_stalled_stranger), CASE(test_several_that_do_not_tell),
		CASE(test_finger),	     CASE(test_touch_alone),
		CASE(test_key_without_pin),  CASE(test_algorithm_bound),
		CASE(test_cloned),	     CASE(test_no_counter),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
