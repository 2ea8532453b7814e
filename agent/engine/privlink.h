/* The engine's end of priv.sock: requests queue up, go out as the root half takes them, replies
 * come back in order. Nothing here waits: configuring a device can take seconds, and log-ins go on.
 */
#ifndef SEKISHO_PRIVLINK_H
#define SEKISHO_PRIVLINK_H

#include "privproto.h"

#include <stdbool.h>
#include <stddef.h>

#define PRIVLINK_QUEUE_MAX 1024 /* requests waiting or under way */
#define PRIVLINK_STUCK_MS  30000 /* without a reply: the root half hangs in the kernel */

struct privlink_entry {
	struct priv_request request;
	uint64_t cookie; /* the asker's */
};

struct privlink {
	int fd; /* -1: not connected */
	struct privlink_entry queue[PRIVLINK_QUEUE_MAX];
	size_t first, count; /* a ring */
	size_t sent; /* of .count, from .first */
	int64_t sent_at; /* of the oldest under way, wire_now() */
	int passed; /* came with the reply that is told; whoever wants it takes it (steal_fd) */
	bool answered; /* since it was opened */
};

/* What has become of a request: @error is the reply's. May queue more. */
typedef void privlink_done_fn(void *user, const struct privlink_entry *entry, int error);

/* Connects. -EPERM if the socket is not root's; wire_connect's errors. */
int privlink_open(struct privlink *link, const char *path);

/* Closes and forgets all requests. */
void privlink_close(struct privlink *link);

/* -ENOTCONN; -EAGAIN: the queue is full; -ENAMETOOLONG. */
int privlink_ask(struct privlink *link, enum priv_verb verb, const char *name, uint64_t inode,
		 uint64_t cookie);

/* Sends what can be sent and takes the replies that are there. -ETIMEDOUT: stuck; -ECONNRESET or
 * another error: the link is of no more use, close it. @now is wire_now(). */
int privlink_dispatch(struct privlink *link, int64_t now, privlink_done_fn *done, void *user);

/* When privlink_dispatch has to be called at the latest; WIRE_NO_DEADLINE if never. */
int64_t privlink_deadline(const struct privlink *link);

/* Events to poll(2) for. */
short privlink_events(const struct privlink *link);

#endif
