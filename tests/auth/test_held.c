/* keys that other programs hold are waited for, to the end, and never open a door. */
#include "terminal.h"

#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

static struct outcome visit(struct terminal *terminal)
{
	return terminal_visit(terminal, &(struct visit){.user = "hanako", .pin = PIN});
}

/* A browser, say, holds the key's node: the person is told, and it is waited for to the end. */
static void test_held_by_another_program(void **state)
{
	struct terminal *terminal = *state;
	struct outcome outcome;
	char node[128];
	int fd;

	/* Long enough for the key's child to begin and to say so. */
	terminal_configure(terminal, "[Auth]\nKeyWaitSeconds=8\n");
	snprintf(node, sizeof(node), "%s/dev/hidraw0", terminal->folder);
	fd = open(node, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	assert_true(fd >= 0);
	assert_int_equal(flock(fd, LOCK_EX), 0);
	outcome = visit(terminal);
	assert_verdict(&outcome, VERDICT_TIMEOUT);
	assert_int_equal(outcome.prompts, 0);
	assert_non_null(strstr(outcome.text, "[S-2002]"));
	assert_non_null(strstr(outcome.text, "[S-2117]"));
	assert_event(terminal, "\"reason\":\"key-busy\"");
	close(fd);
}

static void wait_a_second(struct terminal *terminal, const char *prompt)
{
	(void)terminal;
	(void)prompt;
	usleep(1000000);
}

/* Another key is held, and this one is not: nobody is told of a wait. */
static void test_another_one_held(void **state)
{
	struct terminal *terminal = *state;
	const struct visit person = {.user = "hanako", .pin = PIN, .before_answer = wait_a_second};
	struct outcome outcome;
	char node[128];
	int fd;

	PLUG(terminal, 0);
	terminal_enrol(terminal, 0, "hanako", PIN);
	snprintf(node, sizeof(node), "%s/dev/hidraw1", terminal->folder);
	fd = open(node, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	assert_true(fd >= 0);
	assert_int_equal(flock(fd, LOCK_EX), 0);
	outcome = terminal_visit(terminal, &person);
	close(fd);
	assert_verdict(&outcome, VERDICT_GRANTED);
	assert_null(strstr(outcome.text, "[S-2002]"));
}

static int held = -1;

/* In the socket's place a file that is locked, as a browser locks the node. */
static void hold(struct terminal *terminal, const char *prompt)
{
	char node[128];
	char away[160];

	(void)prompt;
	/* By then the key has been let go, which is a matter of a tenth of a second. */
	usleep(3000000);
	snprintf(node, sizeof(node), "%s/dev/hidraw0", terminal->folder);
	snprintf(away, sizeof(away), "%s.away", node);
	assert_int_equal(rename(node, away), 0);
	held = open(node, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	assert_true(held >= 0);
	assert_int_equal(flock(held, LOCK_EX), 0);
}

/* It is taken while the PIN is typed, and never given back: the log-in ends all the same. */
static void test_held_after_the_pin(void **state)
{
	struct terminal *terminal = *state;
	const struct visit person = {.user = "hanako", .pin = PIN, .before_answer = hold};
	struct outcome outcome;

	PLUG(terminal, 0);
	terminal_enrol(terminal, 0, "hanako", PIN);
	terminal_configure(terminal, "[Auth]\nTouchSeconds=5\n");
	outcome = terminal_visit(terminal, &person);
	close(held);
	assert_verdict(&outcome, VERDICT_TIMEOUT);
	/* It is not waited for without end, however long another program holds it. */
	assert_in_range(outcome.ms, 3000 + 5000, PATIENCE_MS);
	assert_non_null(strstr(outcome.text, "[S-2002]"));
	assert_non_null(strstr(outcome.text, "[S-2117]"));
	assert_event(terminal, "\"reason\":\"key-busy\"");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(test_held_by_another_program),
		CASE(test_another_one_held),
		CASE(test_held_after_the_pin),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
