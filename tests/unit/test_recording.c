/* What a log-in waits for: the engine and the spool, answering, standing still, refusing. A spool
 * whose lock is held stands for one that takes its time. Outcomes, no measuring. */
#include "agent/auth/record.h"

#include "cleanup.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#define SHORT_MS 200 /* a deadline that passes */
#define LONG_MS	 30000 /* one that does not */
#define SLOW_MS	 100 /* of an engine: beyond RECORD_ENGINE_MS */

#define DISK_S                                                                                     \
	6 /* a flush of a slow disk: long, also beside a machine that stands still a moment */

static bool disk_is_slow;

/* In place of the C library's. */
int fdatasync(int fd)
{
	if (disk_is_slow)
		sleep(DISK_S);
	return fsync(fd);
}

struct place {
	char folder[64];
	char socket[96];
	int dirfd;
	int listener; /* the engine's; nobody accepts there until engine_answers() */
	struct event event;
};

static int setup(void **state)
{
	struct place *place = calloc(1, sizeof(*place));
	struct sockaddr_un address = {.sun_family = AF_UNIX};

	if (!place)
		return -1;
	snprintf(place->folder, sizeof(place->folder), "/tmp/sekisho-record-XXXXXX");
	if (!mkdtemp(place->folder))
		return -1;
	snprintf(place->socket, sizeof(place->socket), "%s/socket", place->folder);
	memcpy(address.sun_path, place->socket, strlen(place->socket) + 1);
	place->dirfd = open(place->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	place->listener = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	if (place->dirfd < 0 || event_begin(&place->event, EVENT_LOGIN_GRANTED) < 0 ||
	    bind(place->listener, (struct sockaddr *)&address, sizeof(address)) < 0 ||
	    listen(place->listener, 16) < 0)
		return -1;
	event_set(&place->event, "user", "hanako");
	*state = place;
	return 0;
}

static int teardown(void **state)
{
	struct place *place = *state;

	event_release(&place->event);
	unlinkat(place->dirfd, "spool", 0);
	unlink(place->socket);
	close(place->dirfd);
	close(place->listener);
	rmdir(place->folder);
	free(place);
	return 0;
}

/* The engine answers one event after so long, and keeps it nowhere. */
static pid_t engine_answers(const struct place *place, unsigned int after_ms, int error)
{
	const struct record_reply reply = {.error = (uint32_t)error, .sequence = 1};
	struct record_request request;
	pid_t pid = fork();
	int fd;

	assert_true(pid >= 0);
	if (pid > 0)
		return pid;
	fd = accept4(place->listener, NULL, NULL, SOCK_CLOEXEC);
	if (wire_receive(fd, &record_request_layout, &request, wire_now() + LONG_MS) < 0)
		_exit(1);
	usleep(after_ms * 1000);
	wire_send(fd, &record_reply_layout, &reply, wire_now() + LONG_MS);
	_exit(0);
}

static void engine_ends(pid_t pid)
{
	kill(pid, SIGKILL);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
}

static void engine_gone(const struct place *place)
{
	assert_int_equal(unlink(place->socket), 0);
}

/* Makes the spool and holds its lock: a write there gets nowhere until @fd is closed. */
static int hold_spool(const struct place *place)
{
	struct flock whole = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
	uint64_t dropped = 1;
	int fd;

	assert_int_equal(spool_dropped(place->dirfd, RECORD_SPOOL, 0, &dropped), 0);
	fd = openat(place->dirfd, RECORD_SPOOL, O_RDWR | O_CLOEXEC);
	assert_true(fd >= 0);
	assert_int_equal(fcntl(fd, F_OFD_SETLK, &whole), 0);
	return fd;
}

static int record(const struct place *place, int64_t ms)
{
	return record_event(place->socket, place->dirfd, SPOOL_GRANT, &place->event,
			    wire_now() + ms);
}

static int take(void *user, const struct record_request *request)
{
	struct record_request *taken = user;

	*taken = *request;
	return 0;
}

/* It is in the spool once, as it was when it happened. */
static void assert_spooled(const struct place *place)
{
	struct record_request taken = {};

	assert_int_equal(record_settle(place->dirfd), 1);
	assert_int_equal(spool_flush(place->dirfd, RECORD_SPOOL, take, &taken), 0);
	assert_string_equal(taken.id, place->event.id);
	assert_string_equal(taken.kind, "login.granted");
	assert_int_equal(taken.late, 1);
	assert_int_equal(record_settle(place->dirfd), 0);
}

/* An engine that stood still finds it when it goes on, by the same kind and id. */
static void assert_engine_finds(const struct place *place)
{
	_cleanup_close_ int fd = accept4(place->listener, NULL, NULL, SOCK_CLOEXEC);
	struct record_request found;

	assert_true(fd >= 0);
	assert_int_equal(wire_receive(fd, &record_request_layout, &found, wire_now() + LONG_MS), 0);
	assert_string_equal(found.id, place->event.id);
	assert_string_equal(found.kind, "login.granted");
	assert_int_equal(found.late, 0);
}

static void test_engine_answers(void **state)
{
	const struct place *place = *state;
	pid_t engine = engine_answers(place, 0, 0);

	assert_int_equal(record(place, LONG_MS), 0);
	engine_ends(engine);
	record_settle(place->dirfd);
}

static void test_engine_gone(void **state)
{
	const struct place *place = *state;

	engine_gone(place);
	assert_int_equal(record(place, LONG_MS), 0);
	assert_spooled(place);
}

static void test_engine_stands_still(void **state)
{
	const struct place *place = *state;

	assert_int_equal(record(place, LONG_MS), 0);
	assert_spooled(place);
	assert_engine_finds(place);
}

/* A disk of the engine's that is full or broken is no fault of the event. */
static void test_engine_cannot_store(void **state)
{
	const struct place *place = *state;
	pid_t engine = engine_answers(place, 0, ENOSPC);

	assert_int_equal(record(place, LONG_MS), 0);
	engine_ends(engine);
	assert_spooled(place);
}

/* Whoever is first counts. */
static void test_engine_is_the_quicker_one(void **state)
{
	const struct place *place = *state;
	int held = hold_spool(place);
	pid_t engine = engine_answers(place, SLOW_MS, 0);

	assert_int_equal(record(place, LONG_MS), 0);
	engine_ends(engine);
	close(held);
	assert_spooled(place);
}

/* Neither is there in time: nobody is let in on it, and it is late, not lost. */
static void test_nobody_in_time(void **state)
{
	const struct place *place = *state;
	int held = hold_spool(place);

	assert_int_equal(record(place, SHORT_MS), -ETIMEDOUT);
	close(held);
	assert_spooled(place);
	assert_engine_finds(place);
}

/* Two log-ins on a disk that takes its time: neither waits for it, and the second one's event not
 * for the first one's flush either. */
static void test_disk_is_slow(void **state)
{
	struct place *place = *state;
	uint64_t dropped = 0;

	engine_gone(place);
	assert_int_equal(spool_dropped(place->dirfd, RECORD_SPOOL, 0, &dropped), 0);
	disk_is_slow = true;
	assert_int_equal(record(place, SHORT_MS), -ETIMEDOUT);
	assert_int_equal(record(place, SHORT_MS), -ETIMEDOUT);
	disk_is_slow = false;
	assert_int_equal(record_settle(place->dirfd), 2);
}

/* The word of a refusal after that: no time is left, and it is set going all the same. */
static void test_no_time_left(void **state)
{
	const struct place *place = *state;
	int r = record(place, -1);

	assert_true(r == -ETIMEDOUT || r == 0);
	assert_spooled(place);
	assert_engine_finds(place);
}

static void test_nowhere(void **state)
{
	struct place *place = *state;

	engine_gone(place);
	assert_int_equal(
		record_event(place->socket, -1, SPOOL_GRANT, &place->event, wire_now() + LONG_MS),
		-EBADF);
	/* A spool that is none. */
	assert_int_equal(mkdirat(place->dirfd, RECORD_SPOOL, 0700), 0);
	assert_true(record(place, LONG_MS) < 0);
	assert_int_equal(unlinkat(place->dirfd, RECORD_SPOOL, AT_REMOVEDIR), 0);
	record_settle(place->dirfd);
}

/* Soon or late, what the engine will never take lets nobody in. It is counted: now, or when the
 * spool is handed over. */
static void test_engine_refuses(void **state)
{
	static const unsigned int after[] = {0, SLOW_MS};
	const struct place *place = *state;

	for (size_t i = 0; i < ARRAY_SIZE(after); i++) {
		int held = hold_spool(place);
		pid_t engine = engine_answers(place, after[i], EBADMSG);

		/* An engine that refuses at once is followed by a wait for the spool, to the end.
		 */
		assert_int_equal(record(place, SHORT_MS * 25), -EBADMSG);
		engine_ends(engine);
		close(held);
		assert_int_equal(record_settle(place->dirfd), 1);
		unlinkat(place->dirfd, RECORD_SPOOL, 0);
	}
}

/* The process that goes on keeps no connection of the log-in's open. */
static void test_nothing_is_kept_open(void **state)
{
	const struct place *place = *state;
	int held = hold_spool(place);
	struct pollfd ended = {.events = POLLIN};
	int pair[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair), 0);
	assert_int_equal(record(place, SHORT_MS), -ETIMEDOUT);
	close(pair[0]);
	ended.fd = pair[1];
	assert_int_equal(poll(&ended, 1, LONG_MS), 1);
	/* It is still at it. */
	assert_int_equal(waitpid(-1, NULL, WNOHANG), 0);
	close(pair[1]);
	close(held);
	assert_spooled(place);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_engine_answers),
		TEST(test_engine_gone),
		TEST(test_engine_stands_still),
		TEST(test_engine_cannot_store),
		TEST(test_engine_is_the_quicker_one),
		TEST(test_nobody_in_time),
		TEST(test_disk_is_slow),
		TEST(test_no_time_left),
		TEST(test_nowhere),
		TEST(test_engine_refuses),
		TEST(test_nothing_is_kept_open),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
