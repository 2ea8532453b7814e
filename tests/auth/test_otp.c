/* a log-in by a one-time code beside the key, with the real session: each code
 * once, guessing slow, the same conversation for everybody. */
#include "terminal.h"

#include "agent/auth/otpfile.h"
#include "agent/auth/otpstate.h"
#include "agent/auth/tally.h"
#include "cleanup.h"

#include <errno.h>
#include <fcntl.h>
#include <liboath/oath.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define SERVER 65534 /* nobody: somebody who is not root */
#define BOTH   PATIENT "Factors=key, otp\n"

/* In a conversation with both factors a key has SETTLE_MS to say what it is, which on a busy
 * machine it may miss once. */
#define LATE_TRIES 10

static const struct otp taro = {.digits = 6, .seed_length = 20, .seed = "12345678901234567890"};

static void state_path(const struct terminal *terminal, const char *name, char path[static 128])
{
	snprintf(path, 128, "%s/state%s%s", terminal->folder, name[0] ? "/" : "", name);
}

/* taro has a code and no key; jiro's counts, hanako's is over, aoi's still to come. */
static void write_seeds(const struct terminal *terminal, mode_t mode)
{
	static const char text[] = OTPFILE_HEADER
		"aoi totp 4132333435363738393031323334353637383930 from=2998-01-01\n"
		"hanako totp 4232333435363738393031323334353637383930 to=2020-01-01\n"
		"jiro hotp 4332333435363738393031323334353637383930\n"
		"taro totp 3132333435363738393031323334353637383930\n";
	char path[128];
	FILE *file;

	state_path(terminal, OTPFILE_NAME, path);
	file = fopen(path, "we");
	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
	assert_int_equal(chmod(path, mode), 0);
}

static int setup(void **state)
{
	int r = terminal_setup(state);

	if (r == 0) {
		terminal_configure(*state, BOTH);
		write_seeds(*state, 0600);
	}
	return r;
}

static const char *code_of(const struct otp *otp, uint64_t counter)
{
	static char code[OTP_CODE_SIZE];

	assert_int_equal(oath_hotp_generate((const char *)otp->seed, otp->seed_length, counter, 6,
					    false, OATH_HOTP_DYNAMIC_TRUNCATION, code),
			 OATH_OK);
	return code;
}

static uint32_t step_now(void)
{
	return (uint32_t)(time(NULL) / OTP_STEP);
}

static struct outcome visit(struct terminal *terminal, const char *user, const char *code)
{
	return terminal_visit(terminal, &(struct visit){.user = user, .confirm = code});
}

/* Reads, or with @write sets, what is known of taro's code. */
static struct otpstate place_of(const struct terminal *terminal, const struct otpstate *write)
{
	struct otpstate place = {};
	int dirfd, fd = -1;
	char path[128];

	state_path(terminal, "", path);
	dirfd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_true(dirfd >= 0);
	assert_int_equal(counter_open(dirfd, TALLY_FILE, &fd), 0);
	assert_int_equal(otpstate_lock(fd, &taro, wire_now() + 1000, &place), 0);
	if (write) {
		place.state = write->state;
		place.tries = write->tries;
		assert_int_equal(otpstate_store(&place), 0);
	}
	close(fd);
	close(dirfd);
	return place;
}

static void test_granted_once(void **state)
{
	struct terminal *terminal = *state;
	uint32_t step = step_now();
	struct outcome outcome;

	outcome = visit(terminal, "taro", code_of(&taro, step));
	assert_verdict(&outcome, VERDICT_GRANTED);
	assert_int_equal(outcome.prompts, 1);
	assert_int_equal(outcome.shown, 1);
	assert_non_null(strstr(outcome.text, "[S-2011] login: type the one-time code"));
	assert_event(terminal, "login.granted 0 ");
	assert_event(terminal, "\"factor\":\"otp\"");
	assert_event(terminal, "\"method\":\"totp\"");
	assert_int_equal(place_of(terminal, NULL).state.next, step + 1);
	outcome = visit(terminal, "taro", code_of(&taro, step));
	assert_verdict(&outcome, VERDICT_WRONG);
	assert_non_null(strstr(outcome.text, "[S-2121]"));
	assert_event(terminal, "\"reason\":\"otp-used\"");
	assert_events(terminal, "login.granted", 1);
	assert_int_equal(place_of(terminal, NULL).tries, 0);
}

/* The clock was set back: neither the code of then nor the used one opens. */
static void test_clock_back(void **state)
{
	struct terminal *terminal = *state;
	const struct otpstate later = {.state.next = step_now() + 1000};
	struct outcome outcome;

	place_of(terminal, &later);
	outcome = visit(terminal, "taro", code_of(&taro, step_now()));
	assert_verdict(&outcome, VERDICT_WRONG);
	outcome = visit(terminal, "taro", code_of(&taro, later.state.next - 1));
	assert_verdict(&outcome, VERDICT_WRONG);
	assert_events(terminal, "\"reason\":\"otp-clock\"", 2);
	assert_int_equal(place_of(terminal, NULL).state.next, later.state.next);
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
	outcome = visit(terminal, "aoi", code_of(&other, step_now()));
	assert_verdict(&outcome, VERDICT_WRONG);
	assert_event(terminal, "\"reason\":\"otp-not-yet\"");
	other.seed[0] = 'B';
	outcome = visit(terminal, "hanako", code_of(&other, step_now()));
	assert_verdict(&outcome, VERDICT_WRONG);
	assert_event(terminal, "\"reason\":\"otp-expired\"");
}

/* Words, prompts and time are the same for a wrong code of a known, a keyed and an unknown name. */
static void test_no_oracle(void **state)
{
	static const char *const users[] = {"taro", "keyed", "unknown"};
	struct terminal *terminal = *state;
	char said[WORDS_MAX] = "";
	int64_t least[ARRAY_SIZE(users)] = {INT64_MAX, INT64_MAX, INT64_MAX};
	int64_t spread = INT64_MAX;
	size_t rounds;

	PLUG(terminal, 0);
	terminal_enrol(terminal, 0, "keyed", PIN);
	terminal_unplug(terminal, 0);
	/* The machine may have had other things to do: what each takes at least is alike, in those
	 * rounds that cost no waiting yet. */
	for (rounds = 0; rounds < OTPSTATE_FREE_TRIES && spread > 500; rounds++) {
		for (size_t i = 0; i < ARRAY_SIZE(users); i++) {
			struct outcome outcome = visit(terminal, users[i], "000000");

			assert_verdict(&outcome, VERDICT_WRONG);
			assert_true(outcome.ms >= 1000);
			least[i] = outcome.ms < least[i] ? outcome.ms : least[i];
			if (said[0])
				assert_string_equal(outcome.text, said);
			memcpy(said, outcome.text, sizeof(said));
		}
		spread = 0;
		for (size_t i = 0; i < ARRAY_SIZE(users); i++)
			spread = llabs(least[i] - least[0]) > spread ? llabs(least[i] - least[0])
								     : spread;
	}
	if (spread > 500)
		fail_msg("%lld ms between them", (long long)spread);
	assert_events(terminal, "\"reason\":\"otp-not-enrolled\"", 2 * rounds);
	assert_events(terminal, "\"reason\":\"otp-wrong\"", rounds);
}

/* Wrong codes make the next one wait, whoever the name is; a right one ends that. */
static void test_guessing(void **state)
{
	static const char *const users[] = {"taro", "unknown"};
	struct terminal *terminal = *state;
	struct outcome outcome;

	/* The name's own limit stays out of it. */
	terminal_configure(terminal, BOTH "WrongAnswers=100\n");
	for (size_t i = 0; i < ARRAY_SIZE(users); i++) {
		int64_t longest = 0;

		for (int tries = 0; tries < 5; tries++) {
			outcome = visit(terminal, users[i], "000000");
			assert_verdict(&outcome, VERDICT_WRONG);
			longest = outcome.ms;
		}
		assert_in_range(longest, 2000, PATIENCE_MS);
	}
	assert_int_equal(place_of(terminal, NULL).tries, 5);
	place_of(terminal, &(struct otpstate){.tries = 3});
	outcome = visit(terminal, "taro", code_of(&taro, step_now()));
	assert_verdict(&outcome, VERDICT_GRANTED);
	assert_int_equal(place_of(terminal, NULL).tries, 0);
	/* So many that not even the right one counts. */
	place_of(terminal, &(struct otpstate){.tries = OTPSTATE_TRIES});
	outcome = visit(terminal, "taro", code_of(&taro, step_now()));
	assert_verdict(&outcome, VERDICT_BLOCKED);
	assert_non_null(strstr(outcome.text, "[S-2123]"));
	assert_event(terminal, "\"reason\":\"otp-blocked\"");
}

/* Whose place it shares: a name that nobody tried is told no sooner and no later than a known one.
 */
static void test_fresh_name(void **state)
{
	struct terminal *terminal = *state;
	struct outcome outcome;
	char name[32];

	/* More names than there are places, and all their tries used up. */
	for (unsigned int i = 0; i < OTPSTATE_NOBODIES; i++) {
		uint8_t bytes[OTPSTATE_NAME] = {(uint8_t)(i >> 8), (uint8_t)i, 'x', 'x'};
		struct otpstate place;
		char path[128];
		int dirfd, fd = -1;

		state_path(terminal, "", path);
		dirfd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		assert_int_equal(counter_open(dirfd, TALLY_FILE, &fd), 0);
		assert_int_equal(
			otpstate_lock_nobody(fd, bytes, time(NULL), wire_now() + 1000, &place), 0);
		place.tries = OTPSTATE_TRIES;
		assert_int_equal(otpstate_store(&place), 0);
		close(fd);
		close(dirfd);
	}
	for (unsigned int i = 0; i < 3; i++) {
		snprintf(name, sizeof(name), "fresh%u", i);
		outcome = visit(terminal, name, "000000");
		assert_verdict(&outcome, VERDICT_WRONG);
		assert_non_null(strstr(outcome.text, "[S-2121]"));
	}
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
	assert_int_equal(place_of(terminal, NULL).tries, 0);
}

/* Of two at once with one code, one gets in. */
static void test_at_once(void **state)
{
	struct terminal *terminal = *state;
	const struct visit taro_visits = {.user = "taro", .confirm = code_of(&taro, step_now())};
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
	outcome = visit(terminal, "taro", code_of(&taro, step_now()));
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
	afar.confirm = code_of(&taro, step_now());
	outcome = terminal_visit(terminal, &afar);
	assert_verdict(&outcome, VERDICT_GRANTED);
	assert_int_equal(outcome.prompts, 1);
	afar.confirm = NULL;
	outcome = terminal_visit(terminal, &afar);
	assert_int_equal(outcome.verdict, -1);
	assert_event(terminal, "\"reason\":\"cancelled\"");
}

/* Once the log-in holds the place of taro's code: its file goes. In a process of its own, for ours
 * is the person. */
static void remove_while_waiting(struct terminal *terminal, const char *prompt)
{
	struct otpstate place;
	char path[128];
	int dirfd, fd = -1;

	(void)prompt;
	if (fork() != 0)
		return;
	state_path(terminal, "", path);
	dirfd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dirfd < 0 || counter_open(dirfd, TALLY_FILE, &fd) < 0)
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
	const struct visit visitor = {.user = "taro",
				      .confirm = code_of(&taro, step_now()),
				      .before_answer = remove_while_waiting};
	struct outcome outcome;
	int status = -1;

	place_of(terminal, &guessed);
	outcome = terminal_visit(terminal, &visitor);
	assert_true(wait(&status) > 0);
	assert_int_equal(status, 0);
	assert_verdict(&outcome, VERDICT_WRONG);
	assert_event(terminal, "\"reason\":\"otp-not-enrolled\"");
	assert_events(terminal, "login.granted", 0);
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
	server.pin = code_of(&taro, step_now());
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

/* Not accepted, a code is not even asked for. */
static void test_policy(void **state)
{
	struct terminal *terminal = *state;
	struct outcome outcome;
	char path[128], text[WORDS_MAX];

	terminal_configure(terminal, "[Auth]\nKeyWaitSeconds=1\n");
	outcome = visit(terminal, "taro", code_of(&taro, step_now()));
	assert_verdict(&outcome, VERDICT_NO_KEY);
	assert_int_equal(outcome.prompts, 0);
	/* Alone, it needs neither keys nor a roster. */
	terminal_configure(terminal, "[Auth]\nFactors=otp\n");
	snprintf(path, sizeof(path), "%s/roster", terminal->folder);
	assert_int_equal(unlink(path), 0);
	PLUG(terminal, 0);
	outcome = visit(terminal, "taro", code_of(&taro, step_now()));
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

	write_seeds(terminal, 0644);
	outcome = visit(terminal, "taro", code_of(&taro, step_now()));
	assert_verdict(&outcome, VERDICT_BROKEN);
	assert_event(terminal, "\"reason\":\"otp-store\"");
	terminal_errors(terminal, text);
	assert_non_null(strstr(text, "/state/otp: must be sekisho-auth's"));
	write_seeds(terminal, 0600);
	state_path(terminal, TALLY_FILE, path);
	assert_int_equal(truncate(path, 100), 0);
	outcome = visit(terminal, "taro", code_of(&taro, step_now()));
	assert_verdict(&outcome, VERDICT_BROKEN);
	assert_int_equal(outcome.prompts, 0);
	assert_event(terminal, "\"reason\":\"counter-store\"");
	assert_events(terminal, "login.granted", 0);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, setup, terminal_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_granted_once), TEST(test_clock_back), TEST(test_counted),
		TEST(test_dates),	 TEST(test_no_oracle),	TEST(test_guessing),
		TEST(test_no_code),	 TEST(test_at_once),	TEST(test_key_first),
		TEST(test_yes),		 TEST(test_remote),	TEST(test_unanswered),
		TEST(test_fresh_name),	 TEST(test_one_prompt), TEST(test_removed_meanwhile),
		TEST(test_policy),	 TEST(test_store),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
