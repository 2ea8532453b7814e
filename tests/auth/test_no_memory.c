/* Memory that runs out in a log-in, at each place where it can: who is wrong never gets in, who is
 * right gets in or is told a row of the table, and nothing crashes or hangs. With the real session
 * and a software key; tests/preload/no_memory.c refuses what the session asks for.
 *
 * It asks some 5,000 times, mostly by way of libraries. Tried are the first few, then each time a
 * quarter further on, other ones for each person; with NO_MEMORY_ALL=1 in the environment, all. */
#include "folder.h"
#include "preload.h"

#include "agent/auth/lockplace.h"
#include "agent/auth/login.h"
#include "agent/auth/record.h"
#include "cleanup.h"
#include "wire.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FIRST_FEW 8
#define SLOW_MS	  20000 /* more is a hang, also where this machine is busy */

enum who { RIGHT, WRONG_PIN, WRONG_KEY, FORGER };

static const struct visit visits[] = {
	[RIGHT] = {.user = "hanako", .pin = PIN},
	[WRONG_PIN] = {.user = "hanako", .pin = "9999"},
	[WRONG_KEY] = {.user = "taro", .pin = PIN}, /* whose key is not here */
	[FORGER] = {.user = "hanako", .pin = PIN}, /* and it is not her key that signs */
};

static int setup(void **state)
{
	struct terminal *terminal;
	char path[128];

	if (terminal_setup(state) != 0)
		return -1;
	terminal = *state;
	terminal_configure(terminal, PATIENT "WrongAnswers=100\n");
	PLUG(terminal, 0);
	PLUG(terminal, 1);
	terminal_enrol(terminal, 0, "hanako", PIN);
	terminal_enrol(terminal, 1, "taro", PIN);
	terminal_unplug(terminal, 1);
	/* Where libcrypto is refused memory, it leaks some. */
	setenv("ASAN_OPTIONS", "detect_leaks=0", 1);
	setenv("NO_MEMORY_IN", "sekisho-session", 1);
	setenv("NO_MEMORY_SEEN", folder_path(terminal, "seen", path), 1);
	preload(terminal, "no_memory");
	return 0;
}

static int teardown(void **state)
{
	preload_none();
	return terminal_teardown(state);
}

/* What earlier ones left behind is of no account. */
static void forget(const struct terminal *terminal)
{
	char path[128];

	unlink(folder_path(terminal, "state/" LOCKPLACE_FILE, path));
	unlink(folder_path(terminal, "state/" RECORD_SPOOL, path));
	unlink(folder_path(terminal, "seen", path));
	folder_write(terminal, "events", "", 0644);
	folder_write(terminal, "errors", "", 0644);
	terminal_command(terminal, 0, "set pin-retries 8");
}

static bool was_refused(const struct terminal *terminal)
{
	char path[128];

	return access(folder_path(terminal, "seen", path), F_OK) == 0;
}

/* Told by a row: a verdict with its words, or the session's end, which the module has words for. */
static bool is_told(const struct outcome *outcome)
{
	if (outcome->verdict < 0)
		return outcome->exit_status == 1;
	return outcome->verdict < VERDICT_COUNT && strstr(outcome->text, "[S-") &&
	       (outcome->exit_status == 0 || outcome->exit_status == LOGIN_SPOOLED);
}

static bool is_recorded(const struct terminal *terminal, const struct outcome *outcome)
{
	char text[WORDS_MAX];

	terminal_events(terminal, text);
	return outcome->exit_status == LOGIN_SPOOLED || strstr(text, "login.granted ");
}

/* Whether memory was refused, which it is no more beyond the last time that it is asked for. */
static bool try(struct terminal *terminal, enum who who, unsigned int at)
{
	struct outcome outcome;
	char text[16];
	bool in;

	snprintf(text, sizeof(text), "%u", at);
	setenv("NO_MEMORY_AT", text, 1);
	forget(terminal);
	outcome = terminal_visit(terminal, &visits[who]);
	in = outcome.verdict == VERDICT_GRANTED;
	if (outcome.ms > SLOW_MS ||
	    (in ? who != RIGHT || !is_recorded(terminal, &outcome) : !is_told(&outcome))) {
		char errors[WORDS_MAX];

		terminal_errors(terminal, errors);
		fail_msg("%s %u: verdict %d, exit status %d, %lld ms, said:\n%s\n%s",
			 getenv("NO_MEMORY_EVER") ? "from" : "at", at, outcome.verdict,
			 outcome.exit_status, (long long)outcome.ms, outcome.text, errors);
	}
	return was_refused(terminal);
}

static unsigned int next(unsigned int at, enum who who)
{
	return at < FIRST_FEW || getenv("NO_MEMORY_ALL") ? at + 1 : at + at / 4 + who;
}

static void walk(struct terminal *terminal, enum who who, bool ever)
{
	unsigned int at = 1;

	if (ever)
		setenv("NO_MEMORY_EVER", "1", 1);
	else
		unsetenv("NO_MEMORY_EVER");
	while (try(terminal, who, at))
		at = next(at, who);
	/* The preload was there. */
	assert_true(at > FIRST_FEW);
}

static void test_right(void **state)
{
	walk(*state, RIGHT, false);
	walk(*state, RIGHT, true);
}

static void test_wrong_pin(void **state)
{
	walk(*state, WRONG_PIN, false);
	walk(*state, WRONG_PIN, true);
}

static void test_other_key(void **state)
{
	walk(*state, WRONG_KEY, false);
	walk(*state, WRONG_KEY, true);
}

static void test_forger(void **state)
{
	terminal_command(*state, 0, "misbehave wrong-signature");
	walk(*state, FORGER, false);
	walk(*state, FORGER, true);
	assert_event(*state, "\"reason\":\"signature\"");
}

#define HERE(function) cmocka_unit_test_setup_teardown(function, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		HERE(test_right),
		HERE(test_wrong_pin),
		HERE(test_other_key),
		HERE(test_forger),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
