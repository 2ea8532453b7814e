/* sekisho-authd as systemd runs it: log-ins over its socket, callers of other users, floods. */
#include "terminal.h"

#include "agent/auth/limits.h"
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
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define NOBODY 65534

/* KiB, with the session that waits and its key's child; on a machine on which no other program has
 * the same libraries in memory. A sanitizer's shadow is no part of the program. */
#ifdef __SANITIZE_ADDRESS__
#define PSS_MAX 262144
#else
#define PSS_MAX 5000
#endif

#define POLLED (LIMITS_USERS + LIMITS_ROOT + 2) /* poll(2) wants a limit no lower */

struct service {
	struct terminal *terminal;
	char socket[128];
	pid_t pid;
	bool crowded; /* has every descriptor below POLLED from the beginning */
};

static void run_authd(const struct service *service, int listener)
{
	struct arguments arguments;
	char *words[ARGUMENTS_MAX + 6] = {};
	char program[600];
	char session[600];
	char pid[16];
	size_t count = 0;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	snprintf(program, sizeof(program), "%s/sekisho-authd", service->terminal->build);
	snprintf(session, sizeof(session), "%s/sekisho-session", service->terminal->build);
	snprintf(pid, sizeof(pid), "%d", getpid());
	terminal_arguments(service->terminal, &arguments);
	words[count++] = program;
	words[count++] = (char *)"--session";
	words[count++] = session;
	words[count++] = (char *)"--";
	for (size_t i = 0; i < arguments.count; i++)
		words[count++] = arguments.words[i];
	if (dup2(listener, 3) < 0)
		_exit(126);
	fcntl(3, F_SETFD, 0);
	for (int fd = 3; service->crowded && fd < POLLED - 1;)
		fd = dup(STDIN_FILENO);
	setenv("LISTEN_PID", pid, 1);
	setenv("LISTEN_FDS", "1", 1);
	execv(program, words);
	_exit(127);
}

/* The children of a process, 0 where there are fewer. */
static void children(pid_t parent, pid_t ret_pids[static 4])
{
	char path[64];
	FILE *file;

	memset(ret_pids, 0, 4 * sizeof(pid_t));
	snprintf(path, sizeof(path), "/proc/%d/task/%d/children", parent, parent);
	file = fopen(path, "re");
	for (size_t i = 0; file && i < 4; i++)
		if (fscanf(file, "%d", &ret_pids[i]) != 1)
			break;
	if (file)
		fclose(file);
}

static void assert_gone(pid_t pid)
{
	const struct timespec pause = {0, 20000000};

	for (int i = 0; i < 250; i++) {
		if (kill(pid, 0) < 0 && errno == ESRCH)
			return;
		nanosleep(&pause, NULL);
	}
	fail_msg("process %d is still there", pid);
}

static int begin(void **state, bool crowded)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	struct service *service = calloc(1, sizeof(*service));
	_cleanup_close_ int listener = -1;
	void *terminal = NULL;

	assert_int_equal(terminal_setup(&terminal), 0);
	service->terminal = terminal;
	service->crowded = crowded;
	snprintf(service->socket, sizeof(service->socket), "%s/auth.sock",
		 service->terminal->folder);
	snprintf(address.sun_path, sizeof(address.sun_path), "%.100s", service->socket);
	listener = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(listener, (struct sockaddr *)&address, sizeof(address)), 0);
	assert_int_equal(chmod(service->socket, 0666), 0);
	assert_int_equal(listen(listener, 4096), 0);
	service->pid = fork();
	assert_true(service->pid >= 0);
	if (service->pid == 0)
		run_authd(service, listener);
	*state = service;
	return 0;
}

static int setup(void **state)
{
	return begin(state, false);
}

static int setup_crowded(void **state)
{
	return begin(state, true);
}

static int teardown(void **state)
{
	struct service *service = *state;
	void *terminal = service->terminal;
	pid_t sessions[4];
	int status = 0;
	int r;

	children(service->pid, sessions);
	kill(service->pid, SIGTERM);
	waitpid(service->pid, &status, 0);
	for (size_t i = 0; i < ARRAY_SIZE(sessions) && sessions[i] > 0; i++)
		assert_gone(sessions[i]);
	r = terminal_teardown(&terminal);
	free(service);
	return r == 0 && WIFEXITED(status) && WEXITSTATUS(status) == 0 ? 0 : -1;
}

static int call(const struct service *service)
{
	int fd = -1;

	return wire_connect(service->socket, wire_now() + 5000, &fd) < 0 ? -1 : fd;
}

static struct outcome log_in(struct service *service, const char *user)
{
	const struct visit person = {.user = user, .pin = PIN};
	_cleanup_close_ int fd = call(service);

	assert_true(fd >= 0);
	return terminal_speak(service->terminal, &person, fd);
}

static void enrol(struct service *service)
{
	PLUG(service->terminal, 0);
	terminal_enrol(service->terminal, 0, "hanako", PIN);
}

static void test_log_in(void **state)
{
	struct service *service = *state;
	struct outcome outcome;

	enrol(service);
	for (int i = 0; i < 3; i++) {
		outcome = log_in(service, "hanako");
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
		idle[i] = call(service);
	for (unsigned int tick = 1;; tick++) {
		const int64_t next = started + tick * 10;
		const int64_t left = next - wire_now();
		const struct timespec pause = {0, (left > 0 ? left : 0) * 1000000};

		for (int i = 0; i < 20; i++) {
			int fd = call(service);

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
				idle[i] = call(service);
			}
		}
		if (tick % 100 == 0 && write(ready, &made, sizeof(made)) != sizeof(made))
			_exit(1);
		if (tick % 100 == 0)
			made = 0;
		nanosleep(&pause, NULL);
	}
}

static void test_flood_delays_nobody(void **state)
{
	struct service *service = *state;
	unsigned int made = 0;
	int64_t calm = 0;
	int64_t busy = 0;
	int ends[2];
	pid_t pid;

	enrol(service);
	for (int i = 0; i < 5; i++) {
		struct outcome outcome = log_in(service, "hanako");

		assert_int_equal(outcome.verdict, VERDICT_GRANTED);
		calm = outcome.ms > calm ? outcome.ms : calm;
	}
	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	pid = as_nobody(service, flood, ends[1]);
	assert_int_equal(read(ends[0], &made, sizeof(made)), sizeof(made));
	for (int i = 0; i < 20; i++) {
		struct outcome outcome = log_in(service, "hanako");

		assert_int_equal(outcome.verdict, VERDICT_GRANTED);
		busy = outcome.ms > busy ? outcome.ms : busy;
	}
	assert_int_equal(read(ends[0], &made, sizeof(made)), sizeof(made));
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	close(ends[0]);
	close(ends[1]);
	print_message("slowest log-in: %d ms alone, %d ms beside 64 idle connections and %u new "
		      "ones a second\n",
		      (int)calm, (int)busy, made);
	assert_true(made >= 500);
	/* Crowded out, it would wait until an idle one's time is over. */
	assert_true(busy < calm + 3000);
}

/* Holds as many as it is given; tells how many are still open after a while. */
static void hold(const struct service *service, int ready)
{
	const struct timespec pause = {0, 300000000};
	unsigned int open_ones = 0;
	int fds[16];

	for (size_t i = 0; i < ARRAY_SIZE(fds); i++)
		fds[i] = call(service);
	nanosleep(&pause, NULL);
	for (size_t i = 0; i < ARRAY_SIZE(fds); i++) {
		char byte;

		open_ones += recv(fds[i], &byte, 1, MSG_DONTWAIT) < 0 && errno == EAGAIN;
	}
	if (write(ready, &open_ones, sizeof(open_ones)) != sizeof(open_ones))
		_exit(1);
	/* Who says nothing is sent away after five seconds. */
	for (size_t i = 0; i < ARRAY_SIZE(fds); i++) {
		struct pollfd poll_fd = {.fd = fds[i], .events = POLLIN};

		if (poll(&poll_fd, 1, 7000) != 1)
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
	assert_in_range(wire_now() - started, 4900, 6500);
	waitpid(pid, NULL, 0);
	close(ends[0]);
	close(ends[1]);
}

static void speak_as_nobody(const struct service *service, int ready)
{
	const struct visit person = {.user = "nobody", .pin = PIN};
	const struct visit stranger = {.user = "hanako", .pin = PIN};
	int verdicts[2];
	int fd = call(service);

	verdicts[0] = terminal_speak(service->terminal, &person, fd).verdict;
	close(fd);
	fd = call(service);
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

	enrol(service);
	outcome = log_in(service, "hanako");
	assert_int_equal(outcome.verdict, VERDICT_GRANTED);
	assert_int_equal(prlimit(service->pid, RLIMIT_NOFILE, NULL, &old), 0);
	none = (struct rlimit){POLLED, old.rlim_max};
	assert_int_equal(prlimit(service->pid, RLIMIT_NOFILE, &none, NULL), 0);
	before = used(service);
	fd = call(service);
	assert_true(fd >= 0);
	nanosleep(&pause, NULL);
	assert_in_range(used(service) - before, 0, (unsigned long)sysconf(_SC_CLK_TCK) / 10);
	assert_int_equal(prlimit(service->pid, RLIMIT_NOFILE, &old, NULL), 0);
	close(fd);
	outcome = log_in(service, "hanako");
	assert_int_equal(outcome.verdict, VERDICT_GRANTED);
}

/* A screen locker: uid N for user N, and nobody else. */
static void test_own_user_only(void **state)
{
	struct service *service = *state;
	int verdicts[2] = {-1, -1};
	int ends[2];
	pid_t pid;

	enrol(service);
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
	char text[WORDS_MAX] = "";

	enrol(service);
	terminal_engine(service->terminal, false);
	outcome = log_in(service, "hanako");
	assert_int_equal(outcome.verdict, VERDICT_GRANTED);
	terminal_engine(service->terminal, true);
	for (int i = 0; i < 80 && !strstr(text, "login.granted 1 "); i++) {
		const struct timespec pause = {0, 100000000};

		nanosleep(&pause, NULL);
		terminal_events(service->terminal, text);
	}
	assert_non_null(strstr(text, "login.granted 1 "));
}

/* The session that waits for a log-in, once it is there and knows as many keys. */
static pid_t spare_of(const struct service *service, size_t n_keys)
{
	const struct timespec pause = {0, 20000000};

	for (int i = 0; i < 500; i++) {
		pid_t sessions[4];
		pid_t tokens[4];
		size_t count = 0;

		children(service->pid, sessions);
		if (sessions[0] > 0 && sessions[1] == 0) {
			children(sessions[0], tokens);
			while (count < 4 && tokens[count] > 0)
				count++;
			if (count == n_keys)
				return sessions[0];
		}
		nanosleep(&pause, NULL);
	}
	fail_msg("no session waits with %zu keys", n_keys);
	return 0;
}

/* A session waits ready for the next log-in, follows keys that come and go, serves one log-in, and
 * is replaced. */
static void test_spare(void **state)
{
	struct service *service = *state;
	struct outcome outcome;
	pid_t tokens[4];
	pid_t spare;
	pid_t next;

	spare = spare_of(service, 0);
	enrol(service);
	assert_int_equal(spare_of(service, 1), spare);
	terminal_unplug(service->terminal, 0);
	assert_int_equal(spare_of(service, 0), spare);
	PLUG(service->terminal, 0);
	assert_int_equal(spare_of(service, 1), spare);
	outcome = log_in(service, "hanako");
	assert_int_equal(outcome.verdict, VERDICT_GRANTED);
	assert_gone(spare);
	next = spare_of(service, 1);
	assert_true(next != spare);
	/* Ended by something else, it costs a moment; the log-in works. */
	kill(next, SIGKILL);
	assert_gone(next);
	outcome = log_in(service, "hanako");
	assert_int_equal(outcome.verdict, VERDICT_GRANTED);
	/* So does the end of a child that waits. */
	children(spare_of(service, 1), tokens);
	kill(tokens[0], SIGKILL);
	outcome = log_in(service, "hanako");
	assert_int_equal(outcome.verdict, VERDICT_GRANTED);
}

static long pss_of(pid_t pid)
{
	char path[64];
	char line[256];
	long pss = 0;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/smaps_rollup", pid);
	file = fopen(path, "re");
	assert_non_null(file);
	while (fgets(line, sizeof(line), file))
		if (strncmp(line, "Pss:", 4) == 0)
			pss = strtol(line + 4, NULL, 10);
	fclose(file);
	assert_true(pss > 0);
	return pss;
}

static void test_small(void **state)
{
	struct service *service = *state;
	struct outcome outcome;
	pid_t tokens[4];
	pid_t spare;
	long pss[3];

	enrol(service);
	spare = spare_of(service, 1);
	outcome = log_in(service, "hanako");
	assert_int_equal(outcome.verdict, VERDICT_GRANTED);
	assert_gone(spare);
	spare = spare_of(service, 1);
	children(spare, tokens);
	pss[0] = pss_of(service->pid);
	pss[1] = pss_of(spare);
	pss[2] = pss_of(tokens[0]);
	print_message("between log-ins, KiB PSS: sekisho-authd %ld, waiting session %ld, its key's "
		      "child %ld\n",
		      pss[0], pss[1], pss[2]);
	assert_in_range(pss[0] + pss[1] + pss[2], 1, PSS_MAX);
}

#define SERVED(function) cmocka_unit_test_setup_teardown(function, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		SERVED(test_log_in),
		SERVED(test_flood_delays_nobody),
		SERVED(test_idle_ones),
		SERVED(test_own_user_only),
		cmocka_unit_test_setup_teardown(test_out_of_descriptors, setup_crowded, teardown),
		SERVED(test_flushes),
		SERVED(test_spare),
		SERVED(test_small),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
