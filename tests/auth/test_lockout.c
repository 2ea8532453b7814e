/* limits on wrong answers, by name and for the terminal, with the real session: they outlive
 * processes, clocks that are set, full disks and damaged files, and tell nobody which names there
 * are. */
#include "codes.h"
#include "folder.h"
#include "lock_time.h"
#include "steppedclock.h"

#include <ctype.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define KEY   PATIENT
#define CODES PATIENT "Factors=otp\n"
#define SEED  "taro totp " CODES_SEED_HEX "\n"

static struct outcome by_pin(struct terminal *terminal, const char *user, const char *pin)
{
	return terminal_visit(terminal, &(struct visit){.user = user, .pin = pin});
}

static struct outcome by_code(struct terminal *terminal, const char *user, const char *code)
{
	return terminal_visit(terminal, &(struct visit){.user = user, .confirm = code});
}

static void enrol(struct terminal *terminal)
{
	PLUG(terminal, 0);
	terminal_enrol(terminal, 0, "hanako", PIN);
}

/* The key blocks itself after three: until it is plugged in again. */
static void replug(struct terminal *terminal)
{
	terminal_command(terminal, 0, "unplug");
	terminal_command(terminal, 0, "plug");
}

static void assert_told(const struct outcome *outcome, const char *words)
{
	if (!strstr(outcome->text, words))
		fail_msg("not \"%s\" in:\n%s", words, outcome->text);
}

/* The fifth wrong PIN makes the next try wait; that one is asked for nothing, and the key is left
 * alone. After the wait the right PIN opens. */
static void test_wrong_pins(void **state)
{
	struct terminal *terminal = *state;
	struct outcome outcome;

	enrol(terminal);
	for (int i = 0; i < 5; i++) {
		outcome = by_pin(terminal, "hanako", "9999");
		assert_int_equal(!strstr(outcome.text, "[S-2126]"), i < 4);
		if (i % 2)
			replug(terminal);
	}
	assert_verdict(&outcome, VERDICT_WRONG);
	assert_told(&outcome, "[S-2105] The PIN is wrong.");
	assert_told(&outcome, "\n[S-2126] There were too many wrong answers for this name.\n"
			      "Try again in ");
	assert_event(terminal, "login.locked 0 ");
	assert_event(terminal, "\"reason\":\"locked\"");
	assert_event(terminal, "\"tries\":\"5\"");
	assert_events(terminal, "login.locked", 1);
	assert_int_equal(terminal_status(terminal, 0, "pin-retries"), 3);
	outcome = by_pin(terminal, "hanako", PIN);
	assert_verdict(&outcome, VERDICT_BLOCKED);
	assert_int_equal(outcome.prompts, 0);
	assert_told(&outcome, "[S-2126]");
	assert_true(outcome.ms >= 1000);
	assert_events(terminal,
		      "\"reason\":\"locked\",\"service\":\"login\",\"user\":\"hanako\","
		      "\"verdict\":\"blocked\"",
		      1);
	assert_int_equal(terminal_status(terminal, 0, "pin-retries"), 3);
	lock_time_pass(terminal, 30);
	outcome = by_pin(terminal, "hanako", "9999");
	assert_verdict(&outcome, VERDICT_WRONG);
	assert_told(&outcome, "[S-2126]");
	lock_time_pass(terminal, 60);
	replug(terminal);
	outcome = by_pin(terminal, "hanako", PIN);
	assert_verdict(&outcome, VERDICT_GRANTED);
	assert_int_equal(lock_time_wrong_answers(terminal), 0);
	assert_events(terminal, "login.locked", 2);
}

/* Minutes and a time of day, in either language. */
static void test_words(void **state)
{
	struct terminal *terminal = *state;
	struct visit person = {.user = "taro", .confirm = "000000", .locale = "ja_JP.UTF-8"};
	struct outcome outcome;

	terminal_configure(terminal, CODES "WrongAnswers=1\n");
	for (int i = 0; i < 3; i++) {
		outcome = by_code(terminal, "taro", "000000");
		assert_verdict(&outcome, VERDICT_WRONG);
		lock_time_pass(terminal, 30 << i);
	}
	outcome = by_code(terminal, "taro", "000000");
	assert_verdict(&outcome, VERDICT_WRONG);
	assert_told(&outcome, "\n[S-2125] There were too many wrong answers for this name.\n"
			      "Try again at ");
	assert_told(&outcome, ", in 4 minutes.\nIf the answers were not yours, please call the IT "
			      "section.");
	outcome = terminal_visit(terminal, &person);
	assert_verdict(&outcome, VERDICT_BLOCKED);
	assert_told(&outcome, "【S-2125】この利用者名での認証の失敗が続いたため、");
	assert_told(&outcome, "（4分後）まで認証できません。");
}

/* What is said, without the numbers that depend on the moment. */
static void without_seconds(char *text)
{
	for (char *at = text; (at = strstr(at, "again in ")); at++)
		for (char *digit = at + 9; isdigit(*digit); digit++)
			*digit = '#';
}

/* Words, prompts and waits are the same for a name with a key, with a code, and without. */
static void test_no_oracle(void **state)
{
	static const char *const users[] = {"hanako", "taro", "unknown"};
	struct terminal *terminal = *state;
	char said[2][WORDS_MAX] = {};

	enrol(terminal);
	codes_write(terminal, SEED, 0600);
	terminal_unplug(terminal, 0);
	terminal_configure(terminal, KEY "Factors=key, otp\nWrongAnswers=3\n");
	for (size_t i = 0; i < ARRAY_SIZE(users); i++) {
		for (int tries = 0; tries < 5; tries++) {
			struct outcome outcome = by_code(terminal, users[i], "000000");
			size_t length;

			assert_verdict(&outcome, tries < 3 ? VERDICT_WRONG : VERDICT_BLOCKED);
			without_seconds(outcome.text);
			length = strlen(said[i > 0]);
			snprintf(said[i > 0] + length, WORDS_MAX - length, "%s", outcome.text);
		}
		if (i > 0)
			assert_string_equal(said[1], said[0]);
		said[1][0] = '\0';
	}
	assert_int_equal(lock_time_wrong_answers(terminal), 9);
}

static void leave(struct terminal *terminal, const struct visit *visit)
{
	struct attempt attempt = terminal_begin(terminal, visit);

	/* At the question it closes. */
	terminal_end(terminal, visit, &attempt);
}

/* No key, no touch, no answer, no code, a short PIN: as often as anybody likes. */
static void test_no_answer(void **state)
{
	struct terminal *terminal = *state;
	const struct visit leaver = {.user = "hanako"};
	struct outcome outcome;

	enrol(terminal);
	terminal_configure(terminal, "[Auth]\nTouchSeconds=5\nWrongAnswers=2\n");
	for (int i = 0; i < 3; i++) {
		outcome = by_pin(terminal, "hanako", "123");
		assert_verdict(&outcome, VERDICT_WRONG);
		leave(terminal, &leaver);
		terminal_command(terminal, 0, "touch-mode never");
		outcome = by_pin(terminal, "hanako", PIN);
		assert_verdict(&outcome, VERDICT_TIMEOUT);
		terminal_command(terminal, 0, "touch-mode auto");
	}
	assert_int_equal(lock_time_wrong_answers(terminal), 0);
	terminal_unplug(terminal, 0);
	terminal_configure(terminal, "[Auth]\nKeyWaitSeconds=1\nWrongAnswers=2\n");
	for (int i = 0; i < 3; i++) {
		outcome = by_pin(terminal, "hanako", PIN);
		assert_verdict(&outcome, VERDICT_NO_KEY);
	}
	terminal_configure(terminal, CODES "WrongAnswers=2\n");
	for (int i = 0; i < 3; i++) {
		outcome = by_code(terminal, "hanako", "\b\n\r\177INCORRECT");
		assert_verdict(&outcome, VERDICT_WRONG);
		assert_event(terminal, "\"reason\":\"otp-malformed\"");
	}
	assert_int_equal(lock_time_wrong_answers(terminal), 0);
	assert_events(terminal, "login.locked", 0);
}

/* Of many at once as many are judged as one after the other would be. */
static void test_at_once(void **state)
{
	struct terminal *terminal = *state;
	const struct visit guess = {.user = "taro", .confirm = "000000"};
	struct attempt attempts[8];
	size_t wrong = 0, blocked = 0;

	codes_write(terminal, SEED, 0600);
	terminal_configure(terminal, CODES "WrongAnswers=3\n");
	for (size_t i = 0; i < ARRAY_SIZE(attempts); i++)
		attempts[i] = terminal_begin(terminal, &guess);
	for (size_t i = 0; i < ARRAY_SIZE(attempts); i++) {
		struct outcome outcome = terminal_end(terminal, &guess, &attempts[i]);

		wrong += outcome.verdict == (int)VERDICT_WRONG;
		blocked += outcome.verdict == (int)VERDICT_BLOCKED;
	}
	assert_int_equal(wrong, 3);
	assert_int_equal(blocked, 5);
	assert_int_equal(lock_time_wrong_answers(terminal), 3);
}

/* Guessing over many names makes everybody wait, but who comes another way. */
static void test_terminal(void **state)
{
	static const char *const names[] = {"a", "b", "c", "d", "e", "f", "g", "h"};
	struct terminal *terminal = *state;
	struct visit afar = {.user = "x", .confirm = "000000", .rhost = "192.0.2.7"};
	struct outcome outcome;

	codes_write(terminal, SEED, 0600);
	terminal_configure(terminal, CODES "WrongAnswers=1\n");
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		afar.user = names[i];
		outcome = terminal_visit(terminal, &afar);
		assert_verdict(&outcome, VERDICT_WRONG);
		/* Up to a wait that no busy machine sits out. */
		if (i >= 3 && i + 1 < ARRAY_SIZE(names))
			lock_time_pass(terminal, 60);
	}
	afar.user = "taro";
	afar.confirm = codes_now();
	outcome = terminal_visit(terminal, &afar);
	assert_verdict(&outcome, VERDICT_BLOCKED);
	assert_told(&outcome, "[S-2127] There were too many wrong answers at this terminal.");
	assert_event(terminal, "\"reason\":\"terminal-locked\"");
	outcome = by_code(terminal, "taro", codes_now());
	assert_verdict(&outcome, VERDICT_GRANTED);
}

/* Who guesses from afar keeps nobody at the screen waiting. */
static void test_from_afar(void **state)
{
	struct terminal *terminal = *state;
	const struct visit afar = {.user = "taro", .confirm = "000000", .service = "sshd"};
	struct outcome outcome;

	codes_write(terminal, SEED, 0600);
	terminal_configure(terminal, CODES "WrongAnswers=2\n");
	for (int i = 0; i < 3; i++)
		outcome = terminal_visit(terminal, &afar);
	assert_verdict(&outcome, VERDICT_BLOCKED);
	outcome = by_code(terminal, "taro", codes_now());
	assert_verdict(&outcome, VERDICT_GRANTED);
	outcome = terminal_visit(terminal, &afar);
	assert_verdict(&outcome, VERDICT_BLOCKED);
}

/* The terminal's clock, set a day forward or back, ends no wait. */
static void test_clock_set(void **state)
{
	static const int64_t steps[] = {86400, -86400};
	struct terminal *terminal = *state;
	struct outcome outcome;

	terminal_configure(terminal, CODES "WrongAnswers=1\nLongestWaitMinutes=60\n");
	outcome = by_code(terminal, "taro", "000000");
	assert_verdict(&outcome, VERDICT_WRONG);
	for (size_t i = 0; i < ARRAY_SIZE(steps); i++) {
		steppedclock_step(terminal, steps[i]);
		outcome = by_code(terminal, "taro", "000000");
		steppedclock_leave();
		assert_verdict(&outcome, VERDICT_BLOCKED);
	}
}

static int own_mounts(void **state)
{
	return lock_time_no_session() < 0 ? -1 : folder_own_mounts(state);
}

/* L-07: on a disk that filled up afterwards guesses are counted, and the right PIN opens. */
static void test_full_disk(void **state)
{
	struct terminal *terminal = *state;
	struct outcome outcome;

	enrol(terminal);
	folder_mount_state(terminal, "size=8m,mode=700");
	assert_int_equal(terminal_flush(terminal), 0);
	folder_fill_state(terminal);
	terminal_configure(terminal, KEY "WrongAnswers=2\n");
	for (int i = 0; i < 2; i++) {
		outcome = by_pin(terminal, "hanako", "9999");
		assert_verdict(&outcome, VERDICT_WRONG);
	}
	outcome = by_pin(terminal, "hanako", PIN);
	assert_verdict(&outcome, VERDICT_BLOCKED);
	lock_time_pass(terminal, 30);
	outcome = by_pin(terminal, "hanako", PIN);
	assert_verdict(&outcome, VERDICT_GRANTED);
}

/* Where the file can't be made, for the disk is full, nobody is asked for anything. */
static void test_no_room(void **state)
{
	struct terminal *terminal = *state;
	struct outcome outcome;

	enrol(terminal);
	folder_mount_state(terminal, "size=512k,mode=700");
	folder_fill_state(terminal);
	outcome = by_pin(terminal, "hanako", PIN);
	assert_verdict(&outcome, VERDICT_BROKEN);
	assert_int_equal(outcome.prompts, 0);
	assert_told(&outcome, "[S-2201]");
	assert_event(terminal, "\"reason\":\"counter-store\"");
}

/* A file of a wrong size is told, slows everybody down for a moment, and goes on. */
static void test_damaged_file(void **state)
{
	struct terminal *terminal = *state;
	struct outcome outcome;
	char path[128];

	enrol(terminal);
	folder_path(terminal, "state/" LOCKPLACE_FILE, path);
	assert_int_equal(terminal_flush(terminal), 0);
	assert_int_equal(truncate(path, 100), 0);
	outcome = by_pin(terminal, "hanako", PIN);
	assert_verdict(&outcome, VERDICT_BLOCKED);
	assert_told(&outcome, "[S-2127]");
	assert_event(terminal, "store.fault 0 ");
	assert_event(terminal, "\"store\":\"lockouts\"");
	lock_time_pass(terminal, 5);
	outcome = by_pin(terminal, "hanako", PIN);
	assert_verdict(&outcome, VERDICT_GRANTED);
	assert_events(terminal, "\"store\":\"lockouts\"", 1);
	/* What is no file at all lets nobody in. */
	assert_int_equal(unlink(path), 0);
	assert_int_equal(mkdir(path, 0700), 0);
	outcome = by_pin(terminal, "hanako", PIN);
	assert_verdict(&outcome, VERDICT_BROKEN);
	assert_int_equal(outcome.prompts, 0);
	assert_int_equal(rmdir(path), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(test_wrong_pins), CASE(test_words),	CASE(test_no_oracle),
		CASE(test_no_answer),  CASE(test_at_once),	CASE(test_terminal),
		CASE(test_from_afar),  CASE(test_clock_set),	MOUNTED(test_full_disk),
		MOUNTED(test_no_room), CASE(test_damaged_file),
	};

	return cmocka_run_group_tests(tests, own_mounts, NULL);
}
