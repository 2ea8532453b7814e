/* sekisho-authd: holds the socket, counts callers, starts one sekisho-session a log-in, and one
 * ahead so that the next person need not wait for it. It parses nothing anybody sends and links
 * little, for it stays in memory. */
#include "caller.h"
#include "cleanup.h"
#include "limits.h"
#include "number.h"
#include "paths.h"
#include "spare.h"
#include "wire.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define LISTEN_FD    3 /* systemd's first, sd_listen_fds(3) */
#define VISITORS_MAX (LIMITS_USERS + LIMITS_ROOT)
#define HELLO_MS     5000 /* to say the first word */
/* Above the longest of every wait in sekisho.conf(5) together, and FOLLOW_MS. */
#define SESSION_MS     1850000
#define ACCEPT_ROUND   256 /* new ones, before the others are looked at again */
#define SHORTAGE_MS    100 /* without descriptors or memory nobody is let in for so long */
#define FLUSH_FIRST_MS 1000
#define FLUSH_MAX_MS   60000
#define REPORT_MS      60000
#define SPOOLED	       10 /* exit status of sekisho-session: events wait in the spool */

/* A connection: first with .fd, until something was said; then with .pid. */
struct visitor {
	int fd; /* -1: none */
	pid_t pid; /* 0: none */
	uint32_t uid; /* limits_owner() */
	int64_t deadline;
};

struct authd {
	int listener;
	int64_t accept_at; /* not before; 0: now */
	int signals;
	struct session_program session;
	struct limits limits;
	struct visitor visitors[VISITORS_MAX];
	struct spare spare;
	pid_t flusher; /* 0: none */
	int64_t flush_at; /* 0: nothing to flush */
	int64_t flush_pause;
	uint64_t reported;
	int64_t report_at;
};

static bool in_use(const struct visitor *visitor)
{
	return visitor->fd >= 0 || visitor->pid > 0;
}

static void dismiss(struct authd *authd, struct visitor *visitor)
{
	if (visitor->fd >= 0)
		close(visitor->fd);
	limits_release(&authd->limits, visitor->uid);
	*visitor = (struct visitor){.fd = -1};
}

static void begin_session(struct authd *authd, struct visitor *visitor)
{
	pid_t pid = 0;
	char byte;
	int r;

	/* Gone again, or an empty word: not worth a process. */
	if (recv(visitor->fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) <= 0) {
		dismiss(authd, visitor);
		return;
	}
	r = spare_begin(&authd->spare, &authd->session, visitor->fd, &pid);
	if (r < 0) {
		fprintf(stderr, "%s: %s\n", authd->session.words[0], strerror(-r));
		dismiss(authd, visitor);
		return;
	}
	close(visitor->fd);
	visitor->fd = -1;
	visitor->pid = pid;
	visitor->deadline = wire_now() + SESSION_MS;
}

static void welcome(struct authd *authd, int fd)
{
	uint32_t uid;
	int32_t pid;

	if (wire_peer(fd, &uid, &pid) < 0) {
		close(fd);
		return;
	}
	uid = limits_owner(uid, caller_of(uid, pid).loginuid);
	if (!limits_admit(&authd->limits, uid, wire_now())) {
		close(fd);
		return;
	}
	for (size_t i = 0; i < VISITORS_MAX; i++) {
		struct visitor *visitor = &authd->visitors[i];

		if (in_use(visitor))
			continue;
		*visitor =
			(struct visitor){.fd = fd, .uid = uid, .deadline = wire_now() + HELLO_MS};
		return;
	}
	limits_release(&authd->limits, uid);
	close(fd);
}

static int take_callers(struct authd *authd)
{
	for (int i = 0; i < ACCEPT_ROUND; i++) {
		int fd = accept4(authd->listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

		if (fd >= 0) {
			welcome(authd, fd);
			continue;
		}
		if (errno == EAGAIN)
			return 0;
		/* The listener stays readable meanwhile. */
		if (errno == EMFILE || errno == ENFILE || errno == ENOMEM || errno == ENOBUFS) {
			authd->accept_at = wire_now() + SHORTAGE_MS;
			return 0;
		}
		/* The caller went away. */
		if (errno != ECONNABORTED && errno != EINTR)
			return -errno;
	}
	return 0;
}

static void flush_later(struct authd *authd, int64_t pause)
{
	int64_t at = wire_now() + pause;

	if (authd->flush_at == 0 || at < authd->flush_at)
		authd->flush_at = at;
}

static void flusher_ended(struct authd *authd, int status)
{
	authd->flusher = 0;
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0) {
		authd->flush_pause = FLUSH_FIRST_MS;
		return;
	}
	authd->flush_pause *= 2;
	if (authd->flush_pause > FLUSH_MAX_MS)
		authd->flush_pause = FLUSH_MAX_MS;
	flush_later(authd, authd->flush_pause);
}

static void reap(struct authd *authd)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		if (pid == authd->flusher) {
			flusher_ended(authd, status);
			continue;
		}
		if (pid == authd->spare.pid) {
			spare_forget(&authd->spare);
			continue;
		}
		for (size_t i = 0; i < VISITORS_MAX; i++)
			if (authd->visitors[i].pid == pid)
				dismiss(authd, &authd->visitors[i]);
		/* One that was killed may have left something, too. */
		if (WIFSIGNALED(status) || WEXITSTATUS(status) == SPOOLED)
			flush_later(authd, FLUSH_FIRST_MS);
	}
}

static void begin_flush(struct authd *authd)
{
	pid_t pid = 0;

	authd->flush_at = 0;
	if (session_start(&authd->session, "--flush", -1, &pid) == 0)
		authd->flusher = pid;
	else
		flush_later(authd, FLUSH_MAX_MS);
}

static void end_overdue(struct authd *authd, int64_t now)
{
	for (size_t i = 0; i < VISITORS_MAX; i++) {
		struct visitor *visitor = &authd->visitors[i];

		if (!in_use(visitor) || now < visitor->deadline)
			continue;
		if (visitor->fd >= 0) {
			dismiss(authd, visitor);
		} else {
			kill(visitor->pid, SIGKILL);
			visitor->deadline = now + SESSION_MS;
		}
	}
	if (authd->limits.refused != authd->reported && now >= authd->report_at) {
		fprintf(stderr, "%llu connections over the limits were closed\n",
			(unsigned long long)(authd->limits.refused - authd->reported));
		authd->reported = authd->limits.refused;
		authd->report_at = now + REPORT_MS;
	}
}

/* Milliseconds until something has to be done, -1: nothing. */
static int next_wait(const struct authd *authd, int64_t now)
{
	int64_t until = INT64_MAX;

	for (size_t i = 0; i < VISITORS_MAX; i++)
		if (in_use(&authd->visitors[i]) && authd->visitors[i].deadline < until)
			until = authd->visitors[i].deadline;
	if (authd->flush_at != 0 && authd->flusher == 0 && authd->flush_at < until)
		until = authd->flush_at;
	if (authd->limits.refused != authd->reported && authd->report_at < until)
		until = authd->report_at;
	if (authd->spare.renew_at < until)
		until = authd->spare.renew_at;
	if (authd->accept_at > now && authd->accept_at < until)
		until = authd->accept_at;
	if (until == INT64_MAX)
		return -1;
	return until <= now ? 0 : (int)(until - now);
}

/* One round. 1 after SIGTERM. */
static int serve(struct authd *authd)
{
	struct pollfd fds[VISITORS_MAX + 2];
	struct signalfd_siginfo signal_info;
	const int64_t now = wire_now();
	int r;

	fds[0] = (struct pollfd){.fd = authd->accept_at > now ? -1 : authd->listener,
				 .events = POLLIN};
	fds[1] = (struct pollfd){.fd = authd->signals, .events = POLLIN};
	for (size_t i = 0; i < VISITORS_MAX; i++)
		fds[i + 2] = (struct pollfd){.fd = authd->visitors[i].fd, .events = POLLIN};
	r = poll(fds, VISITORS_MAX + 2, next_wait(authd, now));
	if (r < 0)
		return errno == EINTR ? 0 : -errno;
	while (fds[1].revents && read(authd->signals, &signal_info, sizeof(signal_info)) > 0) {
		if (signal_info.ssi_signo == SIGTERM)
			return 1;
		reap(authd);
	}
	for (size_t i = 0; i < VISITORS_MAX; i++)
		if (fds[i + 2].revents && authd->visitors[i].fd >= 0)
			begin_session(authd, &authd->visitors[i]);
	end_overdue(authd, wire_now());
	if (authd->flush_at != 0 && authd->flusher == 0 && wire_now() >= authd->flush_at)
		begin_flush(authd);
	if (wire_now() >= authd->spare.renew_at)
		spare_renew(&authd->spare, &authd->session);
	return fds[0].revents ? take_callers(authd) : 0;
}

/* The socket that systemd handed over; it says so in the environment. */
static int take_listener(int *ret_fd)
{
	const char *pid_text = getenv("LISTEN_PID");
	const char *count_text = getenv("LISTEN_FDS");
	uint64_t pid;
	uint64_t count;
	int flags;

	if (!pid_text || !count_text || number_parse(pid_text, 1, INT32_MAX, &pid) < 0 ||
	    number_parse(count_text, 1, 1, &count) < 0 || (pid_t)pid != getpid())
		return -EINVAL;
	flags = fcntl(LISTEN_FD, F_GETFL);
	if (flags < 0 || fcntl(LISTEN_FD, F_SETFL, flags | O_NONBLOCK) < 0 ||
	    fcntl(LISTEN_FD, F_SETFD, FD_CLOEXEC) < 0)
		return -errno;
	unsetenv("LISTEN_PID");
	unsetenv("LISTEN_FDS");
	unsetenv("LISTEN_FDNAMES");
	*ret_fd = LISTEN_FD;
	return 0;
}

static int take_signals(int *ret_fd)
{
	sigset_t wanted;
	int fd;

	sigemptyset(&wanted);
	sigaddset(&wanted, SIGCHLD);
	sigaddset(&wanted, SIGTERM);
	if (sigprocmask(SIG_BLOCK, &wanted, NULL) < 0)
		return -errno;
	fd = signalfd(-1, &wanted, SFD_CLOEXEC | SFD_NONBLOCK);
	if (fd < 0)
		return -errno;
	*ret_fd = fd;
	return 0;
}

int main(int argc, char *argv[])
{
	static struct authd authd = {
		.session = {.words = {(char *)(SEKISHO_LIBEXEC "/sekisho-session")}, .count = 1},
		.flush_pause = FLUSH_FIRST_MS,
		.flush_at = 1, /* what an earlier life left behind */
		.spare = {.fd = -1},
	};
	int at = 1;
	int r;

	if (at + 1 < argc && strcmp(argv[at], "--session") == 0) {
		authd.session.words[0] = argv[at + 1];
		at += 2;
	}
	/* What follows -- is the session's. */
	if (at < argc && strcmp(argv[at], "--") == 0)
		at++;
	else if (at < argc)
		at = argc + SPARE_ARGUMENTS;
	if (argc - at > SPARE_ARGUMENTS - 1 || at > argc) {
		fprintf(stderr, "usage: sekisho-authd [--session PROGRAM] [-- ARGUMENT...]\n"
				"started by systemd, with its socket\n");
		return 2;
	}
	for (; at < argc; at++)
		authd.session.words[authd.session.count++] = argv[at];
	for (size_t i = 0; i < VISITORS_MAX; i++)
		authd.visitors[i].fd = -1;
	signal(SIGPIPE, SIG_IGN);
	r = prctl(PR_SET_DUMPABLE, 0) < 0 ? -errno : 0;
	if (r == 0)
		r = take_listener(&authd.listener);
	if (r == 0)
		r = take_signals(&authd.signals);
	while (r == 0)
		r = serve(&authd);
	if (r < 0) {
		fprintf(stderr, "sekisho-authd: %s\n", strerror(-r));
		return 1;
	}
	/* Log-ins under way end with us; who waits sees the connection close. */
	for (size_t i = 0; i < VISITORS_MAX; i++)
		if (authd.visitors[i].pid > 0)
			kill(authd.visitors[i].pid, SIGTERM);
	if (authd.spare.pid > 0)
		kill(authd.spare.pid, SIGTERM);
	return 0;
}
