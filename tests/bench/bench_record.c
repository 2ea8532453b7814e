/* bench_record time SOCKET STATE COUNT   hands COUNT events over as a log-in does, by
 * record_event() with its deadline and a spool in the directory STATE; prints for each the
 *                                        milliseconds it took, and what came of it: 0 or an errno
 * bench_record flush SOCKET STATE        makes the spool there if there is none, and empties it
 * bench_record fill SOCKET               records events as large as one can be, then small ones,
 * until the engine refuses one; prints how many of each */
#include "agent/auth/proof.h"
#include "agent/auth/record.h"

#include "cleanup.h"
#include "number.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define FILL_MS	    60000
#define FILL_VALUE  500 /* bytes */
#define FILL_FIELDS 11 /* of them: PROTOCOL_EVENT_MAX */
#define FILL_MAX    100000

static double now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

static int fail(const char *what, int error)
{
	fprintf(stderr, "bench_record: %s: %s\n", what, strerror(-error));
	return 2;
}

static int time_events(const char *socket_path, const char *state, const char *count_text)
{
	_cleanup_close_ int dirfd = open(state, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	uint64_t count;

	if (dirfd < 0)
		return fail(state, -errno);
	if (number_parse(count_text, 1, 10000, &count) < 0)
		return fail(count_text, -EINVAL);
	/* As a log-in has by then: each process of the spool would begin with it anew. */
	proof_prepare();
	while (count-- > 0) {
		_cleanup_event_ struct event event = {};
		double began = now_ms();
		int r = event_begin(&event, EVENT_LOGIN_GRANTED);

		if (r < 0)
			return fail("an event", r);
		event_set(&event, "user", "taro");
		event_set(&event, "service", "bench");
		r = record_event(socket_path, dirfd, SPOOL_GRANT, &event,
				 wire_now() + RECORD_TOTAL_MS);
		printf("%.3f %d\n", now_ms() - began, -r);
		fflush(stdout);
	}
	return 0;
}

static int flush(const char *socket_path, const char *state)
{
	_cleanup_close_ int dirfd = open(state, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	size_t left = 0;
	int r = dirfd < 0 ? -errno : record_flush(socket_path, dirfd, &left);

	return r < 0 || left > 0 ? fail(state, r < 0 ? r : -EBUSY) : 0;
}

/* An event of so many fields of FILL_VALUE bytes. */
static int send_filled(const char *socket_path, size_t fields)
{
	static const char *const names[FILL_FIELDS] = {"a", "b", "c", "d", "e", "f",
						       "g", "h", "i", "j", "k"};
	_cleanup_event_ struct event event = {};
	struct record_request request;
	char value[FILL_VALUE + 1] = {};
	int r = event_begin(&event, EVENT_DEVICE_BLOCKED);

	memset(value, 'x', FILL_VALUE);
	for (size_t i = 0; i < fields; i++)
		event_set(&event, names[i], value);
	if (r == 0)
		r = event_to_record(&event, &request);
	return r < 0 ? r : event_send(socket_path, &request, wire_now() + FILL_MS);
}

/* Until one of that size is refused for want of room. */
static int fill_with(const char *socket_path, size_t fields)
{
	for (unsigned int count = 0; count < FILL_MAX; count++) {
		int r = send_filled(socket_path, fields);

		if (r < 0)
			return fail(socket_path, r);
		if (r > 0) {
			printf("%u, then %s\n", count, strerrorname_np(r));
			return r != ENOSPC;
		}
	}
	return fail("it is never full", -EINVAL);
}

static int fill(const char *socket_path)
{
	int r = fill_with(socket_path, FILL_FIELDS);

	return r != 0 ? r : fill_with(socket_path, 1);
}

int main(int argc, char **argv)
{
	if (argc == 5 && strcmp(argv[1], "time") == 0)
		return time_events(argv[2], argv[3], argv[4]);
	if (argc == 4 && strcmp(argv[1], "flush") == 0)
		return flush(argv[2], argv[3]);
	if (argc == 3 && strcmp(argv[1], "fill") == 0)
		return fill(argv[2]);
	return fail("usage", -EINVAL);
}
