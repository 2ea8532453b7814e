/* A socket for events with its server, and its clients in the same process. */
#ifndef SEKISHO_RECORD_FIXTURE_H
#define SEKISHO_RECORD_FIXTURE_H

#include "journal_fixture.h"

#include "agent/engine/record.h"

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

struct door {
	struct fixture *fixture;
	struct record_server *server;
	int listener;
	char path[96];
	int64_t now;
};

static inline int door_setup_for(void **state, const struct record_socket *rules)
{
	struct door *door = calloc(1, sizeof(*door));
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	void *fixture = NULL;

	if (!door || fixture_setup(&fixture) < 0)
		return -1;
	door->fixture = fixture;
	snprintf(door->path, sizeof(door->path), "%s/socket", door->fixture->path);
	memcpy(address.sun_path, door->path, strlen(door->path) + 1);
	fixture_open(door->fixture);
	door->listener = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	if (bind(door->listener, (struct sockaddr *)&address, sizeof(address)) < 0 ||
	    listen(door->listener, 256) < 0 ||
	    record_new(door->listener, door->fixture->journal, rules, &door->server) < 0)
		return -1;
	door->now = wire_now();
	*state = door;
	return 0;
}

/* Of one writer alone, who is @user. */
static inline int door_setup_of(void **state, uid_t user, unsigned int connections)
{
	const struct record_socket rules = {
		.writers = {{.user = user, .connections = connections}},
		.n_writers = 1,
	};

	return door_setup_for(state, &rules);
}

static inline int door_teardown(void **state)
{
	struct door *door = *state;
	void *fixture = door->fixture;

	record_free(door->server);
	close(door->listener);
	free(door);
	return fixture_teardown(&fixture);
}

static inline int join(struct door *door)
{
	int fd = -1;

	assert_int_equal(wire_connect(door->path, WIRE_NO_DEADLINE, &fd), 0);
	return fd;
}

static inline void ask_for(int fd, const struct record_request *request)
{
	assert_int_equal(wire_send(fd, &record_request_layout, request, WIRE_NO_DEADLINE), 0);
}

static inline void ask(int fd, unsigned int number)
{
	struct record_request request;

	fixture_request(number, &request);
	ask_for(fd, &request);
}

/* Does all that waits, as the engine's loop would. */
static inline void run(struct door *door)
{
	struct pollfd poll_fd = {.fd = record_fd(door->server), .events = POLLIN};

	while (poll(&poll_fd, 1, 0) > 0)
		assert_int_equal(record_dispatch(door->server, door->now), 0);
}

static inline struct record_reply hear(int fd)
{
	struct record_reply reply = {};

	assert_int_equal(wire_receive(fd, &record_reply_layout, &reply, wire_now()), 0);
	return reply;
}

static inline void assert_closed(int fd)
{
	struct wire_packet packet;

	assert_int_equal(wire_receive_packet(fd, &packet, wire_now()), -ECONNRESET);
	close(fd);
}

static inline struct record_counters counters(const struct door *door)
{
	struct record_counters result;

	record_counters(door->server, &result);
	return result;
}

#endif
