/* sekisho-authd as systemd runs it: log-ins over its socket, callers of other users, floods. */
#include "authd.h"
#include "service.h"

#include "cleanup.h"
#include "wire.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define NOBODY 65534

static void test_log_in(void **state)
{
	struct service *service = *state;
	struct outcome outcome;

	service_enrol(service);
	for (int i = 0; i < 3; i++) {
		outcome = service_log_in(service, "hanako");
		assert_int_equal(outcome.verdict, VERDICT_GRANTED);
	}
}

/* Runs @work as user nobody in a process of its own. */
static pid_t as_nobody(const struct service *service, void (*work)(const struct service *, int),
		       int ready)
{
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid > 0)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (setresuid(NOBODY, NOBODY, NOBODY) < 0)
		_exit(1);
	work(service, ready);
	_exit(0);
}

/* 64 connections that say nothing, opened again when they are closed, and 2,000 new ones in each
 * second. Says on @ready how many it made in each second. */
static void flood(const struct service *service, int ready)
{
	int idle[64];
	unsigned int made = 0;
	int64_t started = wire_now();

	for (size_t i = 0; i < ARRAY_SIZE(idle); i++)
		idle[i] = service_call(service);
	for (unsigned int tick = 1;; tick++) {
		const int64_t next = started + tick * 10;
		const int64_t left = next - wire_now();
		const struct timespec pause = {0, (left > 0 ? left : 0) * 1000000};

		for (int i = 0; i < 20; i++) {
			int fd = service_call(service);

			made += fd >= 0;
			if (fd >= 0)
				close(fd);
		}
		if (tick % 10 == 0) {
			char byte;

			for (size_t i = 0; i < ARRAY_SIZE(idle); i++) {
				if (recv(idle[i], &byte, 1, MSG_DONTWAIT) != 0)
					continue;
				close(idle[i]);
				idle[i] = service_call(service);
			}
		}
		if (tick % 100 == 0 && write(ready, &made, sizeof(made)) != sizeof(made))
			_exit(1);
		if (tick % 100 == 0)
			made = 0;
		nanosleep(&pause, NULL);
	}
}

static int compare_ms(const void *one, const void *other)
{
	const int64_t *left = one;
	const int64_t *right = other;

	return (*left > *right) - (*left < *right);
}

/* What most of twenty log-ins take at most: a machine that stands still for a moment counts for the
 * few that it happens to. */
static int64_t usual_ms(struct service *service)
{
	int64_t taken[20];

	for (size_t i = 0; i < ARRAY_SIZE(taken); i++) {
		struct outcome outcome = service_log_in(service, "hanako");

		/* In two seconds no disk took the event: there is no such disk, so that was the
		 * machine, and once. */
		if (strstr(outcome.text, "[S-2206]"))
			outcome = service_log_in(service, "hanako");
		assert_int_equal(outcome.verdict, VERDICT_GRANTED);
		taken[i] = outcome.ms;
	}
	qsort(taken, ARRAY_SIZE(taken), sizeof(taken[0]), compare_ms);
	return taken[ARRAY_SIZE(taken) - 6];
}

static void test_flood_delays_nobody(void **state)
{
	struct service *service = *state;
	unsigned int made = 0;
	int64_t calm;
	int64_t busy;
	int ends[2];
	pid_t pid;

	service_enrol(service);
	calm = usual_ms(service);
	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	pid = as_nobody(service, flood, ends[1]);
	assert_int_equal(read(ends[0], &made, sizeof(made)), sizeof(made));
	busy = usual_ms(service);
	assert_int_equal(read(ends[0], &made, sizeof(made)), sizeof(made));
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	close(ends[0]);
	close(ends[1]);
	print_message("of 20 log-ins the sixth slowest: %d ms alone, %d ms beside 64 idle "
		      "connections and %u new ones in each 100 turns\n",
		      (int)calm, (int)busy, made);
	assert_true(made >= 500);
	/* Crowded out, each would wait for the end of an idle one's five seconds. The flood has one
	 * of the processors, which are two. */
	assert_true(busy < 3 * calm + 3000);
}

static unsigned int count_open(const int *fds, size_t count)
{
	unsigned int open_ones = 0;
	char byte;

	for (size_t i = 0; i < count; i++)
		open_ones += recv(fds[i], &byte, 1, MSG_DONTWAIT) < 0 && errno == EAGAIN;
	return open_ones;
}

/* Holds as many as it is given; tells how many are still open once others were sent away, and when
 * none is. */
static void hold(const struct service *service, int ready)
{
	const struct timespec moment = {0, 10000000};
	const struct timespec pause = {0, 300000000};
	const int64_t deadline = wire_now() + PATIENCE_MS;
	unsigned int open_ones;
	int fds[16];

	for (size_t i = 0; i < ARRAY_SIZE(fds); i++)
		fds[i] = service_call(service);
	while ((open_ones = count_open(fds, ARRAY_SIZE(fds))) > LIMITS_PER_USER &&
	       wire_now() < deadline)
		nanosleep(&moment, NULL);
	/* Then no more are. */
	nanosleep(&pause, NULL);
	open_ones = count_open(fds, ARRAY_SIZE(fds));
	if (write(ready, &open_ones, sizeof(open_ones)) != sizeof(open_ones))
		_exit(1);
	/* Who says nothing is sent away after five seconds. */
	for (size_t i = 0; i < ARRAY_SIZE(fds); i++) {
		struct pollfd poll_fd = {.fd = fds[i], .events = POLLIN};

		if (poll(&poll_fd, 1, PATIENCE_MS) != 1)
			_exit(1);
	}
	if (write(ready, &open_ones, sizeof(open_ones)) != sizeof(open_ones))
		_exit(1);
}

static void test_idle_ones(void **state)
{
	struct service *service = *state;
	unsigned int open_ones = 0;
	int64_t started = wire_now();
	int ends[2];
	pid_t pid;

	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	pid = as_nobody(service, hold, ends[1]);
	assert_int_equal(read(ends[0], &open_ones, sizeof(open_ones)), sizeof(open_ones));
	assert_int_equal(open_ones, LIMITS_PER_USER);
	assert_int_equal(read(ends[0], &open_ones, sizeof(open_ones)), sizeof(open_ones));
	/* No sooner, and not only when they like to. */
	assert_in_range(wire_now() - started, 5000, PATIENCE_MS);
	waitpid(pid, NULL, 0);
	close(ends[0]);
	close(ends[1]);
}

static void speak_as_nobody(const struct service *service, int ready)
{
	const struct visit person = {.user = "nobody", .pin = PIN};
	const struct visit stranger = {.user = "hanako", .pin = PIN};
	int verdicts[2];
	int fd = service_call(service);

	verdicts[0] = terminal_speak(service->terminal, &person, fd).verdict;
	close(fd);
	fd = service_call(service);
	verdicts[1] = terminal_speak(service->terminal, &stranger, fd).verdict;
	close(fd);
	if (write(ready, verdicts, sizeof(verdicts)) != sizeof(verdicts))
		_exit(1);
}

/* Ticks of the processor that authd has used. */
static unsigned long used(const struct service *service)
{
	unsigned long user = 0;
	unsigned long kernel = 0;
	char path[64];
	char line[512];
	char *at;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/stat", service->pid);
	file = fopen(path, "re");
	assert_non_null(file);
	assert_non_null(fgets(line, sizeof(line), file));
	fclose(file);
	at = strrchr(line, ')') + 1;
	/* Fields 3 to 13, then the two. */
	for (int i = 0; i < 11; i++)
		at = strchr(at + 1, ' ');
	user = strtoul(at, &at, 10);
	kernel = strtoul(at, NULL, 10);
	return user + kernel;
}

/* Out of descriptors with a caller at the door: it rests, and lets him in when there are some. */
static void test_out_of_descriptors(void **state)
{
	struct service *service = *state;
	struct rlimit old;
	struct rlimit none;
	const struct timespec pause = {1, 0};
	struct outcome outcome;
	unsigned long before;
	int fd;

	service_enrol(service);
	outcome = service_log_in(service, "hanako");
	assert_int_equal(outcome.verdict, VERDICT_GRANTED);
	assert_int_equal(prlimit(service->pid, RLIMIT_NOFILE, NULL, &old), 0);
	none = (struct rlimit){AUTHD_POLLED, old.rlim_max};
	assert_int_equal(prlimit(service->pid, RLIMIT_NOFILE, &none, NULL), 0);
	before = used(service);
	fd = service_call(service);
	assert_true(fd >= 0);
	nanosleep(&pause, NULL);
	assert_in_range(used(service) - before, 0, (unsigned long)sysconf(_SC_CLK_TCK) / 10);
	assert_int_equal(prlimit(service->pid, RLIMIT_NOFILE, &old, NULL), 0);
	close(fd);
	outcome = service_log_in(service, "hanako");
	assert_int_equal(outcome.verdict, VERDICT_GRANTED);
}

/* A screen locker: uid N for user N, and nobody else. */
static void test_own_user_only(void **state)
{
	struct service *service = *state;
	int verdicts[2] = {-1, -1};
	int ends[2];
	pid_t pid;

	service_enrol(service);
	terminal_enrol(service->terminal, 0, "nobody", PIN);
	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	pid = as_nobody(service, speak_as_nobody, ends[1]);
	assert_int_equal(read(ends[0], verdicts, sizeof(verdicts)), sizeof(verdicts));
	waitpid(pid, NULL, 0);
	assert_int_equal(verdicts[0], VERDICT_GRANTED);
	assert_int_equal(verdicts[1], VERDICT_BROKEN);
	close(ends[0]);
	close(ends[1]);
}

/* What was recorded while the engine was away reaches it by itself. */
static void test_flushes(void **state)
{
	struct service *service = *state;
	struct outcome outcome;

	service_enrol(service);
	terminal_engine(service->terminal, false);
	outcome = service_log_in(service, "hanako");
	assert_int_equal(outcome.verdict, VERDICT_GRANTED);
	terminal_engine(service->terminal, true);
	assert_event(service->terminal, "login.granted 1 ");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SERVED(test_log_in),
		SERVED(test_flood_delays_nobody),
		SERVED(test_idle_ones),
		SERVED(test_own_user_only),
		cmocka_unit_test_setup_teardown(test_out_of_descriptors, service_setup_crowded,
						service_teardown),
		SERVED(test_flushes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
