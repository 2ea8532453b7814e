/* How much is said to a key: with USB each exchange costs a few milliseconds of a person's time,
 * and what is not needed is not asked. The key itself counts the commands it was given. */
#include "terminal.h"

#include "agent/auth/keys.h"
#include "agent/auth/tally.h"
#include "cleanup.h"

#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

#define LATE_TRIES                                                                                 \
	10 /* on a busy machine a key may be late for a log-in, not for each of several */
#define GRACE_MS 400 /* for which others are waited for, see keysearch.c */
#define BY_TOUCH "[Auth]\nUserVerification=roster\n"

/* Commands of the log-in alone. */
static long before[KEYS_HERE];

static struct outcome visit(struct terminal *terminal, const char *pin)
{
	for (size_t i = 0; i < KEYS_HERE; i++)
		if (terminal->keys[i].pid > 0)
			before[i] = terminal_status(terminal, i, "commands");
	return terminal_visit(terminal, &(struct visit){.user = "hanako", .pin = pin});
}

static long commands(const struct terminal *terminal, size_t index)
{
	return terminal_status(terminal, index, "commands") - before[index];
}

/* Without PIN and finger. */
static void enrol(struct terminal *terminal, size_t index, const char *user)
{
	struct roster_entry *entry = terminal_enrol(terminal, index, user, PIN);

	entry->uv_optional = true;
	terminal_roster(terminal);
	terminal_configure(terminal, BY_TOUCH);
}

/* Key 0 is alone. One more where it was opened anew: a tenth of a second had passed. */
static void expect_by_touch(struct terminal *terminal, long wanted)
{
	for (int tries = 0; tries < LATE_TRIES; tries++) {
		struct outcome outcome = visit(terminal, NULL);

		assert_verdict(&outcome, VERDICT_GRANTED);
		if (commands(terminal, 0) == wanted)
			return;
		assert_int_equal(commands(terminal, 0), wanted + 1);
	}
	fail_msg("the key was opened anew each time");
}

/* libfido2's own getInfo and the signature; no retry count, and nothing a second time. */
static void test_touch(void **state)
{
	struct terminal *terminal = *state;

	PLUG(terminal, 0);
	enrol(terminal, 0, "hanako");
	expect_by_touch(terminal, 2);
}

/* With two credentials there is a list, and the key says how long one may be. */
static void test_touch_two_credentials(void **state)
{
	struct terminal *terminal = *state;

	PLUG(terminal, 0);
	PLUG(terminal, 1);
	enrol(terminal, 0, "hanako");
	enrol(terminal, 1, "hanako");
	terminal_unplug(terminal, 1);
	expect_by_touch(terminal, 3);
}

static void plug_four(struct terminal *terminal)
{
	for (size_t i = 0; i < KEYS_HERE; i++) {
		PLUG(terminal, i);
		enrol(terminal, i, i == 2 ? "hanako" : "taro");
	}
}

/* Whose key signed at which node. */
static void forget(const struct terminal *terminal)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/state/" TALLY_FILE, terminal->folder);
	unlink(path);
}

/* Beside others each is opened and asked, silently, once. */
static void test_touch_among_four(void **state)
{
	struct terminal *terminal = *state;
	struct outcome outcome;

	plug_four(terminal);
	for (int tries = 0; tries < LATE_TRIES; tries++) {
		forget(terminal);
		outcome = visit(terminal, NULL);
		assert_verdict(&outcome, VERDICT_GRANTED);
		assert_int_equal(outcome.prompts, 0);
		for (size_t i = 0; i < KEYS_HERE; i++)
			if (i != 2)
				assert_in_range(commands(terminal, i), 0, 2);
		/* One more where it was opened anew: a tenth of a second had passed. */
		if (commands(terminal, 2) == 3)
			return;
		assert_int_equal(commands(terminal, 2), 4);
	}
	fail_msg("its key was opened anew each time");
}

/* Of the key alone that is given the PIN its tries are wanted, and whether it takes the PIN: two
 * getInfo, one silent question, the tries, the PIN protocol's two, the signature. Where the person
 * takes time to type, it is opened anew. */
static void test_pin_among_four(void **state)
{
	struct terminal *terminal = *state;
	struct outcome outcome;

	plug_four(terminal);
	terminal_configure(terminal, "[Auth]\n");
	outcome = visit(terminal, PIN);
	assert_verdict(&outcome, VERDICT_GRANTED);
	assert_int_equal(outcome.prompts, 1);
	assert_in_range(commands(terminal, 2), 7, 8);
	for (size_t i = 0; i < KEYS_HERE; i++)
		if (i != 2)
			assert_in_range(commands(terminal, i), 0, 2);
}

/* The fewest of several log-ins with key 2: on a busy machine it may be opened anew. */
static long fewest(struct terminal *terminal, const char *pin)
{
	long least = LONG_MAX;

	for (int tries = 0; tries < LATE_TRIES; tries++) {
		struct outcome outcome = visit(terminal, pin);

		assert_verdict(&outcome, VERDICT_GRANTED);
		if (commands(terminal, 2) < least)
			least = commands(terminal, 2);
	}
	return least;
}

/* Which key was the person's the last time, it is still, as long as it stays plugged in: touched at
 * once, and no other one is asked. With a PIN it is asked as ever: one that goes to a wrong key is
 * a wrong try there. */
static void test_recalled(void **state)
{
	struct terminal *terminal = *state;
	struct outcome outcome;

	plug_four(terminal);
	visit(terminal, NULL);
	assert_int_equal(fewest(terminal, NULL), 2);
	for (size_t i = 0; i < KEYS_HERE; i++)
		if (i != 2)
			assert_in_range(commands(terminal, i), 0, 1);
	terminal_configure(terminal, "[Auth]\n");
	assert_int_equal(fewest(terminal, PIN), 7);
	terminal_configure(terminal, BY_TOUCH);
	/* The same key, but who knows what came to that place. */
	terminal_unplug(terminal, 2);
	PLUG(terminal, 2);
	outcome = visit(terminal, NULL);
	assert_verdict(&outcome, VERDICT_GRANTED);
	assert_in_range(commands(terminal, 2), 3, 4);
}

static int counters(const struct terminal *terminal)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/state/" TALLY_FILE, terminal->folder);
	return open(path, O_RDWR | O_CLOEXEC);
}

static uint32_t remembered(const struct terminal *terminal)
{
	const struct roster_entry *entry = &terminal->entries[0];
	int fd = counters(terminal);
	struct counter counter;

	assert_int_equal(counter_peek(fd, entry->credential, entry->credential_length, &counter),
			 0);
	close(fd);
	return counter.flags & COUNTER_INSTANCE;
}

/* As if hanako's key had signed at @node last. */
static void remember(const struct terminal *terminal, const char *node)
{
	const struct roster_entry *entry = &terminal->entries[0]; /* sorted by user */
	struct keys keys = {};
	struct key key = {};
	struct counter counter;
	char path[128];
	uint32_t instance;
	int fd;

	snprintf(key.name, sizeof(key.name), "%s", node);
	snprintf(path, sizeof(path), "%s/dev", terminal->folder);
	keys.dirfd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	instance = keys_instance(&keys, &key) & COUNTER_INSTANCE;
	assert_int_not_equal(instance, 0);
	close(keys.dirfd);
	fd = counters(terminal);
	assert_int_equal(counter_lock(fd, entry->credential, entry->credential_length,
				      WIRE_NO_DEADLINE, &counter),
			 0);
	assert_int_not_equal(counter.flags & COUNTER_INSTANCE, instance);
	assert_int_equal(counter_store(&counter, counter.value, instance), 0);
	close(fd);
}

/* What is remembered wrongly is no wrong answer: all are asked. */
static void test_recalled_wrongly(void **state)
{
	struct terminal *terminal = *state;
	struct outcome outcome;

	plug_four(terminal);
	visit(terminal, NULL);
	for (int tries = 0; tries < LATE_TRIES; tries++) {
		remember(terminal, "hidraw0");
		outcome = visit(terminal, NULL);
		assert_verdict(&outcome, VERDICT_GRANTED);
		assert_int_equal(outcome.prompts, 0);
		assert_events(terminal, "login.refused", 0);
		/* It was to sign, and then asked: not where hers was found before. */
		if (commands(terminal, 0) >= 3)
			return;
	}
	fail_msg("it was never asked to sign");
}

/* Nor is a PIN asked for it, where the wrong one wants one for everything. */
static void test_recalled_with_a_pin(void **state)
{
	struct terminal *terminal = *state;
	struct outcome outcome;

	plug_four(terminal);
	terminal_unplug(terminal, 0);
	PLUG(terminal, 0, "--always-uv");
	visit(terminal, NULL);
	remember(terminal, "hidraw0");
	outcome = visit(terminal, NULL);
	assert_verdict(&outcome, VERDICT_GRANTED);
	assert_int_equal(outcome.prompts, 0);
}

/* A key that was not touched, or broke, is asked the next time. */
static void test_recalled_in_vain(void **state)
{
	struct terminal *terminal = *state;
	struct outcome outcome;

	plug_four(terminal);
	visit(terminal, NULL);
	assert_int_not_equal(remembered(terminal), 0);
	terminal_configure(terminal, BY_TOUCH "TouchSeconds=5\n");
	terminal_command(terminal, 2, "misbehave stall");
	outcome = visit(terminal, NULL);
	assert_verdict(&outcome, VERDICT_TIMEOUT);
	assert_int_equal(remembered(terminal), 0);
	terminal_command(terminal, 2, "clear");
	terminal_configure(terminal, BY_TOUCH);
	outcome = visit(terminal, NULL);
	assert_verdict(&outcome, VERDICT_GRANTED);
	assert_in_range(commands(terminal, 2), 3, 4);
	assert_int_not_equal(remembered(terminal), 0);
}

/* What was not asked of a touch is asked where it matters: the same key, its PIN blocked, opens by
 * touch, and is told as blocked, before anything is typed, where its PIN is wanted. */
static void test_blocked_pin(void **state)
{
	struct terminal *terminal = *state;
	struct outcome outcome;

	plug_four(terminal);
	terminal_command(terminal, 2, "set pin-retries 0");
	outcome = visit(terminal, NULL);
	assert_verdict(&outcome, VERDICT_GRANTED);
	terminal_configure(terminal, "[Auth]\n");
	outcome = visit(terminal, PIN);
	assert_verdict(&outcome, VERDICT_BLOCKED);
	assert_int_equal(outcome.prompts, 0);
	assert_non_null(strstr(outcome.text, "[S-2110]"));
	assert_event(terminal, "\"reason\":\"pin-blocked\"");
}

/* A key that wants its PIN for every signature is given it, with its tries told first. */
static void test_touch_refused(void **state)
{
	struct terminal *terminal = *state;
	struct outcome outcome;

	terminal_plug(terminal, 0, (const char *const[]){"--pin", PIN, "--always-uv", NULL});
	enrol(terminal, 0, "hanako");
	terminal_command(terminal, 0, "set pin-retries 2");
	outcome = visit(terminal, PIN);
	assert_verdict(&outcome, VERDICT_GRANTED);
	assert_int_equal(outcome.prompts, 1);
	assert_non_null(strstr(outcome.text, "[S-2005]"));
	terminal_command(terminal, 0, "set pin-retries 0");
	outcome = visit(terminal, PIN);
	assert_verdict(&outcome, VERDICT_BLOCKED);
	assert_int_equal(outcome.prompts, 0);
}

/* Once every key of the person's was found, no other one is waited for, not even briefly. */
static void test_found_at_once(void **state)
{
	struct terminal *terminal = *state;
	struct outcome outcome;

	plug_four(terminal);
	for (int tries = 0; tries < LATE_TRIES; tries++) {
		/* What it was asked before, it is asked no more. */
		terminal_command(terminal, 0, "clear");
		terminal_command(terminal, 0, "misbehave stall");
		outcome = visit(terminal, NULL);
		assert_verdict(&outcome, VERDICT_GRANTED);
		if (outcome.ms < GRACE_MS)
			return;
	}
	fail_msg("%lld ms: others were waited for", (long long)outcome.ms);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(test_touch),
		CASE(test_touch_two_credentials),
		CASE(test_touch_among_four),
		CASE(test_pin_among_four),
		CASE(test_recalled),
		CASE(test_recalled_wrongly),
		CASE(test_recalled_with_a_pin),
		CASE(test_recalled_in_vain),
		CASE(test_blocked_pin),
		CASE(test_touch_refused),
		CASE(test_found_at_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
