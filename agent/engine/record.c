#include "record.h"

#include "cleanup.h"
#include "clock.h"
#include "event.h"
#include "recent.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

/* A slot is free when fd is -1. */
struct connection {
	int fd;
	struct writer *writer;
	int64_t deadline;
	bool waiting; /* appended, not yet answered */
	uint64_t sequence;
};

struct record_server {
	int epoll;
	int listener;
	struct record_socket socket;
	bool paused; /* nobody is taken before .socket.accepts is over */
	struct journal *journal;
	struct record_counters counters;
	struct recent recent;
	struct connection connections[RECORD_CONNECTIONS_MAX];
};

static int watch(struct record_server *server, int fd, void *pointer)
{
	struct epoll_event event = {.events = EPOLLIN, .data.ptr = pointer};

	return epoll_ctl(server->epoll, EPOLL_CTL_ADD, fd, &event) < 0 ? -errno : 0;
}

/* While it is paused, whoever knocks does not wake us. */
static void pause_listener(struct record_server *server, bool paused)
{
	struct epoll_event event = {.events = paused ? 0 : EPOLLIN};

	if (server->paused != paused &&
	    epoll_ctl(server->epoll, EPOLL_CTL_MOD, server->listener, &event) == 0)
		server->paused = paused;
}

int record_new(int listener, struct journal *journal, const struct record_socket *socket,
	       struct record_server **ret_server)
{
	struct record_server *server;
	int flags = fcntl(listener, F_GETFL);
	int r;

	if (flags < 0 || fcntl(listener, F_SETFL, flags | O_NONBLOCK) < 0)
		return -errno;
	server = calloc(1, sizeof(*server));
	if (!server)
		return -ENOMEM;
	for (size_t i = 0; i < RECORD_CONNECTIONS_MAX; i++)
		server->connections[i].fd = -1;
	server->listener = listener;
	server->socket = *socket;
	if (socket->connections == 0)
		server->socket.connections = RECORD_CONNECTIONS_MAX;
	server->journal = journal;
	server->epoll = epoll_create1(EPOLL_CLOEXEC);
	r = server->epoll < 0 ? -errno : watch(server, listener, NULL);
	if (r < 0) {
		record_free(server);
		return r;
	}
	*ret_server = server;
	return 0;
}

static void disconnect(struct connection *connection)
{
	close(connection->fd);
	connection->fd = -1;
	connection->waiting = false;
}

void record_free(struct record_server *server)
{
	if (!server)
		return;
	for (size_t i = 0; i < RECORD_CONNECTIONS_MAX; i++)
		if (server->connections[i].fd >= 0)
			disconnect(&server->connections[i]);
	if (server->epoll >= 0)
		close(server->epoll);
	free(server);
}

int record_fd(const struct record_server *server)
{
	return server ? server->epoll : -1;
}

int64_t record_deadline(const struct record_server *server)
{
	int64_t earliest =
		server && server->paused ? quota_over(&server->socket.accepts) : WIRE_NO_DEADLINE;

	for (size_t i = 0; server && i < RECORD_CONNECTIONS_MAX; i++) {
		const struct connection *connection = &server->connections[i];

		if (connection->fd >= 0 && connection->deadline < earliest)
			earliest = connection->deadline;
	}
	return earliest;
}

void record_counters(const struct record_server *server, struct record_counters *ret_counters)
{
	*ret_counters = server ? server->counters : (struct record_counters){};
}

/* NULL: a stranger. */
static struct writer *find_writer(struct record_server *server, uid_t user)
{
	for (size_t i = 0; i < server->socket.n_writers; i++)
		if (server->socket.writers[i].user == user)
			return &server->socket.writers[i];
	return NULL;
}

/* NULL if the writer, or the server, has its fill. */
static struct connection *free_slot(struct record_server *server, const struct writer *writer)
{
	struct connection *slot = NULL;
	size_t mine = 0;

	for (size_t i = 0; i < server->socket.connections; i++) {
		struct connection *connection = &server->connections[i];

		if (connection->fd < 0)
			slot = connection;
		else
			mine += connection->writer == writer;
	}
	return writer->connections > 0 && mine >= writer->connections ? NULL : slot;
}

static void accept_one(struct record_server *server, int fd, int64_t now)
{
	struct connection *connection;
	struct writer *writer = NULL;
	uint32_t user;
	int32_t process;

	if (wire_peer(fd, &user, &process) == 0)
		writer = find_writer(server, user);
	if (!writer) {
		server->counters.strangers++;
		close(fd);
		return;
	}
	connection = free_slot(server, writer);
	if (!connection || watch(server, fd, connection) < 0) {
		server->counters.overflow++;
		close(fd);
		return;
	}
	connection->fd = fd;
	connection->writer = writer;
	connection->deadline = now + RECORD_DEADLINE_MS;
}

static void accept_waiting(struct record_server *server, int64_t now)
{
	/* At most as many as there are slots a round: those who wait for an answer come first. */
	for (size_t i = 0; i < server->socket.connections; i++) {
		int fd;

		if (!quota_has(&server->socket.accepts, now)) {
			/* That there is one more is known only from a knock. */
			if (i == 0) {
				server->counters.overflow++;
				pause_listener(server, true);
			}
			return;
		}
		fd = accept4(server->listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
		if (fd >= 0) {
			quota_take(&server->socket.accepts, now);
			accept_one(server, fd, now);
		} else if (errno != EINTR && errno != ECONNABORTED) {
			return;
		}
	}
}

static void answer(struct record_server *server, struct connection *connection, int error,
		   int64_t now)
{
	const struct record_reply reply = {
		.error = (uint32_t)-error,
		.sequence = error ? 0 : connection->sequence,
	};

	connection->waiting = false;
	connection->deadline = now + RECORD_DEADLINE_MS;
	if (error)
		server->counters.refused++;
	else
		server->counters.recorded++;
	/* The event stays recorded when nobody hears the answer; a deadline of now never waits. */
	if (wire_send(connection->fd, &record_reply_layout, &reply, now) < 0)
		disconnect(connection);
}

/* Flushes what was appended and answers those who wait for it. */
static void flush_waiting(struct record_server *server, int64_t now)
{
	int r = journal_commit(server->journal);

	if (r < 0)
		recent_forget(&server->recent);
	for (size_t i = 0; i < RECORD_CONNECTIONS_MAX; i++)
		if (server->connections[i].waiting)
			answer(server, &server->connections[i], r, now);
}

/* The module tells of a refusal in plain fields, for it has no JSON. */
static int describe_door(const struct record_door *door, struct record_request *ret_request)
{
	_cleanup_event_ struct event event = {};
	int r;

	r = event_begin(&event, EVENT_LOGIN_REFUSED);
	if (r < 0)
		return r;
	event_set(&event, "reason", door->reason);
	event_set(&event, "user", door->user);
	event_set(&event, "service", door->service);
	event_set(&event, "tty", door->tty);
	event_set(&event, "rhost", door->rhost);
	event_set(&event, "ruser", door->ruser);
	return event_to_record(&event, ret_request);
}

static int receive(const struct connection *connection, int64_t now,
		   struct record_request *ret_request)
{
	struct wire_packet packet;
	struct record_door door;
	uint16_t type;
	int r;

	r = wire_receive_packet(connection->fd, &packet, now);
	if (r < 0)
		return r;
	r = wire_type(&packet, &type);
	if (r == 0 && type != PROTOCOL_RECORD_DOOR)
		r = wire_decode(&record_request_layout, &packet, ret_request);
	if (r < 0)
		return r;
	if (type != PROTOCOL_RECORD_DOOR)
		return 0;
	if (connection->writer->user != 0 || writer_is_restricted(connection->writer))
		return -EPERM;
	r = wire_decode(&record_door_layout, &packet, &door);
	return r < 0 ? r : describe_door(&door, ret_request);
}

/* Appends it, or finds it among those that were. That one may wait for the same flush. */
static int append(struct record_server *server, const struct record_request *request,
		  uint64_t *ret_sequence)
{
	uint64_t sequence = recent_find(&server->recent, request);
	int r;

	if (sequence != 0) {
		*ret_sequence = sequence;
		return 0;
	}
	r = journal_append(server->journal, request, ret_sequence);
	if (r == 0)
		recent_note(&server->recent, request, *ret_sequence);
	return r;
}

/* What a writer may not send ends its connection, so that it costs one to say it again. A log-in's
 * writers may send everything. */
static int judge(struct record_server *server, struct connection *connection,
		 const struct record_request *request, int64_t now)
{
	int r = writer_judge(connection->writer, request);

	if (r == -EPERM) {
		server->counters.garbage++;
	} else if (r < 0) {
		server->counters.stray++;
	} else if (!quota_take(&connection->writer->records, now)) {
		server->counters.limited++;
		r = -EBUSY;
	}
	if (r == 0)
		return 0;
	if (r != -EPERM)
		answer(server, connection, r, now);
	if (connection->fd >= 0)
		disconnect(connection);
	return r;
}

/* Takes one request and appends it. */
static void read_one(struct record_server *server, struct connection *connection, int64_t now)
{
	struct record_request request = {};
	int r;

	r = receive(connection, now, &request);
	if (r == -ETIMEDOUT)
		return; /* woken for nothing */
	if (r < 0) {
		server->counters.garbage += r != -ECONNRESET;
		disconnect(connection);
		return;
	}
	if (judge(server, connection, &request, now) < 0)
		return;
	/* By the time of its events a segment's age is judged: theirs is ours. */
	if (writer_is_restricted(connection->writer) && !request.late)
		request.time = clock_us(CLOCK_REALTIME);
	r = append(server, &request, &connection->sequence);
	if (r == -EAGAIN) {
		flush_waiting(server, now);
		r = append(server, &request, &connection->sequence);
	}
	if (r < 0)
		answer(server, connection, r, now);
	else
		connection->waiting = true;
}

int record_dispatch(struct record_server *server, int64_t now)
{
	struct epoll_event events[RECORD_CONNECTIONS_MAX + 1];
	bool knock = false;
	int count;

	if (!server)
		return 0;

	do
		count = epoll_wait(server->epoll, events, RECORD_CONNECTIONS_MAX + 1, 0);
	while (count < 0 && errno == EINTR);
	if (count < 0)
		return -errno;
	for (int i = 0; i < count; i++) {
		struct connection *connection = events[i].data.ptr;

		if (!connection)
			knock = true;
		else if (connection->fd >= 0)
			read_one(server, connection, now);
	}
	flush_waiting(server, now);
	for (size_t i = 0; i < RECORD_CONNECTIONS_MAX; i++) {
		struct connection *connection = &server->connections[i];

		if (connection->fd >= 0 && connection->deadline <= now) {
			server->counters.expired++;
			disconnect(connection);
		}
	}
	/* Last, so that a slot is not taken anew while events of the old one are still at hand. */
	if (knock)
		accept_waiting(server, now);
	else if (server->paused && now >= quota_over(&server->socket.accepts))
		pause_listener(server, false);
	return 0;
}
