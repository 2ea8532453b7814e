#include "program.h"

#include "cleanup.h"
#include "file.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

static _Noreturn void become(const char *const argv[], int out, int messages)
{
	/* Nothing of the caller's environment: these programs are scripts that root runs. */
	static const char *const environment[] = {"PATH=/usr/sbin:/usr/bin:/sbin:/bin",
						  "LC_ALL=C.UTF-8",
						  "DEBIAN_FRONTEND=noninteractive", "HOME=/", NULL};
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	if (null < 0 || dup2(null, STDIN_FILENO) < 0 || dup2(out, STDOUT_FILENO) < 0 ||
	    dup2(messages < 0 ? null : messages, STDERR_FILENO) < 0)
		_exit(126);
	execve(argv[0], (char *const *)argv, (char *const *)environment);
	_exit(127);
}

/* Its exit status. */
static int end(pid_t child)
{
	int status;

	while (waitpid(child, &status, 0) < 0)
		if (errno != EINTR)
			return -errno;
	return WIFEXITED(status) ? WEXITSTATUS(status) : -EIO;
}

static int failed(int status)
{
	return status > 0 ? -EIO : status;
}

int program_run(const char *const argv[])
{
	pid_t child;

	if (access(argv[0], X_OK) < 0)
		return -errno;
	child = fork();
	if (child < 0)
		return -errno;
	if (child == 0)
		become(argv, STDERR_FILENO, STDERR_FILENO);
	return failed(end(child));
}

int program_ask(const char *const argv[], char **ret_text)
{
	_cleanup_free_ char *text = NULL;
	_cleanup_close_ int out = -1;
	int pipes[2], r, ended;
	size_t length;
	pid_t child;

	if (access(argv[0], X_OK) < 0 || pipe2(pipes, O_CLOEXEC) < 0)
		return -errno;
	out = pipes[0];
	child = fork();
	if (child == 0)
		become(argv, pipes[1], -1);
	r = child < 0 ? -errno : 0;
	close(pipes[1]);
	if (r < 0)
		return r;
	r = file_read_all(out, PROGRAM_OUTPUT_MAX, &text, &length);
	/* One that writes on finds nobody who reads. */
	close(steal_fd(&out));
	ended = end(child);
	if (r < 0 || ended < 0)
		return r < 0 ? r : ended;
	*ret_text = steal_pointer(text);
	return ended;
}

int program_read(const char *const argv[], char **ret_text)
{
	_cleanup_free_ char *text = NULL;
	int r = failed(program_ask(argv, &text));

	if (r == 0)
		*ret_text = steal_pointer(text);
	return r;
}
