/* a log-in by a one-time code, with the real session: each code once, whatever
 * the clock does, none after it was taken away. */
#include "codes_fixture.h"

#include "agent/auth/otpfile.h"
#include "agent/auth/tally.h"
#include "cleanup.h"
#include "wire.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static const char *code_of(const struct otp *otp, uint64_t counter)
{
	return codes_of((const char *)otp->seed, otp->seed_length, counter);
}

static void test_granted_once(void **state)
{
	struct terminal *terminal = *state;
	uint32_t step = (uint32_t)codes_step();
	struct outcome outcome;

	outcome = visit(terminal, "taro", codes_at(step));
	assert_verdict(&outcome, VERDICT_GRANTED);
	assert_int_equal(outcome.prompts, 1);
	assert_int_equal(outcome.shown, 1);
	assert_non_null(strstr(outcome.text, "[S-2011] login: type the one-time code"));
	assert_event(terminal, "login.granted 0 ");
	assert_event(terminal, "\"factor\":\"otp\"");
	assert_event(terminal, "\"method\":\"totp\"");
	assert_int_equal(codes_place(terminal, &taro, NULL).state.next, step + 1);
	outcome = visit(terminal, "taro", codes_at(step));
	assert_verdict(&outcome, VERDICT_WRONG);
	assert_non_null(strstr(outcome.text, "[S-2121]"));
	assert_event(terminal, "\"reason\":\"otp-used\"");
	assert_events(terminal, "login.granted", 1);
	assert_int_equal(codes_place(terminal, &taro, NULL).tries, 0);
}

/* The clock was set back: neither the code of then nor the used one opens. */
static void test_clock_back(void **state)
{
	struct terminal *terminal = *state;
	const struct otpstate later = {.state.next = (uint32_t)codes_step() + 1000};
	struct outcome outcome;

	codes_place(terminal, &taro, &later);
	outcome = visit(terminal, "taro", codes_now());
	assert_verdict(&outcome, VERDICT_WRONG);
	outcome = visit(terminal, "taro", codes_at(later.state.next - 1));
	assert_verdict(&outcome, VERDICT_WRONG);
	assert_events(terminal, "\"reason\":\"otp-clock\"", 2);
	assert_int_equal(codes_place(terminal, &taro, NULL).state.next, later.state.next);
}

static void test_counted(void **state)
{
	struct terminal *terminal = *state;
	struct otp jiro = taro;
	struct outcome outcome;

	jiro.seed[0] = 'C';
	for (uint64_t counter = 5; counter < 7; counter++) {
		outcome = visit(terminal, "jiro", code_of(&jiro, counter));
		assert_verdict(&outcome, VERDICT_GRANTED);
	}
	assert_event(terminal, "\"method\":\"hotp\"");
	outcome = visit(terminal, "jiro", code_of(&jiro, 5));
	assert_verdict(&outcome, VERDICT_WRONG);
	assert_event(terminal, "\"reason\":\"otp-used\"");
}

static void test_dates(void **state)
{
	struct terminal *terminal = *state;
	struct otp other = taro;
	struct outcome outcome;

	other.seed[0] = 'A';
	outcome = visit(terminal, "aoi", code_of(&other, (uint32_t)codes_step()));
	assert_verdict(&outcome, VERDICT_WRONG);
	assert_event(terminal, "\"reason\":\"otp-not-yet\"");
	other.seed[0] = 'B';
	outcome = visit(terminal, "hanako", code_of(&other, (uint32_t)codes_step()));
	assert_verdict(&outcome, VERDICT_WRONG);
	assert_event(terminal, "\"reason\":\"otp-expired\"");
}

/* Such answers are made up by programs; none is a guess, none opens. */
static void test_no_code(void **state)
{
	static const char *const answers[] = {"\b\n\r\177INCORRECT", "12345", "123456789",
					      "correct horse",	     "",      "-12345"};
	struct terminal *terminal = *state;

	for (size_t i = 0; i < ARRAY_SIZE(answers); i++) {
		struct outcome outcome = visit(terminal, "taro", answers[i]);

		assert_verdict(&outcome, VERDICT_WRONG);
	}
	assert_int_equal(codes_place(terminal, &taro, NULL).tries, 0);
}

/* Of two at once with one code, one gets in. */
static void test_at_once(void **state)
{
	struct terminal *terminal = *state;
	const struct visit taro_visits = {.user = "taro", .confirm = codes_now()};
	struct attempt attempts[4];
	size_t granted = 0;

	for (size_t i = 0; i < ARRAY_SIZE(attempts); i++)
		attempts[i] = terminal_begin(terminal, &taro_visits);
	for (size_t i = 0; i < ARRAY_SIZE(attempts); i++) {
		struct outcome outcome = terminal_end(terminal, &taro_visits, &attempts[i]);

		granted += outcome.verdict == (int)VERDICT_GRANTED;
	}
	assert_int_equal(granted, 1);
}

/* Once the log-in holds the place of taro's code: its file goes. In a process of its own, for ours
 * is the person. */
static void remove_while_waiting(struct terminal *terminal, const char *prompt)
{
	struct otpstate place;
	const int dirfd = folder_state(terminal);
	int fd = -1;

	(void)prompt;
	if (fork() != 0) {
		close(dirfd);
		return;
	}
	if (counter_open(dirfd, TALLY_FILE, &fd) < 0)
		_exit(1);
	for (int i = 0; i < 200; i++) {
		if (otpstate_lock(fd, &taro, wire_now(), &place) == -ETIMEDOUT)
			_exit(unlinkat(dirfd, OTPFILE_NAME, 0) < 0);
		/* The lock is the descriptor's. */
		close(fd);
		if (counter_open(dirfd, TALLY_FILE, &fd) < 0)
			_exit(1);
		usleep(10000);
	}
	_exit(1);
}

/* Removed while somebody waits with a right code: it opens nothing any more. */
static void test_removed_meanwhile(void **state)
{
	const struct otpstate guessed = {.tries = OTPSTATE_FREE_TRIES + 2};
	struct terminal *terminal = *state;
	const struct visit visitor = {
		.user = "taro", .confirm = codes_now(), .before_answer = remove_while_waiting};
	struct outcome outcome;
	int status = -1;

	codes_place(terminal, &taro, &guessed);
	outcome = terminal_visit(terminal, &visitor);
	assert_true(wait(&status) > 0);
	assert_int_equal(status, 0);
	assert_verdict(&outcome, VERDICT_WRONG);
	assert_event(terminal, "\"reason\":\"otp-not-enrolled\"");
	assert_events(terminal, "login.granted", 0);
}

/* Not accepted, a code is not even asked for. */
static void test_policy(void **state)
{
	struct terminal *terminal = *state;
	struct outcome outcome;
	char path[128], text[WORDS_MAX];

	terminal_configure(terminal, "[Auth]\nKeyWaitSeconds=1\n");
	outcome = visit(terminal, "taro", codes_now());
	assert_verdict(&outcome, VERDICT_NO_KEY);
	assert_int_equal(outcome.prompts, 0);
	/* Alone, it needs neither keys nor a roster. */
	terminal_configure(terminal, "[Auth]\nFactors=otp\n");
	snprintf(path, sizeof(path), "%s/roster", terminal->folder);
	assert_int_equal(unlink(path), 0);
	PLUG(terminal, 0);
	outcome = visit(terminal, "taro", codes_now());
	assert_verdict(&outcome, VERDICT_GRANTED);
	assert_non_null(strstr(outcome.text, "[S-2013]"));
	terminal_configure(terminal, "[Auth]\nFactors=otp sms\n");
	outcome = visit(terminal, "taro", "000000");
	assert_verdict(&outcome, VERDICT_BROKEN);
	terminal_errors(terminal, text);
	assert_non_null(strstr(text, "\"sms\" is neither key nor otp"));
	terminal_configure(terminal, "[Auth]\nFactors=\n");
	outcome = visit(terminal, "taro", "000000");
	assert_verdict(&outcome, VERDICT_BROKEN);
}

/* What can't be read or kept opens nothing. */
static void test_store(void **state)
{
	struct terminal *terminal = *state;
	struct outcome outcome;
	char text[WORDS_MAX], path[128];

	codes_write(terminal, SEEDS, 0644);
	outcome = visit(terminal, "taro", codes_now());
	assert_verdict(&outcome, VERDICT_BROKEN);
	assert_event(terminal, "\"reason\":\"otp-store\"");
	terminal_errors(terminal, text);
	assert_non_null(strstr(text, "/state/otp: must be sekisho-auth's"));
	codes_write(terminal, SEEDS, 0600);
	folder_path(terminal, "state/" TALLY_FILE, path);
	assert_int_equal(truncate(path, 100), 0);
	outcome = visit(terminal, "taro", codes_now());
	assert_verdict(&outcome, VERDICT_BROKEN);
	assert_int_equal(outcome.prompts, 0);
	assert_event(terminal, "\"reason\":\"counter-store\"");
	assert_events(terminal, "login.granted", 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_granted_once),
		TEST(test_clock_back),
		TEST(test_counted),
		TEST(test_dates),
		TEST(test_no_code),
		TEST(test_at_once),
		TEST(test_removed_meanwhile),
		TEST(test_policy),
		TEST(test_store),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
