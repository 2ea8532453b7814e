/* How many keyboards are asked, at once and in an hour, and what a reader does that can't ask. */
#include "agent/engine/challenge.h"
#include "challengeproto.h"
#include "parcel.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static void limits(void **state)
{
	struct challenges challenges = {};

	(void)state;
	for (int i = 0; i < CHALLENGE_HOURLY; i++)
		assert_true(challenge_allow(&challenges, i ? "1-2.4" : "1-2", 1000 * i));
	assert_false(challenge_allow(&challenges, "1-2.1.1", 5000));
	assert_true(challenge_allow(&challenges, "1-20", 5000));
	assert_false(challenge_allow(&challenges, "1-2", CHALLENGE_HOUR_MS - 1));
	assert_true(challenge_allow(&challenges, "1-2", CHALLENGE_HOUR_MS));
	assert_false(challenge_allow(&challenges, "1-2", CHALLENGE_HOUR_MS));
	/* Whatever names it finds. */
	for (int i = 0; i < 2 * CHALLENGE_BEGUN_MAX; i++) {
		char name[16];

		snprintf(name, sizeof(name), "3-%d", i);
		challenge_allow(&challenges, name, CHALLENGE_HOUR_MS);
	}
	assert_false(challenge_allow(&challenges, "2-1", CHALLENGE_HOUR_MS));
	/* One that was passed is none. */
	memset(&challenges, 0, sizeof(challenges));
	for (int i = 0; i < 3 * CHALLENGE_HOURLY; i++) {
		assert_true(challenge_allow(&challenges, "1-2.4", i));
		challenge_passed(&challenges, "1-2.1");
	}
	for (int i = 0; i < CHALLENGE_HOURLY; i++)
		assert_true(challenge_allow(&challenges, "1-2", 100));
	challenge_passed(&challenges, "1-20");
	assert_false(challenge_allow(&challenges, "1-2", 100));
	/* As many at once as there are places. */
	memset(&challenges, 0, sizeof(challenges));
	for (size_t i = 0; i < CHALLENGES_MAX; i++)
		challenges.list[i].inode = i + 1;
	assert_false(challenge_allow(&challenges, "2-1", 0));
	challenges.list[1].inode = 0;
	assert_true(challenge_allow(&challenges, "2-1", 0));
}

/* A console that takes nothing, and a device that is none: its reader says so and ends. */
static void a_stopped_console(void **state)
{
	struct challenge_task task = {.version = CHALLENGE_VERSION,
				      .code = "123456",
				      .seconds = 60,
				      .tries = 1,
				      .packet = CHALLENGE_PACKET_MIN};
	struct challenge_result result = {};
	char program[PATH_MAX] = "", *slash = program, filling[4096] = "";
	int ends[2], console[2], usb = open("/dev/null", O_RDWR | O_CLOEXEC), passed = -1, status;
	struct pollfd polls;
	pid_t child;

	(void)state;
	assert_true(readlink("/proc/self/exe", program, sizeof(program) - 32) > 0);
	for (int i = 0; i < 3 && slash; i++) {
		slash = strrchr(program, '/');
		*slash = '\0';
	}
	memcpy(program + strlen(program), "/sekisho-challenge", 19);
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends), 0);
	assert_int_equal(pipe2(console, O_CLOEXEC), 0);
	assert_int_equal(fcntl(console[1], F_SETFL, O_NONBLOCK), 0);
	while (write(console[1], filling, sizeof(filling)) > 0)
		;
	assert_int_equal(fcntl(console[1], F_SETFL, 0), 0);
	child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		dup2(ends[1], STDIN_FILENO);
		dup2(console[1], STDOUT_FILENO);
		execl(program, program, NULL);
		_exit(99);
	}
	close(ends[1]);
	assert_int_equal(parcel_send(ends[0], &task, sizeof(task), usb, 0), 0);
	polls = (struct pollfd){ends[0], POLLIN, 0};
	assert_int_equal(poll(&polls, 1, 60000), 1);
	assert_int_equal(parcel_receive(ends[0], &result, sizeof(result), &passed, 0), 0);
	assert_int_equal(result.outcome, CHALLENGE_BROKEN);
	assert_int_equal(result.error, -ENOTTY);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	close(usb);
	close(ends[0]);
	close(console[0]);
	close(console[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(limits),
		cmocka_unit_test(a_stopped_console),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
