#include "record.h"

#include "cleanup.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#define FLUSH_MS 5000 /* an event; nobody waits for this one */

/* The process beside the log-in: it adds @record to the spool or, without one, counts an event that
 * is lost, and tells the result. It keeps nothing else of the log-in open: its end has to be seen
 * at once by the program and by the keys' children. */
static _Noreturn void write_spool(int answer, int state_dirfd, enum spool_class class,
				  const struct record_request *record)
{
	uint64_t dropped;
	int r;

	if (dup2(answer, STDIN_FILENO) < 0 || dup2(state_dirfd, STDOUT_FILENO) < 0 ||
	    close_range(3, ~0U, 0) < 0)
		_exit(126);
	r = record ? spool_add(STDOUT_FILENO, RECORD_SPOOL, class, record)
		   : spool_dropped(STDOUT_FILENO, RECORD_SPOOL, 1, &dropped);
	/* Nobody may be there any more to read it. */
	if (write(STDIN_FILENO, &r, sizeof(r)) < 0)
		_exit(1);
	_exit(0);
}

/* A write to a slow disk can't be given up once it has begun, so it is not ours: no time limit and
 * no signal reach who waits in it. */
static int begin_spool(int state_dirfd, enum spool_class class, const struct record_request *record,
		       int *ret_fd)
{
	_cleanup_close_ int ours = -1;
	_cleanup_close_ int theirs = -1;
	int ends[2];
	pid_t pid;

	if (state_dirfd < 0)
		return -EBADF;
	if (pipe2(ends, O_CLOEXEC) < 0)
		return -errno;
	ours = ends[0];
	theirs = ends[1];
	pid = fork();
	if (pid < 0)
		return -errno;
	if (pid == 0)
		write_spool(theirs, state_dirfd, class, record);
	*ret_fd = steal_fd(&ours);
	return 0;
}

/* -EIO: the process ended without a word. */
static int spool_answer(int fd)
{
	int result;

	return read(fd, &result, sizeof(result)) == sizeof(result) ? result : -EIO;
}

/* 0 as soon as one of them, where it is not -1, has made the event durable; -EBADMSG and the like
 * if the engine will never take it; -ETIMEDOUT. @result is the spool's where that is -1. */
static int first_of(int engine, int spool, int64_t deadline, int result)
{
	while (engine >= 0 || spool >= 0) {
		struct pollfd fds[] = {
			{.fd = engine, .events = POLLIN},
			{.fd = spool, .events = POLLIN},
		};
		int64_t left = deadline - wire_now();
		int r = poll(fds, ARRAY_SIZE(fds), left > 0 ? (int)left : 0);

		if (r < 0 && errno == EINTR)
			continue;
		if (r < 0)
			return -errno;
		if (r == 0)
			return spool < 0 ? result : -ETIMEDOUT;
		if (fds[0].revents) {
			r = event_answer(engine, wire_now());
			if (r == 0 || event_is_refused(r))
				return -r;
			engine = -1;
		}
		if (fds[1].revents) {
			result = spool_answer(spool);
			if (result == 0)
				return 0;
			spool = -1;
		}
	}
	return result;
}

int record_event(const char *socket_path, int state_dirfd, enum spool_class class,
		 const struct event *event, int64_t deadline)
{
	_cleanup_close_ int engine = -1;
	_cleanup_close_ int spool = -1;
	struct record_request record;
	int64_t soon = wire_now() + RECORD_ENGINE_MS;
	bool refused;
	int answer;
	int r;

	r = event_to_record(event, &record);
	if (r < 0)
		return r;
	if (soon > deadline)
		soon = deadline;
	answer = event_ask(socket_path, &record, soon, &engine);
	if (answer == 0)
		answer = event_answer(engine, soon);
	if (answer == 0)
		return 0;
	/* In the spool it would wait for nothing; it is only counted there. */
	refused = event_is_refused(answer);
	r = begin_spool(state_dirfd, class, refused ? NULL : &record, &spool);
	/* An engine that has not answered yet may be the quicker one after all. */
	r = first_of(answer == -ETIMEDOUT ? engine : -1, spool, deadline, r);
	return refused ? -answer : r;
}

size_t record_settle(int state_dirfd)
{
	size_t waiting = 0;

	while (wait(NULL) > 0 || errno == EINTR)
		continue;
	if (state_dirfd >= 0)
		spool_count(state_dirfd, RECORD_SPOOL, &waiting);
	return waiting;
}

void record_damage(const char *socket_path, int state_dirfd, const char *store)
{
	_cleanup_event_ struct event event = {};
	int r;

	r = event_begin(&event, EVENT_STORE_FAULT);
	if (r == 0) {
		event_set(&event, "store", store);
		event_set(&event, "error", strerror(EBADMSG));
		r = record_event(socket_path, state_dirfd, SPOOL_REFUSAL, &event,
				 wire_now() + RECORD_TOTAL_MS);
	}
	if (r < 0)
		fprintf(stderr, "%s was damaged, which is not recorded: %s\n", store, strerror(-r));
}

static int send_late(void *user, const struct record_request *record)
{
	const char *socket_path = user;
	int r = event_send(socket_path, record, wire_now() + FLUSH_MS);

	if (event_is_refused(r))
		return SPOOL_LOST;
	return r > 0 ? -r : r;
}

/* What was dropped is itself an event. The count goes down only when that is recorded. */
static int tell_dropped(const char *socket_path, int state_dirfd)
{
	_cleanup_event_ struct event event = {};
	struct record_request record;
	uint64_t dropped = 0;
	int r;

	r = spool_dropped(state_dirfd, RECORD_SPOOL, 0, &dropped);
	if (r < 0 || dropped == 0)
		return r;
	r = event_begin(&event, EVENT_STORE_FAULT);
	if (r < 0)
		return r;
	event_set(&event, "store", "spool");
	event_set_number(&event, "dropped", dropped);
	r = event_to_record(&event, &record);
	if (r == 0)
		r = event_send(socket_path, &record, wire_now() + FLUSH_MS);
	if (r == 0)
		r = spool_dropped(state_dirfd, RECORD_SPOOL, -(int64_t)dropped, &dropped);
	return r > 0 ? -r : r;
}

int record_flush(const char *socket_path, int state_dirfd, size_t *ret_left)
{
	int counted;
	int r;

	r = spool_flush(state_dirfd, RECORD_SPOOL, send_late, (void *)socket_path);
	if (r == 0)
		r = tell_dropped(socket_path, state_dirfd);
	counted = spool_count(state_dirfd, RECORD_SPOOL, ret_left);
	return r < 0 ? r : counted;
}
