#include "tokenchild.h"

#include "cleanup.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#define ASK_MS	2000
#define STOP_MS 700 /* to tell the token and end */

static void become(const struct tokenchild_user *user)
{
	if (setgroups(0, NULL) < 0 || setresgid(user->gid, user->gid, user->gid) < 0 ||
	    setresuid(user->uid, user->uid, user->uid) < 0 || setresuid(0, 0, 0) == 0)
		_exit(126);
}

static void run(const char *program, const char *device, const struct tokenchild_user *user, int fd,
		pid_t parent)
{
	char *const arguments[] = {(char *)program, (char *)device, NULL};
	char *const environment[] = {NULL};
	sigset_t none;

	if (user && user->uid != 0)
		become(user);
	/* Asked for after the change of user, which would clear it. */
	if (prctl(PR_SET_PDEATHSIG, SIGTERM) < 0 || getppid() != parent)
		_exit(126);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	if (dup2(fd, STDIN_FILENO) < 0 || close_range(3, ~0U, 0) < 0)
		_exit(126);
	execve(program, arguments, environment);
	_exit(127);
}

int tokenchild_start(const char *program, const char *device, const struct tokenchild_user *user,
		     struct tokenchild *ret_child)
{
	_cleanup_close_ int theirs = -1;
	_cleanup_close_ int ours = -1;
	pid_t parent = getpid();
	int pair[2];
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return -errno;
	ours = pair[0];
	theirs = pair[1];
	pid = fork();
	if (pid < 0)
		return -errno;
	if (pid == 0)
		run(program, device, user, theirs, parent);
	ret_child->pid = pid;
	ret_child->fd = steal_fd(&ours);
	return 0;
}

int tokenchild_ask(const struct tokenchild *child, const struct token_request *request)
{
	return wire_send(child->fd, &token_request_layout, request, wire_now() + ASK_MS);
}

int tokenchild_answer(const struct tokenchild *child, struct token_reply *ret_reply,
		      int64_t deadline)
{
	int r;

	r = wire_receive(child->fd, &token_reply_layout, ret_reply, deadline);
	if (r < 0)
		return r;
	return ret_reply->status < TOKEN_STATUS_COUNT ? 0 : -EBADMSG;
}

void tokenchild_stop(struct tokenchild *child)
{
	int pidfd;

	if (child->pid <= 0)
		return;
	close(child->fd);
	pidfd = (int)syscall(SYS_pidfd_open, child->pid, 0);
	kill(child->pid, SIGTERM);
	if (pidfd >= 0) {
		struct pollfd ended = {.fd = pidfd, .events = POLLIN};

		poll(&ended, 1, STOP_MS);
		close(pidfd);
	}
	kill(child->pid, SIGKILL);
	while (waitpid(child->pid, NULL, 0) < 0 && errno == EINTR)
		continue;
	*child = (struct tokenchild){};
}
