/* The session that waits ready for the next log-in. */
#include "service.h"

#include "agent/auth/keys.h"
#include "wire.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* KiB, with the session that waits and its key's child; on a machine on which no other program has
 * the same libraries in memory. A sanitizer's shadow is no part of the program. */
#ifdef __SANITIZE_ADDRESS__
#define PSS_MAX	      262144
#define AUTHD_PSS_MAX 65536
#else
#define PSS_MAX	      5000
#define AUTHD_PSS_MAX 700
#endif

static bool is_waiting(pid_t pid)
{
	char path[64];
	char words[2048];
	size_t length;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/cmdline", pid);
	file = fopen(path, "re");
	if (!file)
		return false;
	length = fread(words, 1, sizeof(words), file);
	fclose(file);
	return memmem(words, length, "--wait", strlen("--wait")) != NULL;
}

/* The session that waits for a log-in, once it is there and knows as many keys; not one that served
 * @before, 0: none did. */
static pid_t spare_of(const struct service *service, pid_t before, size_t n_keys)
{
	const struct timespec pause = {0, 20000000};
	const int64_t deadline = wire_now() + PATIENCE_MS;

	while (wire_now() < deadline) {
		pid_t sessions[SERVICE_CHILDREN];
		pid_t tokens[SERVICE_CHILDREN];

		service_children(service->pid, sessions);
		for (size_t at = 0; at < SERVICE_CHILDREN && sessions[at] > 0; at++) {
			size_t count = 0;

			if (sessions[at] == before || !is_waiting(sessions[at]))
				continue;
			service_children(sessions[at], tokens);
			while (count < SERVICE_CHILDREN && tokens[count] > 0)
				count++;
			if (count == n_keys)
				return sessions[at];
		}
		nanosleep(&pause, NULL);
	}
	fail_msg("no session waits with %zu keys", n_keys);
	return 0;
}

static void await_death(pid_t pid)
{
	const struct timespec pause = {0, 10000000};
	const int64_t deadline = wire_now() + PATIENCE_MS;
	char path[64];
	char line[512];
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	while (wire_now() < deadline) {
		file = fopen(path, "re");
		if (!file)
			return;
		assert_non_null(fgets(line, sizeof(line), file));
		fclose(file);
		if (strstr(line, ") Z "))
			return;
		nanosleep(&pause, NULL);
	}
	fail_msg("process %d lives on", pid);
}

/* A session waits ready for the next log-in, follows keys that come and go, serves one log-in, and
 * is replaced. */
static void test_spare(void **state)
{
	struct service *service = *state;
	struct outcome outcome;
	pid_t tokens[SERVICE_CHILDREN];
	pid_t spare;

	spare = spare_of(service, 0, 0);
	service_enrol(service);
	assert_int_equal(spare_of(service, 0, 1), spare);
	terminal_unplug(service->terminal, 0);
	assert_int_equal(spare_of(service, 0, 0), spare);
	PLUG(service->terminal, 0);
	assert_int_equal(spare_of(service, 0, 1), spare);
	outcome = service_log_in(service, "hanako");
	assert_int_equal(outcome.verdict, VERDICT_GRANTED);
	service_assert_gone(spare);
	/* Ended by something else, it costs a moment; the log-in works. */
	spare = spare_of(service, spare, 1);
	kill(spare, SIGKILL);
	service_assert_gone(spare);
	outcome = service_log_in(service, "hanako");
	assert_int_equal(outcome.verdict, VERDICT_GRANTED);
	/* So does the end of a child that waits. */
	spare = spare_of(service, spare, 1);
	service_children(spare, tokens);
	assert_true(tokens[0] > 0);
	kill(tokens[0], SIGKILL);
	await_death(tokens[0]);
	outcome = service_log_in(service, "hanako");
	assert_int_equal(outcome.verdict, VERDICT_GRANTED);
	service_assert_gone(spare);
}

/* What it could not follow it finds when it is needed: more keys than it has places for. */
static void test_more_keys_than_places(void **state)
{
	struct service *service = *state;
	struct outcome outcome;
	char node[128];

	spare_of(service, 0, 0);
	service_enrol(service);
	terminal_unplug(service->terminal, 0);
	/* Eight of a hub that only pretends, then hers, then they leave. */
	for (size_t i = 10; i < 10 + KEYS_MAX; i++) {
		snprintf(node, sizeof(node), "%s/dev/hidraw%zu", service->terminal->folder, i);
		close(open(node, O_RDWR | O_CREAT | O_CLOEXEC, 0600));
	}
	poll(NULL, 0, 500);
	PLUG(service->terminal, 0);
	poll(NULL, 0, 500);
	for (size_t i = 10; i < 10 + KEYS_MAX; i++) {
		snprintf(node, sizeof(node), "%s/dev/hidraw%zu", service->terminal->folder, i);
		assert_int_equal(unlink(node), 0);
	}
	outcome = service_log_in(service, "hanako");
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

/* Once its libraries are loaded. */
static long settled_pss_of(pid_t pid)
{
	long last = 0;

	for (long pss = pss_of(pid); pss != last; pss = pss_of(pid)) {
		last = pss;
		poll(NULL, 0, 300);
	}
	return last;
}

static void test_small(void **state)
{
	struct service *service = *state;
	struct outcome outcome;
	pid_t tokens[SERVICE_CHILDREN];
	pid_t spare;
	long pss[3];

	service_enrol(service);
	spare = spare_of(service, 0, 1);
	outcome = service_log_in(service, "hanako");
	assert_int_equal(outcome.verdict, VERDICT_GRANTED);
	spare = spare_of(service, spare, 1);
	service_children(spare, tokens);
	pss[0] = pss_of(service->pid);
	pss[1] = settled_pss_of(spare);
	pss[2] = settled_pss_of(tokens[0]);
	print_message("between log-ins, KiB PSS: sekisho-authd %ld, waiting session %ld, its key's "
		      "child %ld\n",
		      pss[0], pss[1], pss[2]);
	assert_in_range(pss[0], 1, AUTHD_PSS_MAX);
	assert_in_range(pss[0] + pss[1] + pss[2], 1, PSS_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SERVED(test_spare),
		SERVED(test_more_keys_than_places),
		SERVED(test_small),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
