/* keys that come, go and take another one's place while somebody logs in. */
#include "terminal.h"

#include <poll.h>
#include <string.h>
#include <sys/stat.h>

static void exchange(struct terminal *terminal, const char *prompt)
{
	char mine[128];
	char other[128];

	(void)prompt;
	snprintf(mine, sizeof(mine), "%s/dev/hidraw0", terminal->folder);
	snprintf(other, sizeof(other), "%s/dev/hidraw1", terminal->folder);
	terminal_unplug(terminal, 0);
	assert_int_equal(rename(other, mine), 0);
}

/* Another key gets the node while the PIN is typed: it is not given the PIN. */
static void test_exchanged_during_prompt(void **state)
{
	struct terminal *terminal = *state;
	const struct visit person = {.user = "hanako", .pin = PIN, .before_answer = exchange};
	const char *const strangers[] = {"--pin", "8888", NULL};
	struct outcome outcome;

	PLUG(terminal, 0);
	terminal_plug(terminal, 1, strangers);
	terminal_enrol(terminal, 0, "hanako", PIN);
	outcome = terminal_visit(terminal, &person);
	assert_verdict(&outcome, VERDICT_NO_KEY);
	assert_event(terminal, "\"reason\":\"key-gone\"");
	assert_int_equal(terminal_status(terminal, 1, "pin-retries"), 8);
}

/* Puts what is called @name at hidraw0, as udev hands a node over: its mode changes last. */
static void hand_over(const struct terminal *terminal, const char *name)
{
	char from[128];
	char node[128];

	snprintf(from, sizeof(from), "%s/dev/%s", terminal->folder, name);
	snprintf(node, sizeof(node), "%s/dev/hidraw0", terminal->folder);
	assert_int_equal(rename(from, node), 0);
	assert_int_equal(chmod(node, 0600), 0);
}

static void appear_too_early(struct terminal *terminal, const char *text)
{
	if (!strstr(text, "[S-2001]"))
		return;
	hand_over(terminal, "early");
	poll(NULL, 0, 700);
	hand_over(terminal, "ready");
}

static long expected; /* commands */

static void exchange_while_asked(struct terminal *terminal, const char *text)
{
	if (!strstr(text, "[S-2007]"))
		return;
	/* Its tries are asked for, behind the request to sign that it turned down. */
	terminal_await(terminal, 0, "commands", expected);
	terminal_unplug(terminal, 0);
	hand_over(terminal, "other");
}

/* The same while the key is asked for its tries: nobody is asked for a PIN then. */
static void test_exchanged_while_asked(void **state)
{
	struct terminal *terminal = *state;
	const struct visit person = {
		.user = "hanako", .pin = PIN, .at_notice = exchange_while_asked};
	char node[128];
	char name[128];
	struct outcome outcome;

	terminal_plug(terminal, 0, (const char *const[]){"--pin", PIN, "--always-uv", NULL});
	PLUG(terminal, 1);
	terminal_enrol(terminal, 0, "hanako", PIN)->uv_optional = true;
	terminal_roster(terminal);
	terminal_configure(terminal, "[Auth]\nUserVerification=roster\n");
	snprintf(node, sizeof(node), "%s/dev/hidraw1", terminal->folder);
	snprintf(name, sizeof(name), "%s/dev/other", terminal->folder);
	assert_int_equal(rename(node, name), 0);
	terminal_command(terminal, 0, "misbehave stall-behind");
	/* To open it, to sign, and what it never answers. */
	expected = terminal_status(terminal, 0, "commands") + 3;
	outcome = terminal_visit(terminal, &person);
	assert_verdict(&outcome, VERDICT_NO_KEY);
	assert_event(terminal, "\"reason\":\"key-gone\"");
	assert_int_equal(outcome.prompts, 0);
	assert_int_equal(terminal_status(terminal, 1, "pin-retries"), 8);
}

/* A node that can't be used yet when it is tried is tried again when udev is through with it. */
static void test_tried_too_early(void **state)
{
	struct terminal *terminal = *state;
	const struct visit person = {.user = "hanako", .pin = PIN, .at_notice = appear_too_early};
	struct outcome outcome;
	char node[128];
	char name[128];

	PLUG(terminal, 0);
	PLUG(terminal, 1);
	terminal_enrol(terminal, 0, "hanako", PIN);
	terminal_command(terminal, 1, "misbehave stall-init");
	for (size_t i = 0; i < 2; i++) {
		snprintf(node, sizeof(node), "%s/dev/hidraw%zu", terminal->folder, i);
		snprintf(name, sizeof(name), "%s/dev/%s", terminal->folder, i ? "early" : "ready");
		assert_int_equal(rename(node, name), 0);
	}
	outcome = terminal_visit(terminal, &person);
	assert_verdict(&outcome, VERDICT_GRANTED);
}

static void plug_another(struct terminal *terminal, const char *prompt)
{
	(void)prompt;
	/* As a person needs, and long after GRACE_MS. */
	poll(NULL, 0, 1500);
	PLUG(terminal, 0);
}

/* The right key comes while the PIN is typed: it is looked for once more. */
static void test_right_key_during_prompt(void **state)
{
	struct terminal *terminal = *state;
	const struct visit late = {.user = "hanako", .pin = PIN, .before_answer = plug_another};
	struct outcome outcome;

	PLUG(terminal, 0);
	PLUG(terminal, 1);
	terminal_enrol(terminal, 0, "hanako", PIN);
	terminal_unplug(terminal, 0);
	outcome = terminal_visit(terminal, &late);
	assert_verdict(&outcome, VERDICT_GRANTED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(test_exchanged_during_prompt),
		CASE(test_exchanged_while_asked),
		CASE(test_tried_too_early),
		CASE(test_right_key_during_prompt),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
