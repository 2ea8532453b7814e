/* sekisho unlock ends the wait of one person, or of everybody, and is recorded. */
#include "lock_time.h"
#include "terminal.h"

#include <string.h>
#include <sys/wait.h>

#define CODES  PATIENT "Factors=otp\n"
#define NOBODY 65534

/* Runs sekisho unlock with one more word; what it says goes to @said. */
static int unlock(const struct terminal *terminal, const char *word, uid_t uid,
		  char said[static WORDS_MAX])
{
	char program[600], state[128], record[128];
	char *words[] = {program, (char *)"unlock",   (char *)word, (char *)"--state",
			 state,	  (char *)"--record", record,	    NULL};
	ssize_t got;
	size_t length = 0;
	int pipes[2];
	pid_t pid;

	snprintf(program, sizeof(program), "%s/sekisho", terminal->build);
	snprintf(state, sizeof(state), "%s/state", terminal->folder);
	snprintf(record, sizeof(record), "%s/record.sock", terminal->folder);
	assert_int_equal(pipe2(pipes, O_CLOEXEC), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		if (dup2(pipes[1], 1) < 0 || dup2(pipes[1], 2) < 0 || (uid != 0 && setuid(uid) < 0))
			_exit(126);
		execv(program, words);
		_exit(127);
	}
	close(pipes[1]);
	while ((got = read(pipes[0], said + length, WORDS_MAX - 1 - length)) > 0)
		length += (size_t)got;
	said[length] = '\0';
	close(pipes[0]);
	return terminal_exit(pid);
}

static struct outcome guess(struct terminal *terminal, const char *user, const char *rhost)
{
	return terminal_visit(terminal,
			      &(struct visit){.user = user, .confirm = "000000", .rhost = rhost});
}

static void assert_waits(struct terminal *terminal, const char *user, bool waits)
{
	struct outcome outcome = guess(terminal, user, NULL);

	assert_verdict(&outcome, waits ? VERDICT_BLOCKED : VERDICT_WRONG);
}

static void test_one(void **state)
{
	struct terminal *terminal = *state;
	struct outcome outcome;
	char said[WORDS_MAX];

	terminal_configure(terminal, CODES "WrongAnswers=1\n");
	guess(terminal, "taro", NULL);
	guess(terminal, "taro", "192.0.2.7");
	guess(terminal, "jiro", NULL);
	assert_waits(terminal, "taro", true);
	assert_int_equal(unlock(terminal, "taro", NOBODY, said), 2);
	assert_non_null(strstr(said, "only root may do this"));
	assert_waits(terminal, "taro", true);
	assert_int_equal(unlock(terminal, "taro", 0, said), 0);
	assert_string_equal(said, "Wrong answers forgotten: 2. taro may try again at once.\n");
	assert_event(terminal, "login.unlocked 0 ");
	assert_event(terminal, "\"tries\":\"2\",\"user\":\"taro\"");
	outcome = guess(terminal, "taro", "192.0.2.7");
	assert_verdict(&outcome, VERDICT_WRONG);
	assert_waits(terminal, "taro", false);
	assert_waits(terminal, "jiro", true);
	assert_int_equal(unlock(terminal, "nobody-here", 0, said), 1);
	assert_non_null(strstr(said, "nobody-here has given no wrong answer"));
	assert_events(terminal, "login.unlocked", 1);
}

static void test_everybody(void **state)
{
	struct terminal *terminal = *state;
	char said[WORDS_MAX];

	terminal_configure(terminal, CODES "WrongAnswers=1\n");
	guess(terminal, "a", NULL);
	guess(terminal, "b", NULL);
	guess(terminal, "c", NULL);
	guess(terminal, "d", NULL);
	assert_waits(terminal, "e", true);
	terminal_engine(terminal, false);
	assert_int_equal(unlock(terminal, "--all", 0, said), 0);
	assert_non_null(strstr(said, "Wrong answers forgotten: 4. Nobody has to wait.\n"));
	assert_non_null(strstr(said, "This is not in the journal"));
	assert_int_equal(lock_time_wrong_answers(terminal), 0);
	terminal_engine(terminal, true);
	assert_waits(terminal, "e", false);
	assert_waits(terminal, "a", false);
}

static int no_session(void **state)
{
	(void)state;
	return lock_time_no_session();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(test_one),
		CASE(test_everybody),
	};

	return cmocka_run_group_tests(tests, no_session, NULL);
}
