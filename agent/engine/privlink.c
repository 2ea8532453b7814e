#include "privlink.h"

#include "cleanup.h"
#include "parcel.h"
#include "wire.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>

#define CONNECT_MS 1000

int privlink_open(struct privlink *link, const char *path)
{
	_cleanup_close_ int fd = -1;
	uint32_t uid;
	int32_t pid;
	int r;

	r = wire_connect(path, wire_now() + CONNECT_MS, &fd);
	if (r < 0)
		return r;
	r = wire_peer(fd, &uid, &pid);
	if (r < 0)
		return r;
	/* systemd, as root, holds the listening socket. */
	if (uid != 0)
		return -EPERM;
	privlink_close(link);
	link->fd = steal_fd(&fd);
	return 0;
}

void privlink_close(struct privlink *link)
{
	if (link->fd >= 0)
		close(link->fd);
	link->fd = -1;
	link->first = link->count = link->sent = 0;
	link->answered = false;
}

static int send_waiting(struct privlink *link, int64_t now)
{
	while (link->sent < link->count && link->sent < PRIV_PENDING_MAX) {
		const struct priv_request *request =
			&link->queue[(link->first + link->sent) % PRIVLINK_QUEUE_MAX].request;

		if (send(link->fd, request, sizeof(*request), MSG_NOSIGNAL | MSG_DONTWAIT) < 0)
			return errno == EAGAIN || errno == EINTR ? 0 : -errno;
		if (link->sent++ == 0)
			link->sent_at = now;
	}
	return 0;
}

int privlink_ask(struct privlink *link, enum priv_verb verb, const char *name, uint64_t inode,
		 uint64_t cookie)
{
	struct priv_request request = {.version = PRIV_VERSION, .verb = verb, .inode = inode};

	if (link->fd < 0)
		return -ENOTCONN;
	if (link->count == PRIVLINK_QUEUE_MAX)
		return -EAGAIN;
	if (strlen(name) >= sizeof(request.name))
		return -ENAMETOOLONG;
	memcpy(request.name, name, strlen(name));
	link->queue[(link->first + link->count) % PRIVLINK_QUEUE_MAX] =
		(struct privlink_entry){request, cookie};
	link->count++;
	/* At once, so that the root half works while we read on. An error shows at the next turn.
	 */
	send_waiting(link, wire_now());
	return 0;
}

int privlink_dispatch(struct privlink *link, int64_t now, privlink_done_fn *done, void *user)
{
	int r;

	if (link->fd < 0)
		return -ENOTCONN;
	for (;;) {
		struct privlink_entry entry;
		struct priv_reply reply = {};
		_cleanup_close_ int passed = -1;

		r = send_waiting(link, now);
		if (r < 0)
			return r;
		r = parcel_receive(link->fd, &reply, sizeof(reply), &passed, MSG_DONTWAIT);
		if (r == -EAGAIN)
			break;
		if (r < 0)
			return r == -EBADMSG ? -ECONNRESET : r;
		entry = link->queue[link->first];
		if (link->sent == 0 || reply.version != PRIV_VERSION ||
		    reply.verb != entry.request.verb)
			return -EBADMSG;
		link->first = (link->first + 1) % PRIVLINK_QUEUE_MAX;
		link->count--;
		link->sent--;
		link->sent_at = now;
		link->answered = true;
		link->passed = passed;
		done(user, &entry, reply.error);
		passed = steal_fd(&link->passed);
	}
	return link->sent > 0 && now - link->sent_at >= PRIVLINK_STUCK_MS ? -ETIMEDOUT : 0;
}

int64_t privlink_deadline(const struct privlink *link)
{
	return link->sent > 0 ? link->sent_at + PRIVLINK_STUCK_MS : WIRE_NO_DEADLINE;
}

short privlink_events(const struct privlink *link)
{
	bool more = link->sent < link->count && link->sent < PRIV_PENDING_MAX;

	return (short)(POLLIN | (more ? POLLOUT : 0));
}
