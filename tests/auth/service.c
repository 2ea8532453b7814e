#include "service.h"

#include "authd.h"
#include "cleanup.h"
#include "wire.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>

/* The children of a process, 0 where there are fewer. */
void service_children(pid_t parent, pid_t ret_pids[static SERVICE_CHILDREN])
{
	char path[64];
	FILE *file;

	memset(ret_pids, 0, SERVICE_CHILDREN * sizeof(pid_t));
	snprintf(path, sizeof(path), "/proc/%d/task/%d/children", parent, parent);
	file = fopen(path, "re");
	for (size_t i = 0; file && i < SERVICE_CHILDREN; i++)
		if (fscanf(file, "%d", &ret_pids[i]) != 1)
			break;
	if (file)
		fclose(file);
}

void service_assert_gone(pid_t pid)
{
	const struct timespec pause = {0, 20000000};
	const int64_t deadline = wire_now() + PATIENCE_MS;

	while (wire_now() < deadline) {
		/* What its parent left behind is ours: see begin(). */
		waitpid(pid, NULL, WNOHANG);
		if (kill(pid, 0) < 0 && errno == ESRCH)
			return;
		nanosleep(&pause, NULL);
	}
	fail_msg("process %d is still there", pid);
}

static int begin(void **state, bool crowded)
{
	struct service *service = calloc(1, sizeof(*service));
	void *terminal = NULL;

	assert_int_equal(prctl(PR_SET_CHILD_SUBREAPER, 1), 0);
	assert_int_equal(terminal_setup(&terminal), 0);
	service->terminal = terminal;
	terminal_sit(terminal);
	snprintf(service->socket, sizeof(service->socket), "%s/auth.sock",
		 service->terminal->folder);
	service->pid = authd_start(terminal, service->socket, crowded);
	*state = service;
	return 0;
}

int service_setup(void **state)
{
	return begin(state, false);
}

int service_setup_crowded(void **state)
{
	return begin(state, true);
}

int service_teardown(void **state)
{
	struct service *service = *state;
	void *terminal = service->terminal;
	pid_t sessions[SERVICE_CHILDREN];
	int status = 0;
	int r;

	service_children(service->pid, sessions);
	kill(service->pid, SIGTERM);
	waitpid(service->pid, &status, 0);
	for (size_t i = 0; i < ARRAY_SIZE(sessions) && sessions[i] > 0; i++)
		service_assert_gone(sessions[i]);
	r = terminal_teardown(&terminal);
	free(service);
	return r == 0 && WIFEXITED(status) && WEXITSTATUS(status) == 0 ? 0 : -1;
}

int service_call(const struct service *service)
{
	int fd = -1;

	return wire_connect(service->socket, wire_now() + PATIENCE_MS, &fd) < 0 ? -1 : fd;
}

struct outcome service_log_in(struct service *service, const char *user)
{
	const struct visit person = {.user = user, .pin = PIN};
	_cleanup_close_ int fd = service_call(service);

	assert_true(fd >= 0);
	return terminal_speak(service->terminal, &person, fd);
}

void service_enrol(struct service *service)
{
	PLUG(service->terminal, 0);
	terminal_enrol(service->terminal, 0, "hanako", PIN);
}
