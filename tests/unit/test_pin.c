/* Reading a PIN at a terminal: no echo while it is typed, and the echo back on however it ends. */
#include "agent/cli/pin.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <pty.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

static bool echo_is(int fd, bool wanted)
{
	const struct timespec pause = {0, 10000000};
	struct termios terminal;

	for (int i = 0; i < 6000; i++) {
		assert_int_equal(tcgetattr(fd, &terminal), 0);
		if (!(terminal.c_lflag & ECHO) == !wanted)
			return true;
		nanosleep(&pause, NULL);
	}
	return false;
}

/* Until the prompt is there; the echo is off by then. */
static void await_prompt(int fd)
{
	struct termios terminal;
	char shown[16] = "";
	size_t length = 0;

	while (length < sizeof(shown) - 1 && !strstr(shown, "PIN: ")) {
		ssize_t count = read(fd, shown + length, 1);

		assert_int_equal(count, 1);
		length++;
	}
	assert_string_equal(shown, "PIN: ");
	assert_int_equal(tcgetattr(fd, &terminal), 0);
	assert_false(terminal.c_lflag & ECHO);
}

/* What the reader ends with after @typed was typed. The terminal stays open, to be looked at. */
static int type(const char *typed, int *ret_fd)
{
	int status = 0;
	pid_t pid = forkpty(ret_fd, NULL, NULL, NULL);

	assert_true(pid >= 0);
	if (pid == 0) {
		_cleanup_secret_ struct secret pin = {};
		int r;

		r = pin_read("PIN: ", &pin);
		if (r == 0 && (strcmp(pin.bytes, "1234") != 0 || prctl(PR_GET_DUMPABLE) != 0))
			r = -1;
		_exit(r == 0 ? 0 : 1);
	}
	await_prompt(*ret_fd);
	assert_int_equal(write(*ret_fd, typed, strlen(typed)), strlen(typed));
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return status;
}

static void test_typed(void **state)
{
	char shown[64] = "";
	int status;
	int fd;

	(void)state;
	status = type("1234\n", &fd);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	assert_true(echo_is(fd, true));
	assert_true(read(fd, shown, sizeof(shown) - 1) >= 0);
	assert_null(strstr(shown, "1234"));
	close(fd);
}

static void test_interrupted(void **state)
{
	static const struct {
		const char *typed;
		int signal;
	} rows[] = {{"12\x03", SIGINT}, {"12\x1c", SIGQUIT}};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		int fd;
		int status = type(rows[i].typed, &fd);

		assert_true(WIFSIGNALED(status) && WTERMSIG(status) == rows[i].signal);
		assert_true(echo_is(fd, true));
		close(fd);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_typed),
		cmocka_unit_test(test_interrupted),
	};

	/* A shell's background job ignores both, and so would our children. */
	signal(SIGINT, SIG_DFL);
	signal(SIGQUIT, SIG_DFL);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
