/* sekisho otp: what it registers logs in, what it removes no longer does, and without a right code
 * nothing is registered. */
#include "terminal.h"

#include "agent/auth/otpfile.h"
#include "agent/auth/otpstate.h"
#include "agent/auth/tally.h"
#include "cleanup.h"

#include <fcntl.h>
#include <liboath/oath.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define SEED   "3132333435363738393031323334353637383930"
#define NOBODY 65534

struct run {
	pid_t pid;
	int in, out;
	int status;
	char text[WORDS_MAX]; /* both outputs */
};

static void begin(const struct terminal *terminal, const char *const words[], struct run *run)
{
	char program[600], state[128], record[128];
	char *all[16] = {program, (char *)"otp"};
	size_t count = 2;
	int in[2];
	int out[2];

	*run = (struct run){};
	snprintf(program, sizeof(program), "%s/sekisho", terminal->build);
	snprintf(state, sizeof(state), "%s/state", terminal->folder);
	snprintf(record, sizeof(record), "%s/record.sock", terminal->folder);
	for (size_t i = 0; words[i]; i++)
		all[count++] = (char *)words[i];
	all[count++] = (char *)"--state";
	all[count++] = state;
	all[count++] = (char *)"--record";
	all[count++] = record;
	assert_int_equal(pipe2(in, O_CLOEXEC), 0);
	assert_int_equal(pipe2(out, O_CLOEXEC), 0);
	run->pid = fork();
	assert_true(run->pid >= 0);
	if (run->pid == 0) {
		if (dup2(in[0], 0) < 0 || dup2(out[1], 1) < 0 || dup2(out[1], 2) < 0)
			_exit(126);
		execv(program, all);
		_exit(127);
	}
	close(in[0]);
	close(out[1]);
	run->in = in[1];
	run->out = out[0];
}

/* Reads until @wanted was said, or to the end. */
static void hear(struct run *run, const char *wanted)
{
	size_t length = strlen(run->text);
	ssize_t got;

	while ((!wanted || !strstr(run->text, wanted)) &&
	       (got = read(run->out, run->text + length, sizeof(run->text) - 1 - length)) > 0) {
		length += (size_t)got;
		run->text[length] = '\0';
	}
}

static void say(const struct run *run, const char *words)
{
	assert_int_equal(write(run->in, words, strlen(words)), (ssize_t)strlen(words));
	assert_int_equal(write(run->in, "\n", 1), 1);
}

static void end(struct run *run, int status)
{
	close(run->in);
	hear(run, NULL);
	close(run->out);
	waitpid(run->pid, &run->status, 0);
	run->status = WIFEXITED(run->status) ? WEXITSTATUS(run->status) : -1;
	if (run->status != status)
		print_error("exit %d:\n%s\n", run->status, run->text);
	assert_int_equal(run->status, status);
}

static struct run otp(const struct terminal *terminal, int status, const char *input,
		      const char *const words[])
{
	struct run run;

	begin(terminal, words, &run);
	assert_int_equal(write(run.in, input, strlen(input)), (ssize_t)strlen(input));
	end(&run, status);
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

static const char *code_of(const char *seed, size_t length, uint64_t counter)
{
	static char codes[2][OTP_CODE_SIZE];
	static unsigned int turn;
	char *code = codes[turn++ % 2];

	assert_int_equal(oath_hotp_generate(seed, length, counter, 6, false,
					    OATH_HOTP_DYNAMIC_TRUNCATION, code),
			 OATH_OK);
	return code;
}

static const char *code_at(uint64_t counter)
{
	return code_of("12345678901234567890", 20, counter);
}

static uint64_t step_now(void)
{
	return (uint64_t)time(NULL) / OTP_STEP;
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
	struct run run;

	begin(terminal, (const char *const[]){"add", "--text", "root", NULL}, &run);
	hear(&run, "The code that is shown then: ");
	at = strstr(run.text, "otpauth://totp/");
	assert_non_null(at);
	at = strstr(at, "?secret=") + strlen("?secret=");
	memcpy(secret, at, strcspn(at, "&"));
	assert_int_equal(oath_base32_decode(secret, strlen(secret), &seed, &length), OATH_OK);
	assert_int_equal(length, OTP_SEED_NEW);
	say(&run, code_of(seed, length, step_now()));
	end(&run, 0);
	assert_event(terminal, "otp.added 0 ");
	/* The code that was shown at the registration is used. */
	assert_log_in(terminal, code_of(seed, length, step_now() - 1), VERDICT_WRONG);
	assert_log_in(terminal, code_of(seed, length, step_now() + 1), VERDICT_GRANTED);
	run = OTP(terminal, 0, "", "list", "root");
	assert_non_null(strstr(run.text, "root"));
	assert_non_null(strstr(run.text, "totp"));
	run = OTP(terminal, 2, "", "add", "root");
	assert_non_null(strstr(run.text, "already"));
	OTP(terminal, 0, "", "remove", "root");
	assert_event(terminal, "otp.removed 0 ");
	assert_log_in(terminal, code_of(seed, length, step_now() + 1), VERDICT_WRONG);
	OTP(terminal, 1, "", "remove", "root");
	OTP(terminal, 1, "", "list", "root");
	OTP(terminal, 1, "", "resync", "root");
	free(seed);
}

/* Whether a writable mapping of the process holds the text. */
static bool in_memory_of(pid_t pid, const char *text)
{
	static char bytes[64u << 20];
	const size_t wanted = strlen(text);
	bool found = false;
	char path[64];
	char line[512];
	FILE *maps;
	int memory;

	snprintf(path, sizeof(path), "/proc/%d/maps", pid);
	maps = fopen(path, "re");
	snprintf(path, sizeof(path), "/proc/%d/mem", pid);
	memory = open(path, O_RDONLY | O_CLOEXEC);
	assert_true(maps && memory >= 0);
	while (!found && fgets(line, sizeof(line), maps)) {
		char *rest = NULL;
		unsigned long from = strtoul(line, &rest, 16);
		unsigned long to = strtoul(rest + 1, &rest, 16);
		ssize_t count;

		/* The giant ones are a sanitizer's shadow. */
		if (strncmp(rest, " rw", 3) != 0 || to - from > sizeof(bytes))
			continue;
		count = pread(memory, bytes, to - from, (off_t)from);
		found = count > 0 && memmem(bytes, (size_t)count, text, wanted);
	}
	fclose(maps);
	close(memory);
	return found;
}

/* While the codes are waited for, what was printed is nowhere any more. */
static void test_printed_and_gone(void **state)
{
	struct terminal *terminal = *state;
	const char *at;
	char text[64] = "";
	struct run run;

	begin(terminal, (const char *const[]){"add", "--text", "root", NULL}, &run);
	hear(&run, "The code that is shown then: ");
	assert_true(in_memory_of(run.pid, "--text"));
	at = strstr(run.text, "?secret=");
	assert_non_null(at);
	memcpy(text, at, sizeof(text) - 1);
	text[strcspn(text, "&")] = '\0';
	assert_false(in_memory_of(run.pid, text));
	end(&run, 2);
	/* The dots of the code. */
	begin(terminal, (const char *const[]){"add", "--ascii", "root", NULL}, &run);
	hear(&run, "The code that is shown then: ");
	assert_non_null(strstr(run.text, "############"));
	assert_false(in_memory_of(run.pid, "############"));
	end(&run, 2);
}

static void assert_nothing_registered(const struct terminal *terminal)
{
	OTP(terminal, 1, "", "list", "root");
	assert_events(terminal, "otp.added", 0);
}

static void test_no_code_no_registration(void **state)
{
	struct terminal *terminal = *state;
	struct run run;

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
	struct run run;

	snprintf(input, sizeof(input), SEED "\n%s\n", code_at(3));
	run = OTP(terminal, 0, input, "add", "--hotp", "--given", "root");
	assert_null(strstr(run.text, "3132"));
	assert_log_in(terminal, code_at(4), VERDICT_GRANTED);
	assert_log_in(terminal, code_at(60), VERDICT_WRONG);
	snprintf(input, sizeof(input), "%s\n%s\n", code_at(60), code_at(62));
	OTP(terminal, 1, input, "resync", "root");
	snprintf(input, sizeof(input), "%s\n%s\n", code_at(60), code_at(61));
	OTP(terminal, 0, input, "resync", "root");
	assert_event(terminal, "otp.resynced 0 ");
	assert_log_in(terminal, code_at(61), VERDICT_WRONG);
	assert_log_in(terminal, code_at(62), VERDICT_GRANTED);
	/* Gone and back, what was used stays used. */
	OTP(terminal, 0, "", "remove", "root");
	snprintf(input, sizeof(input), SEED "\n%s\n", code_at(5));
	run = OTP(terminal, 2, input, "add", "--hotp", "--given", "root");
	assert_non_null(strstr(run.text, "used here before"));
	snprintf(input, sizeof(input), SEED "\n%s\n%s\n", code_at(63), code_at(64));
	OTP(terminal, 0, input, "add", "--hotp", "--given", "root");
	assert_log_in(terminal, code_at(62), VERDICT_WRONG);
	assert_log_in(terminal, code_at(65), VERDICT_GRANTED);
}

/* A token five minutes slow is registered by two codes, and known by that from then on. */
static void test_slow_token(void **state)
{
	struct terminal *terminal = *state;
	uint64_t shown = step_now() - 10;
	char input[200];

	snprintf(input, sizeof(input), SEED "\n%s\n%s\n", code_at(shown - 1), code_at(shown));
	OTP(terminal, 0, input, "add", "--given", "root");
	assert_log_in(terminal, code_at(shown), VERDICT_WRONG);
	assert_log_in(terminal, code_at(shown + 1), VERDICT_GRANTED);
}

/* Whose folder it is, his or hers is what lies in it: root writes nothing there. */
static void test_owner(void **state)
{
	static const char *const names[] = {OTPFILE_NAME, TALLY_FILE, "." OTPFILE_NAME ".lock"};
	struct terminal *terminal = *state;
	struct stat status;
	char input[200];
	char path[128];

	snprintf(path, sizeof(path), "%s/state", terminal->folder);
	assert_int_equal(chown(path, NOBODY, NOBODY), 0);
	snprintf(input, sizeof(input), SEED "\n%s\n", code_at(0));
	OTP(terminal, 0, input, "add", "--hotp", "--given", "root");
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		snprintf(path, sizeof(path), "%s/state/%s", terminal->folder, names[i]);
		assert_int_equal(lstat(path, &status), 0);
		assert_int_equal(status.st_uid, NOBODY);
		assert_int_equal(status.st_mode & 07777, 0600);
	}
}

/* So many wrong codes, as if they had been typed. The state directory, for the caller to close. */
static int set_tries(const struct terminal *terminal, const struct otp *seed, unsigned int tries)
{
	struct otpstate place;
	char path[128];
	int dirfd, fd = -1;

	snprintf(path, sizeof(path), "%s/state", terminal->folder);
	dirfd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_int_equal(counter_open(dirfd, TALLY_FILE, &fd), 0);
	assert_int_equal(otpstate_lock(fd, seed, wire_now() + 1000, &place), 0);
	place.tries = tries;
	assert_int_equal(otpstate_store(&place), 0);
	close(fd);
	return dirfd;
}

/* Blocked after too many wrong ones, until two right ones. */
static void test_unblock(void **state)
{
	struct terminal *terminal = *state;
	const struct otp seed = {
		.kind = OTP_HOTP, .digits = 6, .seed_length = 20, .seed = "12345678901234567890"};
	char input[200];
	struct run run;

	snprintf(input, sizeof(input), SEED "\n%s\n", code_at(0));
	OTP(terminal, 0, input, "add", "--hotp", "--given", "root");
	close(set_tries(terminal, &seed, OTPSTATE_TRIES));
	run = OTP(terminal, 0, "", "list");
	assert_non_null(strstr(run.text, "blocked"));
	assert_log_in(terminal, code_at(1), VERDICT_BLOCKED);
	snprintf(input, sizeof(input), "%s\n%s\n", code_at(1), code_at(2));
	OTP(terminal, 0, input, "resync", "root");
	assert_log_in(terminal, code_at(3), VERDICT_GRANTED);
}

/* An administrator waits for nobody: neither to look, nor to end somebody's blocking. */
static void test_not_held_up(void **state)
{
	struct terminal *terminal = *state;
	const struct visit guesser = {.user = "root", .confirm = "000000"};
	const struct otp seed = {
		.kind = OTP_HOTP, .digits = 6, .seed_length = 20, .seed = "12345678901234567890"};
	struct otpstate place = {};
	struct attempt attempt;
	struct outcome outcome;
	char input[200];
	struct run run;
	int dirfd, fd = -1;

	snprintf(input, sizeof(input), SEED "\n%s\n", code_at(0));
	OTP(terminal, 0, input, "add", "--hotp", "--given", "root");
	dirfd = set_tries(terminal, &seed, 20);
	/* The log-in waits for thirty seconds, with the place locked. */
	attempt = terminal_begin(terminal, &guesser);
	terminal_answer(terminal, &guesser, &attempt);
	do {
		usleep(10000);
		assert_int_equal(counter_open(dirfd, TALLY_FILE, &fd), 0);
	} while (otpstate_lock(fd, &seed, wire_now(), &place) == 0 && close(fd) == 0);
	close(fd);
	close(dirfd);
	run = OTP(terminal, 0, "", "list");
	assert_non_null(strstr(run.text, "20 wrong codes in a row"));
	snprintf(input, sizeof(input), "%s\n%s\n", code_at(1), code_at(2));
	OTP(terminal, 0, input, "resync", "root");
	outcome = terminal_end(terminal, &guesser, &attempt);
	assert_verdict(&outcome, VERDICT_TIMEOUT);
	assert_non_null(strstr(outcome.text, "[S-2124]"));
	assert_event(terminal, "\"reason\":\"otp-busy\"");
	assert_log_in(terminal, code_at(3), VERDICT_GRANTED);
}

/* A token of a counter that was used elsewhere for years. */
static void test_far_ahead(void **state)
{
	struct terminal *terminal = *state;
	char input[200];

	snprintf(input, sizeof(input), SEED "\n%s\n%s\n", code_at(54321), code_at(54322));
	OTP(terminal, 0, input, "add", "--hotp", "--given", "root");
	assert_log_in(terminal, code_at(54322), VERDICT_WRONG);
	assert_log_in(terminal, code_at(54323), VERDICT_GRANTED);
}

#undef CASE
#define CASE(function) cmocka_unit_test_setup_teardown(function, setup, terminal_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(test_add_log_in_remove),
		CASE(test_printed_and_gone),
		CASE(test_no_code_no_registration),
		CASE(test_given_and_resync),
		CASE(test_slow_token),
		CASE(test_owner),
		CASE(test_unblock),
		CASE(test_not_held_up),
		CASE(test_far_ahead),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
