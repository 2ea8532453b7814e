/* sekisho otp: what it registers logs in, what it removes no longer does, and without a right code
 * nothing is registered. */
#include "codes.h"
#include "command.h"
#include "folder.h"

#include "agent/auth/otpfile.h"
#include "agent/auth/tally.h"
#include "cleanup.h"
#include "wire.h"

#include <liboath/oath.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define SEED   CODES_SEED_HEX
#define NOBODY 65534

static void begin(const struct terminal *terminal, const char *const words[], struct command *run)
{
	command_begin(terminal, "otp", words, 0, run);
}

static struct command otp(const struct terminal *terminal, int status, const char *input,
			  const char *const words[])
{
	struct command run;

	begin(terminal, words, &run);
	assert_int_equal(write(run.in, input, strlen(input)), (ssize_t)strlen(input));
	command_end(&run, status);
	return run;
}

#define OTP(terminal, status, input, ...)                                                          \
	otp(terminal, status, input, (const char *const[]){__VA_ARGS__, NULL})

static int setup(void **state)
{
	int r = terminal_setup(state);

	if (r == 0)
		terminal_configure(*state, "[Auth]\nFactors=otp\n");
	return r;
}

static void assert_log_in(struct terminal *terminal, const char *code, enum verdict verdict)
{
	struct outcome outcome =
		terminal_visit(terminal, &(struct visit){.user = "root", .confirm = code});

	assert_verdict(&outcome, verdict);
}

/* As an app: by the address alone. */
static void test_add_log_in_remove(void **state)
{
	struct terminal *terminal = *state;
	char secret[64] = "";
	const char *at;
	char *seed = NULL;
	size_t length = 0;
	struct command run;

	begin(terminal, (const char *const[]){"add", "--text", "root", NULL}, &run);
	command_hear(&run, "The code that is shown then: ");
	at = strstr(run.text, "otpauth://totp/");
	assert_non_null(at);
	at = strstr(at, "?secret=") + strlen("?secret=");
	memcpy(secret, at, strcspn(at, "&"));
	assert_int_equal(oath_base32_decode(secret, strlen(secret), &seed, &length), OATH_OK);
	assert_int_equal(length, OTP_SEED_NEW);
	command_say(&run, codes_of(seed, length, codes_step()));
	command_end(&run, 0);
	assert_event(terminal, "otp.added 0 ");
	/* The code that was shown at the registration is used. */
	assert_log_in(terminal, codes_of(seed, length, codes_step() - 1), VERDICT_WRONG);
	assert_log_in(terminal, codes_of(seed, length, codes_step() + 1), VERDICT_GRANTED);
	run = OTP(terminal, 0, "", "list", "root");
	assert_non_null(strstr(run.text, "root"));
	assert_non_null(strstr(run.text, "totp"));
	run = OTP(terminal, 2, "", "add", "root");
	assert_non_null(strstr(run.text, "already"));
	OTP(terminal, 0, "", "remove", "root");
	assert_event(terminal, "otp.removed 0 ");
	assert_log_in(terminal, codes_of(seed, length, codes_step() + 1), VERDICT_WRONG);
	OTP(terminal, 1, "", "remove", "root");
	run = OTP(terminal, 1, "", "list", "root");
	assert_non_null(strstr(run.text, "root has no one-time codes"));
	run = OTP(terminal, 0, "", "list");
	assert_non_null(strstr(run.text, "Nobody has one-time codes."));
	OTP(terminal, 1, "", "resync", "root");
	free(seed);
}

static void assert_nothing_registered(const struct terminal *terminal)
{
	OTP(terminal, 1, "", "list", "root");
	assert_events(terminal, "otp.added", 0);
}

static void test_no_code_no_registration(void **state)
{
	struct terminal *terminal = *state;
	struct command run;

	run = OTP(terminal, 1, "000000\n000000\n", "add", "root");
	assert_non_null(strstr(run.text, "█"));
	assert_non_null(strstr(run.text, "nothing was changed"));
	run = OTP(terminal, 1, "000000\n000000\n", "add", "--ascii", "root");
	assert_non_null(strstr(run.text, "####"));
	OTP(terminal, 2, "", "add", "root");
	OTP(terminal, 2, "123\n", "add", "root");
	OTP(terminal, 2, "not a seed\n", "add", "--given", "root");
	OTP(terminal, 2, "", "add", "--digits", "9", "root");
	OTP(terminal, 2, "", "add", "--from", "tomorrow", "root");
	run = OTP(terminal, 2, "", "add", "no such user");
	assert_non_null(strstr(run.text, "no user"));
	OTP(terminal, 2, "", "add");
	OTP(terminal, 2, "", "resync");
	OTP(terminal, 2, "", "frobnicate", "root");
	assert_nothing_registered(terminal);
}

/* A token that comes with its seed, whose counter ran ahead. */
static void test_given_and_resync(void **state)
{
	struct terminal *terminal = *state;
	char input[200];
	struct command run;

	/* What is no code is typed again. */
	snprintf(input, sizeof(input), SEED "\n\n12345\n%s\n", codes_at(3));
	run = OTP(terminal, 0, input, "add", "--hotp", "--given", "root");
	assert_non_null(strstr(run.text, "6 to 8 digits"));
	assert_null(strstr(run.text, "3132"));
	assert_log_in(terminal, codes_at(4), VERDICT_GRANTED);
	assert_log_in(terminal, codes_at(60), VERDICT_WRONG);
	snprintf(input, sizeof(input), "%s\n%s\n", codes_at(60), codes_at(62));
	OTP(terminal, 1, input, "resync", "root");
	snprintf(input, sizeof(input), "%s\n%s\n", codes_at(60), codes_at(61));
	OTP(terminal, 0, input, "resync", "root");
	assert_event(terminal, "otp.resynced 0 ");
	assert_log_in(terminal, codes_at(61), VERDICT_WRONG);
	assert_log_in(terminal, codes_at(62), VERDICT_GRANTED);
	/* Gone and back, what was used stays used. */
	OTP(terminal, 0, "", "remove", "root");
	snprintf(input, sizeof(input), SEED "\n%s\n", codes_at(5));
	run = OTP(terminal, 2, input, "add", "--hotp", "--given", "root");
	assert_non_null(strstr(run.text, "used here before"));
	snprintf(input, sizeof(input), SEED "\n%s\n%s\n", codes_at(63), codes_at(64));
	OTP(terminal, 0, input, "add", "--hotp", "--given", "root");
	assert_log_in(terminal, codes_at(62), VERDICT_WRONG);
	assert_log_in(terminal, codes_at(65), VERDICT_GRANTED);
}

/* A token five minutes slow is registered by two codes, and known by that from then on. */
static void test_slow_token(void **state)
{
	struct terminal *terminal = *state;
	uint64_t shown = codes_step() - 10;
	char input[200];

	snprintf(input, sizeof(input), SEED "\n%s\n%s\n", codes_at(shown - 1), codes_at(shown));
	OTP(terminal, 0, input, "add", "--given", "root");
	assert_log_in(terminal, codes_at(shown), VERDICT_WRONG);
	assert_log_in(terminal, codes_at(shown + 1), VERDICT_GRANTED);
}

/* Whose folder it is, his or hers is what lies in it: root writes nothing there. */
static void test_owner(void **state)
{
	static const char *const names[] = {OTPFILE_NAME, TALLY_FILE, "." OTPFILE_NAME ".lock"};
	struct terminal *terminal = *state;
	struct stat status;
	char input[200];
	char path[128];

	folder_path(terminal, "state", path);
	assert_int_equal(chown(path, NOBODY, NOBODY), 0);
	snprintf(input, sizeof(input), SEED "\n%s\n", codes_at(0));
	OTP(terminal, 0, input, "add", "--hotp", "--given", "root");
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		snprintf(path, sizeof(path), "%s/state/%s", terminal->folder, names[i]);
		assert_int_equal(lstat(path, &status), 0);
		assert_int_equal(status.st_uid, NOBODY);
		assert_int_equal(status.st_mode & 07777, 0600);
	}
}

static const struct otp counted = {
	.kind = OTP_HOTP, .digits = 6, .seed_length = 20, .seed = CODES_SEED};

/* So many wrong codes, as if they had been typed. */
static void set_tries(const struct terminal *terminal, unsigned int tries)
{
	struct otpstate place = codes_place(terminal, &counted, NULL);

	place.tries = tries;
	codes_place(terminal, &counted, &place);
}

/* Blocked after too many wrong ones, until two right ones. */
static void test_unblock(void **state)
{
	struct terminal *terminal = *state;
	char input[200];
	struct command run;

	snprintf(input, sizeof(input), SEED "\n%s\n", codes_at(0));
	OTP(terminal, 0, input, "add", "--hotp", "--given", "root");
	set_tries(terminal, OTPSTATE_TRIES);
	run = OTP(terminal, 0, "", "list");
	assert_non_null(strstr(run.text, "blocked"));
	assert_log_in(terminal, codes_at(1), VERDICT_BLOCKED);
	snprintf(input, sizeof(input), "%s\n%s\n", codes_at(1), codes_at(2));
	OTP(terminal, 0, input, "resync", "root");
	assert_log_in(terminal, codes_at(3), VERDICT_GRANTED);
}

/* An administrator waits for nobody: neither to look, nor to end somebody's blocking. */
static void test_not_held_up(void **state)
{
	struct terminal *terminal = *state;
	const struct visit guesser = {.user = "root", .confirm = "000000"};
	struct otpstate place = {};
	struct attempt attempt;
	struct outcome outcome;
	char input[200];
	struct command run;
	int dirfd, fd = -1;

	snprintf(input, sizeof(input), SEED "\n%s\n", codes_at(0));
	OTP(terminal, 0, input, "add", "--hotp", "--given", "root");
	set_tries(terminal, 20);
	dirfd = folder_state(terminal);
	/* The log-in waits for thirty seconds, with the place locked. */
	attempt = terminal_begin(terminal, &guesser);
	terminal_answer(terminal, &guesser, &attempt);
	do {
		usleep(10000);
		assert_int_equal(counter_open(dirfd, TALLY_FILE, &fd), 0);
	} while (otpstate_lock(fd, &counted, wire_now(), &place) == 0 && close(fd) == 0);
	close(fd);
	close(dirfd);
	run = OTP(terminal, 0, "", "list");
	assert_non_null(strstr(run.text, "20 wrong codes in a row"));
	snprintf(input, sizeof(input), "%s\n%s\n", codes_at(1), codes_at(2));
	OTP(terminal, 0, input, "resync", "root");
	outcome = terminal_end(terminal, &guesser, &attempt);
	assert_verdict(&outcome, VERDICT_TIMEOUT);
	assert_non_null(strstr(outcome.text, "[S-2124]"));
	assert_event(terminal, "\"reason\":\"otp-busy\"");
	assert_log_in(terminal, codes_at(3), VERDICT_GRANTED);
}

/* A token of a counter that was used elsewhere for years. */
static void test_far_ahead(void **state)
{
	struct terminal *terminal = *state;
	char input[200];

	snprintf(input, sizeof(input), SEED "\n%s\n%s\n", codes_at(54321), codes_at(54322));
	OTP(terminal, 0, input, "add", "--hotp", "--given", "root");
	assert_log_in(terminal, codes_at(54322), VERDICT_WRONG);
	assert_log_in(terminal, codes_at(54323), VERDICT_GRANTED);
}

/* Registered all the same where this terminal asks for none, and what keeps it from asking is said.
 */
static void test_not_asked(void **state)
{
	static const struct {
		const char *config;
		const char *before, *behind; /* the file's name; NULL: nothing is told */
	} rows[] = {
		{"[Auth]\n", "To be changed: ", "\n"},
		{"[Auth]\nFactors=key\n", "To be changed: ", ":2\n"},
		{"[Auth]\nFactors=key, otp\n", NULL, NULL},
		{"[Auth]\n[Service sshd]\nFactors=otp\n", NULL, NULL},
		{"[Auth]\n[Group root]\nFactors=key, otp\n", NULL, NULL},
		{"[Auth]\nFactors=key, otp\n[Terminal]\nClass=counter\n[Class counter]\n"
		 "Factors=key\n",
		 "To be changed: ", ":6\n"},
		/* Other terminals ask. */
		{"[Auth]\n[Terminal]\nClass=counter\n[Class counter]\n[Class office]\n"
		 "Factors=key, otp\n",
		 "To be changed: ", "\n"},
		{"[Auth]\nFactors=opt\n", "cannot be told: ", ":2: Factors"},
	};
	struct terminal *terminal = *state;
	char config[128], input[200], told[256];

	folder_path(terminal, "sekisho.conf", config);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct command run;

		terminal_configure(terminal, rows[i].config);
		snprintf(input, sizeof(input), SEED "\n%s\n%s\n", codes_at(100 * i),
			 codes_at(100 * i + 1));
		run = OTP(terminal, 0, input, "add", "--hotp", "--given", "--config", config,
			  "root");
		assert_non_null(strstr(run.text, "Registered one-time codes for root."));
		snprintf(told, sizeof(told), "%s%s%s", rows[i].before ? rows[i].before : "", config,
			 rows[i].before ? rows[i].behind : "");
		if (!strstr(run.text, told) != !rows[i].before)
			fail_msg("%s: %s, where %s", rows[i].config, run.text, told);
		OTP(terminal, 0, "", "remove", "root");
	}
}

#undef CASE
#define CASE(function) cmocka_unit_test_setup_teardown(function, setup, terminal_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(test_add_log_in_remove),
		CASE(test_no_code_no_registration),
		CASE(test_given_and_resync),
		CASE(test_slow_token),
		CASE(test_owner),
		CASE(test_unblock),
		CASE(test_not_held_up),
		CASE(test_far_ahead),
		CASE(test_not_asked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
