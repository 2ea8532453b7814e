/* who works in a session of a shared account, from one person to the next. */
#include "terminal.h"

#include "agent/auth/operators.h"
#include "agent/auth/sessionname.h"
#include "cleanup.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* A real account, since logind's lists go by uid. */
#define COUNTER	    "daemon"
#define COUNTER_UID 1
#define CHANGE	    "sekisho-operator"
#define LOCK	    "xscreensaver"

static void path_of(const struct terminal *terminal, const char *name, char path[static 128])
{
	snprintf(path, 128, "%s/%s", terminal->folder, name);
}

static void allow(const struct terminal *terminal, const char *lines)
{
	char path[128];
	FILE *file;

	path_of(terminal, "operators", path);
	file = fopen(path, "we");
	assert_non_null(file);
	assert_true(fprintf(file, "%s%s", OPERATORS_HEADER, lines) > 0);
	assert_int_equal(fclose(file), 0);
	assert_int_equal(chmod(path, 0644), 0);
}

/* The program that asks is in the session @own, "" for none; there are @all. */
static void logind_says(const char *own, const char *all)
{
	setenv("TEST_UID", "1", 1);
	setenv("TEST_SESSION", own, 1);
	setenv("TEST_SESSIONS", all, 1);
	setenv("TEST_OWNER", "", 1);
}

static void make_folder(const struct terminal *terminal, const char *name)
{
	char path[128];

	path_of(terminal, name, path);
	assert_int_equal(mkdir(path, 0755), 0);
}

/* taro has key 0, hanako key 1, jiro, who is no operator, key 2; none is plugged in. */
static int setup(void **state)
{
	static const char *const people[] = {"taro", "hanako", "jiro"};
	struct terminal *terminal;
	int r = terminal_setup(state);

	if (r < 0)
		return r;
	terminal = *state;
	terminal->logind = "tests/sessions.so";
	make_folder(terminal, "now");
	make_folder(terminal, "sys");
	for (size_t i = 0; i < ARRAY_SIZE(people); i++) {
		PLUG(terminal, i);
		terminal_enrol(terminal, i, people[i], PIN);
		terminal_unplug(terminal, i);
	}
	allow(terminal, COUNTER " taro\n" COUNTER " hanako\n");
	logind_says("", "");
	return 0;
}

static struct outcome log_in(struct terminal *terminal)
{
	struct outcome outcome;

	logind_says("", "");
	outcome = terminal_visit(terminal,
				 &(struct visit){.user = COUNTER, .pin = PIN, .passes = true});
	logind_says("3", "3");
	return outcome;
}

static struct outcome within(struct terminal *terminal, const char *service, const char *pin,
			     bool passes)
{
	return terminal_visit(terminal, &(struct visit){.user = COUNTER,
							.service = service,
							.pin = pin,
							.uid = COUNTER_UID,
							.passes = passes});
}

/* Who the session's operator is, "" where nobody is known. */
static const char *operator_of(const struct terminal *terminal, const char *session)
{
	static struct operator_note note;
	struct operator_sessions sessions;
	char path[600];
	int directory, r;

	snprintf(path, sizeof(path), "%s/%s", terminal->build, terminal->logind);
	assert_int_equal(sessionname_open(path, &sessions), 0);
	path_of(terminal, "now", path);
	directory = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_true(directory >= 0);
	r = operatornote_find(directory, COUNTER, session, &sessions, &note);
	close(directory);
	sessionname_close(&sessions);
	return r == 0 ? note.person : "";
}

static size_t files_in(const struct terminal *terminal, const char *name)
{
	const struct dirent *entry;
	char path[128];
	DIR *stream;
	size_t count = 0;

	path_of(terminal, name, path);
	stream = opendir(path);
	assert_non_null(stream);
	while ((entry = readdir(stream)))
		count += entry->d_name[0] != '.';
	closedir(stream);
	return count;
}

static void begin(struct terminal *terminal)
{
	struct outcome outcome;

	PLUG(terminal, 0);
	outcome = log_in(terminal);
	assert_verdict(&outcome, VERDICT_GRANTED);
	assert_string_equal(operator_of(terminal, "3"), "taro");
}

/* The first one's key may stay where it is. */
static void test_change(void **state)
{
	struct terminal *terminal = *state;
	struct outcome outcome;

	begin(terminal);
	PLUG(terminal, 1);
	outcome = within(terminal, CHANGE, PIN, true);
	assert_verdict(&outcome, VERDICT_GRANTED);
	assert_string_equal(operator_of(terminal, "3"), "hanako");
	assert_event(terminal, "operator.changed 0 {");
	assert_event(terminal, "\"operator\":\"hanako\",\"previous\":\"taro\"");
	assert_event(terminal, "\"session\":\"3\"");
	assert_event(terminal, "\"service\":\"" CHANGE "\"");
	/* Back again; of those who came before nothing is left. */
	outcome = within(terminal, CHANGE, PIN, true);
	assert_verdict(&outcome, VERDICT_GRANTED);
	assert_string_equal(operator_of(terminal, "3"), "taro");
	assert_event(terminal, "\"operator\":\"taro\",\"previous\":\"hanako\"");
	assert_true(files_in(terminal, "now") <= 2);
	/* Another session is nobody's. */
	assert_string_equal(operator_of(terminal, "4"), "");
}

/* It is done before it is told, so a program that is killed then changes nothing of it. */
static void test_change_that_is_killed(void **state)
{
	struct terminal *terminal = *state;
	struct outcome outcome;

	begin(terminal);
	PLUG(terminal, 1);
	outcome = within(terminal, CHANGE, PIN, false);
	assert_verdict(&outcome, VERDICT_GRANTED);
	assert_string_equal(operator_of(terminal, "3"), "hanako");
	assert_event(terminal, "login.unfinished 0 ");
	assert_event(terminal, "operator.changed 0 ");
}

/* the same limits as at the door, and the first one stays. */
static void test_refused(void **state)
{
	struct terminal *terminal = *state;
	struct outcome outcome;

	begin(terminal);
	/* The one who is there already hands over to nobody. */
	outcome = within(terminal, CHANGE, PIN, true);
	assert_verdict(&outcome, VERDICT_WRONG);
	assert_int_equal(terminal_status(terminal, 0, "pin-retries"), 8);
	/* Nobody's operator. */
	PLUG(terminal, 2);
	outcome = within(terminal, CHANGE, PIN, true);
	assert_verdict(&outcome, VERDICT_WRONG);
	terminal_unplug(terminal, 2);
	PLUG(terminal, 1);
	outcome = within(terminal, CHANGE, "9999", true);
	assert_verdict(&outcome, VERDICT_WRONG);
	assert_event(terminal, "\"reason\":\"pin-wrong\"");
	assert_event(terminal, "\"operator\":\"hanako\"");
	outcome = within(terminal, CHANGE, "9998", true);
	assert_verdict(&outcome, VERDICT_WRONG);
	/* Given up at the question. */
	outcome = within(terminal, CHANGE, NULL, true);
	assert_int_equal(outcome.verdict, -1);
	assert_exit(&outcome);
	assert_string_equal(operator_of(terminal, "3"), "taro");
	assert_events(terminal, "operator.changed", 0);
	assert_int_equal(files_in(terminal, "now"), 1);
	/* Wrong answers here are counted as others'. */
	terminal_configure(terminal, PATIENT "WrongAnswers=2\n");
	outcome = within(terminal, CHANGE, "9997", true);
	assert_verdict(&outcome, VERDICT_BLOCKED);
	assert_int_equal(outcome.prompts, 0);
}

/* Where there is nothing to be changed nobody is asked for anything. */
static void test_nothing_to_change(void **state)
{
	struct terminal *terminal = *state;
	struct outcome outcome;

	PLUG(terminal, 0);
	logind_says("", "3");
	outcome = within(terminal, CHANGE, PIN, true);
	assert_verdict(&outcome, VERDICT_BROKEN);
	assert_event(terminal, "\"reason\":\"no-session\"");
	assert_non_null(strstr(outcome.text, "[S-2232]"));
	assert_int_equal(outcome.prompts, 0);
	/* Somebody else's session. */
	logind_says("3", "3");
	setenv("TEST_UID", "2", 1);
	outcome = within(terminal, CHANGE, PIN, true);
	assert_verdict(&outcome, VERDICT_BROKEN);
	assert_events(terminal, "\"reason\":\"no-session\"", 2);
	/* A service of the account's own manager, with the only session, and with one of two. */
	logind_says("", "3");
	setenv("TEST_OWNER", "1", 1);
	outcome = within(terminal, CHANGE, PIN, true);
	assert_verdict(&outcome, VERDICT_GRANTED);
	logind_says("", "3,4");
	setenv("TEST_OWNER", "1", 1);
	outcome = within(terminal, CHANGE, PIN, true);
	assert_verdict(&outcome, VERDICT_BROKEN);
	assert_events(terminal, "\"reason\":\"no-session\"", 3);
	allow(terminal, "");
	logind_says("3", "3");
	outcome = within(terminal, CHANGE, PIN, true);
	assert_verdict(&outcome, VERDICT_BROKEN);
	assert_event(terminal, "\"reason\":\"not-shared\"");
	assert_non_null(strstr(outcome.text, "[S-2231]"));
	assert_int_equal(outcome.prompts, 0);
}

/* Who unlocks the screen works there from then on, once the password was right too. */
static void test_unlock(void **state)
{
	struct terminal *terminal = *state;
	struct outcome outcome;

	begin(terminal);
	outcome = within(terminal, LOCK, PIN, true);
	assert_verdict(&outcome, VERDICT_GRANTED);
	assert_events(terminal, "login.opened", 2);
	terminal_unplug(terminal, 0);
	PLUG(terminal, 1);
	outcome = within(terminal, LOCK, PIN, false);
	assert_verdict(&outcome, VERDICT_GRANTED);
	assert_event(terminal, "login.unfinished 0 ");
	assert_string_equal(operator_of(terminal, "3"), "taro");
	assert_events(terminal, "operator.changed", 0);
	outcome = within(terminal, LOCK, PIN, true);
	assert_verdict(&outcome, VERDICT_GRANTED);
	assert_string_equal(operator_of(terminal, "3"), "hanako");
	assert_event(terminal, "operator.changed 0 ");
	assert_event(terminal, "\"operator\":\"hanako\",\"previous\":\"taro\"");
}

/* sudo and the like neither begin nor take over a session. */
static void test_step_up(void **state)
{
	struct terminal *terminal = *state;
	struct outcome outcome;

	begin(terminal);
	terminal_unplug(terminal, 0);
	PLUG(terminal, 1);
	outcome = within(terminal, "sudo", PIN, true);
	assert_verdict(&outcome, VERDICT_GRANTED);
	assert_events(terminal, "\"operator\":\"hanako\"", 2);
	assert_string_equal(operator_of(terminal, "3"), "taro");
}

/* What can't be kept, or not be recorded, is not granted. */
static void test_not_kept(void **state)
{
	struct terminal *terminal = *state;
	struct outcome outcome;
	char path[128];

	begin(terminal);
	PLUG(terminal, 1);
	terminal_engine(terminal, false);
	terminal->engine_error = EBADMSG;
	terminal_engine(terminal, true);
	terminal_hold_spool(terminal);
	outcome = terminal_visit(terminal, &(struct visit){.user = COUNTER,
							   .service = CHANGE,
							   .pin = PIN,
							   .uid = COUNTER_UID,
							   .passes = true,
							   .at_verdict = terminal_release_spool});
	assert_verdict(&outcome, VERDICT_BROKEN);
	assert_string_equal(operator_of(terminal, "3"), "taro");
	terminal_engine(terminal, false);
	terminal->engine_error = 0;
	terminal_engine(terminal, true);
	path_of(terminal, "now", path);
	/* Not the mode: root writes everywhere. */
	char moved[160];

	snprintf(moved, sizeof(moved), "%s.moved", path);
	assert_int_equal(rename(path, moved), 0);
	terminal_unplug(terminal, 0);
	outcome = within(terminal, CHANGE, PIN, true);
	assert_verdict(&outcome, VERDICT_BROKEN);
	assert_event(terminal, "\"reason\":\"operator-store\"");
	outcome = log_in(terminal);
	assert_verdict(&outcome, VERDICT_BROKEN);
	assert_events(terminal, "\"reason\":\"operator-store\"", 2);
	/* An account of one person's own needs none of it. */
	outcome = terminal_visit(terminal, &(struct visit){.user = "hanako", .pin = PIN});
	assert_verdict(&outcome, VERDICT_GRANTED);
	assert_int_equal(rename(moved, path), 0);
	assert_string_equal(operator_of(terminal, "3"), "taro");
}

/* whoever watches keys is told the session and whose key it is. */
static void test_removal(void **state)
{
	struct terminal *terminal = *state;
	const struct dirent *entry;
	struct outcome outcome;
	char path[128], text[1024];
	size_t found = 0;
	DIR *stream;

	terminal_configure(terminal, PATIENT "[Removal]\nAction=lock\n");
	begin(terminal);
	PLUG(terminal, 1);
	outcome = within(terminal, CHANGE, PIN, true);
	assert_verdict(&outcome, VERDICT_GRANTED);
	path_of(terminal, "notes", path);
	stream = opendir(path);
	assert_non_null(stream);
	while ((entry = readdir(stream))) {
		_cleanup_close_ int fd = openat(dirfd(stream), entry->d_name, O_RDONLY | O_CLOEXEC);
		ssize_t length = read(fd, text, sizeof(text) - 1);

		if (entry->d_name[0] == '.' || length <= 0)
			continue;
		text[length] = '\0';
		assert_non_null(strstr(entry->d_name, ".opened"));
		found += strstr(text, "\"person\":\"hanako\"") && strstr(text, "\"session\":\"3\"");
		found += strstr(text, "\"person\":\"taro\"") && strstr(text, "\"session\":\"\"");
	}
	closedir(stream);
	assert_int_equal(found, 2);
}

#define TAKEOVER_CASE(function) cmocka_unit_test_setup_teardown(function, setup, terminal_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TAKEOVER_CASE(test_change),   TAKEOVER_CASE(test_change_that_is_killed),
		TAKEOVER_CASE(test_refused),  TAKEOVER_CASE(test_nothing_to_change),
		TAKEOVER_CASE(test_unlock),   TAKEOVER_CASE(test_step_up),
		TAKEOVER_CASE(test_not_kept), TAKEOVER_CASE(test_removal),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
