/* sekisho unlock ends the wait of one person, or of everybody, and is recorded. */
#include "command.h"
#include "lock_time.h"

#include "agent/auth/counter.h"
#include "agent/auth/roster.h"
#include "agent/auth/substituteplace.h"
#include "agent/auth/tally.h"
#include "cleanup.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#define CODES  PATIENT "Factors=otp\n"
#define NOBODY 65534

/* Runs sekisho unlock with one more word; what it says goes to @said. */
static void unlock(const struct terminal *terminal, const char *word, uid_t uid, int status,
		   char said[static WORDS_MAX])
{
	struct command command;

	command_begin(terminal, "unlock", (const char *const[]){word, NULL}, uid, &command);
	command_end(&command, status);
	memcpy(said, command.text, sizeof(command.text));
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
	unlock(terminal, "taro", NOBODY, 2, said);
	assert_non_null(strstr(said, "only root may do this"));
	assert_waits(terminal, "taro", true);
	unlock(terminal, "taro", 0, 0, said);
	assert_string_equal(said, "Wrong answers forgotten: 2. taro may try again at once.\n");
	assert_event(terminal, "login.unlocked 0 ");
	assert_event(terminal, "\"tries\":\"2\",\"user\":\"taro\"");
	outcome = guess(terminal, "taro", "192.0.2.7");
	assert_verdict(&outcome, VERDICT_WRONG);
	assert_waits(terminal, "taro", false);
	assert_waits(terminal, "jiro", true);
	unlock(terminal, "nobody-here", 0, 1, said);
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
	unlock(terminal, "--all", 0, 0, said);
	assert_non_null(strstr(said, "Wrong answers forgotten: 4. Nobody has to wait.\n"));
	assert_non_null(strstr(said, "This is not in the journal"));
	assert_int_equal(lock_time_wrong_answers(terminal), 0);
	terminal_engine(terminal, true);
	assert_waits(terminal, "e", false);
	assert_waits(terminal, "a", false);
}

static uint32_t substitute_on(const struct terminal *terminal, uint32_t day)
{
	_cleanup_close_ int dirfd = -1, fd = -1;
	char place[128];
	uint32_t count = 0;

	snprintf(place, sizeof(place), "%s/state", terminal->folder);
	dirfd = open(place, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_int_equal(counter_open(dirfd, TALLY_FILE, &fd), 0);
	return substituteplace_use(fd, "taro", day, 0, &count) == FAILURE_NONE ? count : 0;
}

/* a substitute log-in while the clock stood ahead: the day is told and forgotten, once. */
static void test_substitutes(void **state)
{
	struct terminal *terminal = *state;
	char said[WORDS_MAX];

	terminal_configure(terminal, CODES);
	guess(terminal, "a", NULL);
	assert_int_equal(substitute_on(terminal, 29980101), 1);
	unlock(terminal, "taro", 0, 1, said);
	assert_int_equal(substitute_on(terminal, roster_today()), 0);
	unlock(terminal, "--all", 0, 0, said);
	assert_non_null(strstr(said, "on 2998-01-01, a day that is still to come"));
	assert_event(terminal, "\"day\":\"2998-01-01\"");
	assert_int_equal(substitute_on(terminal, roster_today()), 1);
	unlock(terminal, "--all", 0, 0, said);
	assert_null(strstr(said, "a day that is still to come"));
}

/* Counters that are out of order keep nobody waiting; they are told. */
static void test_bad_counters(void **state)
{
	struct terminal *terminal = *state;
	char said[WORDS_MAX], path[128];

	terminal_configure(terminal, CODES "WrongAnswers=1\n");
	guess(terminal, "a", NULL);
	assert_waits(terminal, "a", true);
	snprintf(path, sizeof(path), "%s/state/" TALLY_FILE, terminal->folder);
	assert_int_equal(truncate(path, 1), 0);
	unlock(terminal, "--all", 0, 2, said);
	assert_non_null(strstr(said, "Nobody has to wait.\n"));
	assert_non_null(strstr(said, "/" TALLY_FILE ": "));
	assert_event(terminal, "login.unlocked 0 ");
	assert_int_equal(lock_time_wrong_answers(terminal), 0);
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
		CASE(test_substitutes),
		CASE(test_bad_counters),
	};

	return cmocka_run_group_tests(tests, no_session, NULL);
}
