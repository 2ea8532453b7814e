#include "control.h"

#include "cleanup.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>

int control_begin(struct control *control, int listener, control_answer_fn *answer, void *user)
{
	int flags = fcntl(listener, F_GETFL);

	if (flags < 0 || fcntl(listener, F_SETFL, flags | O_NONBLOCK) < 0)
		return -errno;
	*control = (struct control){.listener = listener, .answer = answer, .user = user};
	for (size_t i = 0; i < CONTROL_CONNECTIONS_MAX; i++)
		control->connections[i].fd = -1;
	return 0;
}

static void end(struct control_connection *connection)
{
	if (connection->fd >= 0)
		close(connection->fd);
	json_decref(connection->lines);
	*connection = (struct control_connection){.fd = -1};
}

void control_release(struct control *control)
{
	for (size_t i = 0; i < CONTROL_CONNECTIONS_MAX; i++)
		end(&control->connections[i]);
}

static struct control_connection *free_connection(struct control *control)
{
	for (size_t i = 0; i < CONTROL_CONNECTIONS_MAX; i++)
		if (control->connections[i].fd < 0)
			return &control->connections[i];
	return NULL;
}

size_t control_poll(const struct control *control, struct pollfd *polls)
{
	size_t count = 0;

	/* While all places are taken, those who come wait in the socket's queue. */
	if (!control->paused && free_connection((struct control *)control))
		polls[count++] = (struct pollfd){.fd = control->listener, .events = POLLIN};
	for (size_t i = 0; i < CONTROL_CONNECTIONS_MAX; i++) {
		const struct control_connection *one = &control->connections[i];

		if (one->fd >= 0)
			polls[count++] = (struct pollfd){.fd = one->fd,
							 .events = one->lines ? POLLOUT : POLLIN};
	}
	return count;
}

/* 1: all is sent. 0: not now. -errno. */
static int send_lines(struct control_connection *connection, int64_t now)
{
	int r;

	while (connection->next < json_array_size(connection->lines)) {
		struct control_line line = {};
		size_t length =
			json_dumpb(json_array_get(connection->lines, connection->next), line.text,
				   sizeof(line.text) - 1, JSON_COMPACT | JSON_ENSURE_ASCII);

		if (length == 0 || length >= sizeof(line.text))
			return -EMSGSIZE;
		r = wire_send(connection->fd, &control_line_layout, &line, now);
		if (r == -ETIMEDOUT)
			return 0;
		if (r < 0)
			return r;
		connection->next++;
	}
	r = wire_send(connection->fd, &control_end_layout,
		      &(struct control_end){.error = (uint32_t)-connection->error}, now);
	return r == -ETIMEDOUT ? 0 : r < 0 ? r : 1;
}

/* 0: the answer is ready to be sent. */
static int answer(const struct control *control, struct control_connection *connection, int64_t now)
{
	struct control_request request;
	struct control_question question = {request.verb, request.argument, connection->caller};
	int r;

	r = wire_receive(connection->fd, &control_request_layout, &request, now);
	if (r < 0)
		return r;
	connection->lines = control->answer(control->user, &question, &connection->error);
	return connection->lines ? 0 : -ENOMEM;
}

static int serve(struct control *control, struct control_connection *connection, int64_t now)
{
	int r;

	r = connection->lines ? 0 : answer(control, connection, now);
	if (r < 0)
		return r == -ETIMEDOUT ? 0 : r;
	return send_lines(connection, now);
}

static bool has_its_fill(const struct control *control, uint32_t caller)
{
	unsigned int count = 0;

	for (size_t i = 0; i < CONTROL_CONNECTIONS_MAX; i++)
		count +=
			control->connections[i].fd >= 0 && control->connections[i].caller == caller;
	return control->each > 0 && count >= control->each;
}

static void accept_waiting(struct control *control, int64_t now)
{
	struct control_connection *connection;

	while ((connection = free_connection(control))) {
		uint32_t caller;
		int32_t process;
		int fd;

		control->paused = !quota_has(&control->accepts, now);
		if (control->paused)
			return;
		fd = accept4(control->listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
		if (fd < 0)
			return;
		quota_take(&control->accepts, now);
		if (wire_peer(fd, &caller, &process) < 0 || has_its_fill(control, caller)) {
			close(fd);
			continue;
		}
		connection->fd = fd;
		connection->caller = caller;
		connection->deadline = now + CONTROL_DEADLINE_MS;
	}
}

void control_dispatch(struct control *control, int64_t now)
{
	for (size_t i = 0; i < CONTROL_CONNECTIONS_MAX; i++) {
		struct control_connection *connection = &control->connections[i];

		if (connection->fd < 0)
			continue;
		if (now >= connection->deadline || serve(control, connection, now) != 0)
			end(connection);
	}
	/* Last, so that who has left takes nobody's place. */
	accept_waiting(control, now);
}

int64_t control_deadline(const struct control *control)
{
	int64_t deadline = control->paused ? quota_over(&control->accepts) : WIRE_NO_DEADLINE;

	for (size_t i = 0; i < CONTROL_CONNECTIONS_MAX; i++)
		if (control->connections[i].fd >= 0 && control->connections[i].deadline < deadline)
			deadline = control->connections[i].deadline;
	return deadline;
}
