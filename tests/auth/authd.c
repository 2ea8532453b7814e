#include "authd.h"

#include "cleanup.h"

#include <fcntl.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

static void run_authd(const struct terminal *terminal, int listener, bool crowded)
{
	struct arguments arguments;
	char *words[ARGUMENTS_MAX + 6] = {};
	char program[600];
	char session[600];
	char pid[16];
	size_t count = 0;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	snprintf(program, sizeof(program), "%s/sekisho-authd", terminal->build);
	snprintf(session, sizeof(session), "%s/sekisho-session", terminal->build);
	snprintf(pid, sizeof(pid), "%d", getpid());
	terminal_arguments(terminal, &arguments);
	words[count++] = program;
	words[count++] = (char *)"--session";
	words[count++] = session;
	words[count++] = (char *)"--";
	for (size_t i = 0; i < arguments.count; i++)
		words[count++] = arguments.words[i];
	if (dup2(listener, 3) < 0)
		_exit(126);
	fcntl(3, F_SETFD, 0);
	for (int fd = 3; crowded && fd < AUTHD_POLLED - 1;)
		fd = dup(STDIN_FILENO);
	setenv("LISTEN_PID", pid, 1);
	setenv("LISTEN_FDS", "1", 1);
	execv(program, words);
	_exit(127);
}

pid_t authd_start(const struct terminal *terminal, const char *path, bool crowded)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	_cleanup_close_ int listener = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	pid_t pid;

	snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
	assert_int_equal(bind(listener, (struct sockaddr *)&address, sizeof(address)), 0);
	assert_int_equal(chmod(path, 0666), 0);
	assert_int_equal(listen(listener, 4096), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0)
		run_authd(terminal, listener, crowded);
	return pid;
}
