/* tokens that lie, stall or break off never open a door, and let go when
 * nobody waits any more. */
#include "terminal.h"

#include "cleanup.h"
#include "tests/authenticator/misbehave.h"
#include "wire.h"

#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* What comes of each misbehaviour; the table must name all. */
static const struct {
	const char *misbehaviour;
	enum verdict verdict;
	const char *reason;
} rows[] = {
	{"wrong-signature", VERDICT_WRONG, "signature"},
	{"wrong-challenge", VERDICT_WRONG, "signature"},
	{"wrong-rp", VERDICT_WRONG, "flags"},
	{"other-credential", VERDICT_WRONG, NULL},
	{"no-uv-bit", VERDICT_WRONG, "flags"},
	{"no-up-bit", VERDICT_WRONG, "flags"},
	{"uv-ignored", VERDICT_WRONG, "flags"},
	{"counter-back", VERDICT_BLOCKED, "counter-back"},
	{"counter-repeat", VERDICT_BLOCKED, "counter-back"},
	{"garbage-cbor", VERDICT_BROKEN, NULL},
	{"huge-cbor", VERDICT_BROKEN, "token-fault"},
	{"truncated-response", VERDICT_BROKEN, NULL},
	{"truncated-frames", VERDICT_NO_KEY, "key-gone"},
	{"huge-count", VERDICT_NO_KEY, "key-gone"},
	{"silent-refused", VERDICT_GRANTED, NULL},
	{"silent-needs-uv", VERDICT_GRANTED, NULL},
	{"deny", VERDICT_WRONG, "denied"},
	{"stall", VERDICT_NO_KEY, "key-gone"},
	{"stall-behind", VERDICT_NO_KEY, "key-gone"},
	{"stall-info", VERDICT_NO_KEY, "no-key"},
	{"stall-init", VERDICT_NO_KEY, "no-key"},
	{"unplug-midway", VERDICT_NO_KEY, "key-gone"},
};

static struct outcome visit(struct terminal *terminal)
{
	return terminal_visit(terminal, &(struct visit){.user = "hanako", .pin = PIN});
}

/* Only what is waited for in vain is waited for briefly: a key that does not say what it is, or one
 * that says nothing more once the PIN is given. */
static void configure(struct terminal *terminal, size_t row)
{
	const bool gone = rows[row].verdict == VERDICT_NO_KEY;
	const bool unknown = gone && strcmp(rows[row].reason, "no-key") == 0;
	const bool huge = strcmp(rows[row].misbehaviour, "huge-cbor") == 0;
	char text[128];

	snprintf(text, sizeof(text), "[Auth]\nKeyWaitSeconds=%d\nTouchSeconds=%d\nPinSeconds=30\n",
		 unknown ? 3 : 30, gone || huge ? 5 : 30);
	terminal_configure(terminal, text);
}

/* Three granted ones first, so that a counter has something to go back to. */
static void prepare(struct terminal *terminal)
{
	struct outcome outcome;

	/* Of itself it gives up no touch while a test waits for that. */
	PLUG(terminal, 0, "--touch-timeout", "600000");
	terminal_enrol(terminal, 0, "hanako", PIN);
	terminal_enrol(terminal, 0, "hanako", PIN);
	for (int i = 0; i < 3; i++) {
		outcome = visit(terminal);
		assert_verdict(&outcome, VERDICT_GRANTED);
	}
}

static void test_misbehaviour(void **state, size_t row)
{
	struct terminal *terminal = *state;
	struct outcome outcome;
	char text[64];

	prepare(terminal);
	snprintf(text, sizeof(text), "misbehave %s", rows[row].misbehaviour);
	terminal_command(terminal, 0, text);
	configure(terminal, row);
	outcome = visit(terminal);
	print_message("%s: %s in %d ms\n", text, verdict_name((unsigned int)outcome.verdict),
		      (int)outcome.ms);
	/* Where 2 GiB take longer than a key may, as under AddressSanitizer, it counts as gone. */
	if (strcmp(rows[row].misbehaviour, "huge-cbor") == 0 && outcome.verdict == VERDICT_NO_KEY)
		return;
	assert_verdict(&outcome, rows[row].verdict);
	if (rows[row].reason) {
		snprintf(text, sizeof(text), "\"reason\":\"%s\"", rows[row].reason);
		assert_event(terminal, text);
	}
}

static void test_misbehaviours(void **state)
{
	(void)state;
	for (size_t i = 0; i < MISBEHAVE_COUNT; i++) {
		void *terminal = NULL;
		size_t row;

		for (row = 0; row < ARRAY_SIZE(rows); row++)
			if (strcmp(rows[row].misbehaviour, misbehaviour_table[i].name) == 0)
				break;
		if (row == ARRAY_SIZE(rows))
			print_error("no row for %s\n", misbehaviour_table[i].name);
		assert_true(row < ARRAY_SIZE(rows));
		assert_int_equal(terminal_setup(&terminal), 0);
		test_misbehaviour(&terminal, row);
		assert_int_equal(terminal_teardown(&terminal), 0);
	}
}

/* Children of the session: the token child is one. */
static size_t count_children(pid_t parent)
{
	char place[64];
	char text[256];
	size_t count = 0;
	FILE *file;

	snprintf(place, sizeof(place), "/proc/%d/task/%d/children", parent, parent);
	file = fopen(place, "re");
	if (!file)
		return 0;
	if (fgets(text, sizeof(text), file))
		for (char *at = text; (at = strchr(at, ' ')); at++)
			count++;
	fclose(file);
	return count;
}

static void pause_ms(long ms)
{
	const struct timespec pause = {ms / 1000, ms % 1000 * 1000000};

	nanosleep(&pause, NULL);
}

static void wait_for(struct terminal *terminal, const char *name, long value)
{
	const int64_t deadline = wire_now() + PATIENCE_MS;

	while (terminal_status(terminal, 0, name) != value && wire_now() < deadline)
		pause_ms(30);
	assert_int_equal(terminal_status(terminal, 0, name), value);
}

/* As terminal_exit(); one that does not end is no reason to wait for ever. */
static int exit_of(pid_t pid)
{
	const int64_t deadline = wire_now() + PATIENCE_MS;
	siginfo_t ended = {};

	while (waitid(P_PID, (id_t)pid, &ended, WEXITED | WNOHANG | WNOWAIT) == 0 &&
	       ended.si_pid == 0) {
		if (wire_now() > deadline) {
			kill(pid, SIGKILL);
			terminal_exit(pid);
			fail_msg("session %d does not end", pid);
		}
		pause_ms(10);
	}
	return terminal_exit(pid);
}

/* Up to the touch, which nobody gives. */
static struct attempt begin_untouched(struct terminal *terminal)
{
	const struct visit person = {.user = "hanako", .pin = PIN};
	struct auth_answer answer = {.text = PIN};
	struct wire_packet packet;
	struct attempt attempt;

	prepare(terminal);
	terminal_configure(terminal, "[Auth]\nTouchSeconds=120\n");
	terminal_command(terminal, 0, "touch-mode never");
	attempt = terminal_begin(terminal, &person);
	assert_int_equal(wire_receive_packet(attempt.fd, &packet, wire_now() + PATIENCE_MS), 0);
	assert_int_equal(
		wire_send(attempt.fd, &auth_answer_layout, &answer, wire_now() + PATIENCE_MS), 0);
	wait_for(terminal, "waiting", 1);
	return attempt;
}

/* The program goes away while the key blinks: the session ends, the key stops blinking. */
static void test_cancel(void **state)
{
	struct terminal *terminal = *state;
	struct attempt attempt = begin_untouched(terminal);
	struct outcome outcome;

	assert_int_equal(count_children(attempt.pid), 1);
	close(attempt.fd);
	assert_session_ended(exit_of(attempt.pid));
	wait_for(terminal, "waiting", 0);
	assert_event(terminal, "\"reason\":\"cancelled\"");
	/* It is free for the next one: while it waits for a touch it takes no other question. */
	terminal_command(terminal, 0, "touch-mode auto");
	outcome = visit(terminal);
	assert_verdict(&outcome, VERDICT_GRANTED);
	assert_null(strstr(outcome.text, "[S-2002]"));
}

/* The session itself dies: the child does not outlive it. */
static void test_session_killed(void **state)
{
	struct terminal *terminal = *state;
	struct attempt attempt = begin_untouched(terminal);

	kill(attempt.pid, SIGKILL);
	assert_int_equal(exit_of(attempt.pid), 1000 + SIGKILL);
	wait_for(terminal, "waiting", 0);
	close(attempt.fd);
}

/* Somebody closes the window at the PIN prompt: no key is held, nothing hangs on. */
static void test_prompt_abandoned(void **state)
{
	struct terminal *terminal = *state;
	struct outcome outcome;

	prepare(terminal);
	outcome = terminal_visit(terminal, &(struct visit){.user = "hanako"});
	assert_int_equal(outcome.verdict, -1);
	assert_exit(&outcome);
	assert_event(terminal, "\"reason\":\"cancelled\"");
	outcome = visit(terminal);
	assert_verdict(&outcome, VERDICT_GRANTED);
}

/* A module that speaks out of turn, or nonsense, gets no verdict but broken. */
static void test_program_out_of_turn(void **state)
{
	struct terminal *terminal = *state;
	const struct visit person = {.user = "hanako", .pin = PIN};
	struct auth_answer answer = {.text = PIN};
	struct attempt attempt;
	struct outcome outcome;

	PLUG(terminal, 0);
	terminal_enrol(terminal, 0, "hanako", PIN);
	terminal_unplug(terminal, 0);
	attempt = terminal_begin(terminal, &person);
	assert_int_equal(
		wire_send(attempt.fd, &auth_answer_layout, &answer, wire_now() + PATIENCE_MS), 0);
	outcome = terminal_end(terminal, &person, &attempt);
	assert_verdict(&outcome, VERDICT_BROKEN);
	assert_event(terminal, "\"reason\":\"protocol\"");
}

/* Two log-ins of one person at once with one key: one waits for the other's count, both are granted
 * and neither looks like a copied key. */
static void test_two_at_once(void **state)
{
	struct terminal *terminal = *state;
	const struct visit person = {.user = "hanako", .pin = PIN};
	struct attempt attempts[2];
	struct outcome outcome;
	char events[WORDS_MAX];

	prepare(terminal);
	for (int round = 0; round < 3; round++) {
		for (size_t i = 0; i < 2; i++)
			attempts[i] = terminal_begin(terminal, &person);
		for (size_t i = 0; i < 2; i++) {
			outcome = terminal_end(terminal, &person, &attempts[i]);
			assert_verdict(&outcome, VERDICT_GRANTED);
		}
	}
	/* prepare() made three. */
	assert_events(terminal, "login.granted", 3 + 6);
	terminal_events(terminal, events);
	assert_null(strstr(events, "login.refused"));
	assert_null(strstr(events, "key.suspect"));
}

/* A signature that was good once is good for nothing: the challenge is another each time. */
static void test_replayed_signature(void **state)
{
	struct terminal *terminal = *state;
	struct outcome outcome;

	PLUG(terminal, 0);
	terminal_enrol(terminal, 0, "hanako", PIN);
	terminal->token = "tests/replaytoken";
	outcome = visit(terminal);
	assert_verdict(&outcome, VERDICT_GRANTED);
	outcome = visit(terminal);
	assert_verdict(&outcome, VERDICT_WRONG);
	assert_event(terminal, "\"reason\":\"signature\"");
}

static void test_unanswered(void **state)
{
	struct terminal *terminal = *state;
	const struct visit slow = {.user = "hanako", .dawdles = true};
	struct outcome outcome;

	PLUG(terminal, 0);
	terminal_enrol(terminal, 0, "hanako", PIN);
	terminal_configure(terminal, "[Auth]\nPinSeconds=5\n");
	outcome = terminal_visit(terminal, &slow);
	assert_verdict(&outcome, VERDICT_TIMEOUT);
	assert_non_null(strstr(outcome.text, "[S-2112]"));
	assert_event(terminal, "\"reason\":\"unanswered\"");
	terminal_configure(terminal, PATIENT);
	outcome = visit(terminal);
	assert_verdict(&outcome, VERDICT_GRANTED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_misbehaviours),
		CASE(test_cancel),
		CASE(test_session_killed),
		CASE(test_prompt_abandoned),
		CASE(test_program_out_of_turn),
		CASE(test_two_at_once),
		CASE(test_replayed_signature),
		CASE(test_unanswered),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
