/* sekisho operator: who may, who is, and who is next, with the real authd. */
#include "authd.h"
#include "command.h"
#include "folder.h"

#include "agent/auth/operators.h"
#include "cleanup.h"

#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* A real account, since logind's lists go by uid. */
#define COUNTER	    "daemon"
#define COUNTER_UID 1

static struct run sekisho(const struct terminal *terminal, uid_t uid, const char *input,
			  const char *const words[])
{
	static const char *const options[][2] = {
		{"--socket", "auth.sock"},   {"--operators-now", "now"},
		{"--logind", "sessions.so"}, {"--operators", "operators"},
		{"--record", "record.sock"},
	};
	char places[ARRAY_SIZE(options)][128], program[128];
	char *all[32] = {program, (char *)"operator"};
	size_t count = 2;

	snprintf(program, sizeof(program), "%s/sekisho", terminal->folder);
	for (size_t i = 0; words[i]; i++)
		all[count++] = (char *)words[i];
	for (size_t i = 0; i < ARRAY_SIZE(options); i++) {
		snprintf(places[i], sizeof(places[i]), "%s/%s", terminal->folder, options[i][1]);
		all[count++] = (char *)options[i][0];
		all[count++] = places[i];
	}
	return command_run(all, uid, input);
}

#define SEKISHO(terminal, uid, input, ...)                                                         \
	sekisho(terminal, uid, input, (const char *const[]){__VA_ARGS__, NULL})

static void assert_run(const struct run *run, int status, const char *said)
{
	if (run->status != status || !strstr(run->text, said))
		print_error("exit %d:\n%s\n", run->status, run->text);
	assert_int_equal(run->status, status);
	assert_non_null(strstr(run->text, said));
}

static void logind_says(const char *own, const char *all)
{
	setenv("TEST_UID", "1", 1);
	setenv("TEST_SESSION", own, 1);
	setenv("TEST_SESSIONS", all, 1);
	setenv("TEST_OWNER", "", 1);
}

static int setup(void **state)
{
	static const char *const people[] = {"taro", "hanako"};
	struct terminal *terminal;
	char path[128];

	assert_int_equal(terminal_setup(state), 0);
	terminal = *state;
	terminal->logind = "tests/sessions.so";
	snprintf(path, sizeof(path), "%s/now", terminal->folder);
	assert_int_equal(mkdir(path, 0755), 0);
	folder_copy_program(terminal, "sekisho", "sekisho");
	folder_copy_program(terminal, "tests/sessions.so", "sessions.so");
	for (size_t i = 0; i < ARRAY_SIZE(people); i++) {
		PLUG(terminal, i);
		terminal_enrol(terminal, i, people[i], PIN);
		terminal_unplug(terminal, i);
	}
	return 0;
}

static void test_list(void **state)
{
	struct terminal *terminal = *state;
	char path[128];
	struct run run;
	FILE *file;

	run = SEKISHO(terminal, 0, "", "allow", COUNTER, "taro");
	assert_run(&run, 0, "taro may open " COUNTER);
	assert_run(&run, 0, "taro has no key that is good at this terminal today");
	run = SEKISHO(terminal, 0, "", "allow", COUNTER, "hanako", "--to", "2999-03-31");
	assert_run(&run, 0, "hanako may open");
	assert_event(terminal, "\"operation\":\"operator-allowed\",\"operator\":\"hanako\"");
	assert_event(terminal, "\"to\":\"2999-03-31\",\"user\":\"" COUNTER "\"");
	/* The days of who is there already are the new ones. */
	run = SEKISHO(terminal, 0, "", "allow", COUNTER, "taro", "--from", "2026-04-01");
	assert_run(&run, 0, "taro may open");
	run = SEKISHO(terminal, COUNTER_UID, "", "list");
	assert_run(&run, 0, "daemon hanako to=2999-03-31\ndaemon taro from=2026-04-01\n");
	run = SEKISHO(terminal, 0, "", "end", COUNTER, "hanako");
	assert_run(&run, 0, "no longer");
	assert_event(terminal, "\"operation\":\"operator-ended\"");
	run = SEKISHO(terminal, 0, "", "end", COUNTER, "hanako");
	assert_run(&run, 1, "is no operator");
	run = SEKISHO(terminal, 0, "", "list", "koza");
	assert_run(&run, 1, "koza is no shared account, or has no operator");
	/* What is wrong is said and changes nothing. */
	run = SEKISHO(terminal, 0, "", "allow", COUNTER, COUNTER);
	assert_run(&run, 2, "its own operator");
	run = SEKISHO(terminal, 0, "", "allow", COUNTER, "jiro", "--to", "2026-02-30");
	assert_run(&run, 2, "to= must be a day");
	run = SEKISHO(terminal, COUNTER_UID, "", "allow", COUNTER, "jiro");
	assert_run(&run, 2, "only root");
	/* Whose keys repair the machine. */
	run = SEKISHO(terminal, 0, "", "allow", "root", "taro");
	assert_run(&run, 2, "root is an administrator");
	run = SEKISHO(terminal, 0, "", "list");
	assert_run(&run, 0, "daemon taro from=2026-04-01\n");
	snprintf(path, sizeof(path), "%s/operators", terminal->folder);
	file = fopen(path, "ae");
	assert_non_null(file);
	assert_true(fputs("# counters\nkoza taro x=1\n", file) >= 0);
	assert_int_equal(fclose(file), 0);
	run = SEKISHO(terminal, 0, "", "list");
	assert_run(&run, 1, "operators:4: an attribute is not known");
	/* Another account's slip is nobody else's trouble, and stays to be seen. */
	run = SEKISHO(terminal, 0, "", "allow", COUNTER, "hanako");
	assert_run(&run, 0, "hanako may open");
	run = SEKISHO(terminal, 0, "", "allow", "koza", "hanako");
	assert_run(&run, 2, "an attribute is not known");
	run = SEKISHO(terminal, 0, "", "list");
	assert_run(&run, 1, "daemon hanako\n");
	run = SEKISHO(terminal, 0, "", "nonsense");
	assert_run(&run, 2, "'nonsense' is not known here\nusage: sekisho operator [change]");
}

/* Fills the file up to @size with notes. */
static void fill(const char *path, off_t size)
{
	FILE *file = fopen(path, "ae");
	struct stat status;

	assert_non_null(file);
	assert_int_equal(fstat(fileno(file), &status), 0);
	assert_true(status.st_size + 2 < size);
	assert_true(fprintf(file, "#%*s\n", (int)(size - status.st_size - 2), "") > 0);
	assert_int_equal(fclose(file), 0);
}

static off_t size_of(const char *path)
{
	struct stat status;

	assert_int_equal(stat(path, &status), 0);
	return status.st_size;
}

/* A file that no log-in would read is not written, and one that is there can be made smaller. */
static void test_too_large(void **state)
{
	struct terminal *terminal = *state;
	char path[128];
	struct run run;

	snprintf(path, sizeof(path), "%s/operators", terminal->folder);
	run = SEKISHO(terminal, 0, "", "allow", COUNTER, "taro");
	assert_run(&run, 0, "");
	fill(path, OPERATORS_FILE_MAX - (off_t)strlen(COUNTER " hanako\n"));
	run = SEKISHO(terminal, 0, "", "allow", COUNTER, "hanako");
	assert_run(&run, 0, "hanako may open");
	assert_int_equal(size_of(path), OPERATORS_FILE_MAX);
	run = SEKISHO(terminal, 0, "", "allow", COUNTER, "jiro");
	assert_run(&run, 2, "would be larger than 262144 bytes");
	assert_int_equal(size_of(path), OPERATORS_FILE_MAX);
	run = SEKISHO(terminal, 0, "", "list");
	assert_run(&run, 0, COUNTER " taro\n" COUNTER " hanako\n");
	fill(path, OPERATORS_FILE_MAX + 8);
	run = SEKISHO(terminal, 0, "", "list");
	assert_run(&run, 1, "so nobody can log in");
	run = SEKISHO(terminal, 0, "", "end", COUNTER, "hanako");
	assert_run(&run, 0, "no longer");
	assert_true(size_of(path) < OPERATORS_FILE_MAX);
	run = SEKISHO(terminal, 0, "", "list");
	assert_run(&run, 0, COUNTER " taro\n");
}

static void test_change(void **state)
{
	struct terminal *terminal = *state;
	struct outcome outcome;
	char path[128];
	struct run run;
	int status;
	pid_t authd;

	run = SEKISHO(terminal, 0, "", "allow", COUNTER, "taro");
	assert_run(&run, 0, "");
	run = SEKISHO(terminal, 0, "", "allow", COUNTER, "hanako");
	assert_run(&run, 0, "");
	logind_says("3", "3");
	run = SEKISHO(terminal, COUNTER_UID, "", NULL);
	assert_run(&run, 1, "nobody is known to work at this session of " COUNTER);
	run = SEKISHO(terminal, COUNTER_UID, "", "change");
	assert_run(&run, 2, "sekisho-authd did not answer");
	logind_says("", "");
	PLUG(terminal, 0);
	outcome = terminal_visit(terminal,
				 &(struct visit){.user = COUNTER, .pin = PIN, .passes = true});
	assert_verdict(&outcome, VERDICT_GRANTED);
	logind_says("3", "3");
	snprintf(path, sizeof(path), "%s/auth.sock", terminal->folder);
	authd = authd_start(terminal, path, false);
	run = SEKISHO(terminal, COUNTER_UID, "", NULL);
	assert_run(&run, 0, "operator of this session of " COUNTER ": taro\n");
	PLUG(terminal, 1);
	run = SEKISHO(terminal, COUNTER_UID, "9999\n", "change");
	assert_run(&run, 1, "[S-2105]");
	run = SEKISHO(terminal, COUNTER_UID, PIN "\n", "change");
	assert_run(&run, 0, "operator of this session of " COUNTER ": hanako\n");
	assert_event(terminal, "operator.changed 0 ");
	assert_event(terminal, "login.opened 0 ");
	run = SEKISHO(terminal, COUNTER_UID, "", NULL);
	assert_run(&run, 0, "hanako");
	/* Who has an account of his or her own has nobody to hand it over to. */
	run = SEKISHO(terminal, 2, PIN "\n", "change");
	assert_run(&run, 1, "[S-2231]");
	kill(authd, SIGTERM);
	assert_int_equal(waitpid(authd, &status, 0), authd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_list, setup, terminal_teardown),
		cmocka_unit_test_setup_teardown(test_too_large, setup, terminal_teardown),
		cmocka_unit_test_setup_teardown(test_change, setup, terminal_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
