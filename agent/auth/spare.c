#include "spare.h"

#include "cleanup.h"
#include "handover.h"
#include "wire.h"

#include <errno.h>
#include <signal.h>
#include <spawn.h>
#include <sys/socket.h>
#include <unistd.h>

#define SPARE_MS     1000 /* after a log-in began: it has the processors until then */
#define SPARE_AGE_MS 3600000 /* with what an upgrade has replaced, it waits no longer */

extern char **environ;

static int spawn(const struct session_program *program, int fd, pid_t *ret_pid)
{
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	sigset_t none;
	int r;

	sigemptyset(&none);
	r = posix_spawn_file_actions_init(&actions);
	if (r != 0)
		return -r;
	r = posix_spawnattr_init(&attributes);
	if (r == 0) {
		r = posix_spawnattr_setsigmask(&attributes, &none);
		if (r == 0)
			r = posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
		if (r == 0 && fd >= 0)
			r = posix_spawn_file_actions_adddup2(&actions, fd, STDIN_FILENO);
		if (r == 0)
			r = posix_spawn(ret_pid, program->words[0], &actions, &attributes,
					program->words, environ);
		posix_spawnattr_destroy(&attributes);
	}
	posix_spawn_file_actions_destroy(&actions);
	return -r;
}

int session_start(struct session_program *program, const char *option, int fd, pid_t *ret_pid)
{
	int r;

	program->words[program->count] = (char *)option;
	r = spawn(program, fd, ret_pid);
	program->words[program->count] = NULL;
	return r;
}

void spare_forget(struct spare *spare)
{
	if (spare->fd >= 0)
		close(spare->fd);
	*spare = (struct spare){.fd = -1, .renew_at = wire_now() + SPARE_MS};
}

void spare_renew(struct spare *spare, struct session_program *program)
{
	_cleanup_close_ int theirs = -1;
	_cleanup_close_ int ours = -1;
	pid_t pid = 0;
	int pair[2];

	spare_forget(spare);
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return;
	ours = pair[0];
	theirs = pair[1];
	if (session_start(program, "--wait", theirs, &pid) < 0)
		return;
	*spare = (struct spare){
		.pid = pid, .fd = steal_fd(&ours), .renew_at = wire_now() + SPARE_AGE_MS};
}

int spare_begin(struct spare *spare, struct session_program *program, int fd, pid_t *ret_pid)
{
	const pid_t pid = spare->pid;
	int r;

	if (pid == 0)
		return session_start(program, NULL, fd, ret_pid);
	r = handover_send(spare->fd, fd);
	spare_forget(spare);
	if (r < 0)
		return session_start(program, NULL, fd, ret_pid);
	*ret_pid = pid;
	return 0;
}
