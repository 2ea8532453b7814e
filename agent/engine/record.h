/* record.sock and record-restricted.sock: takes events from authd, the command line and others,
 * answers after they are durable. All requests that wait at one of them are one group: appended
 * together, flushed once, then answered.
 *
 * The server owns an epoll descriptor: whoever runs the loop watches record_fd() for reading and
 * calls record_dispatch() then, and at record_deadline(). */
#ifndef SEKISHO_RECORD_H
#define SEKISHO_RECORD_H

#include "journal.h"
#include "writer.h"

#include <stdint.h>
#include <sys/types.h>

#define RECORD_CONNECTIONS_MAX 128
#define RECORD_PER_USER_MAX    96 /* of them for one user who is not uid 0 */
#define RECORD_WRITERS_MAX     8
#define RECORD_DEADLINE_MS     5000 /* a connection that sent nothing for so long is closed */

struct record_counters {
	uint64_t recorded; /* answered with 0 */
	uint64_t refused; /* answered with an error */
	uint64_t strangers; /* peers not allowed */
	uint64_t overflow; /* connections over the limit */
	uint64_t limited; /* records over their writer's limit; refused too, and closed */
	uint64_t stray; /* records with fields that their kind does not have; the same */
	uint64_t garbage; /* closed for a bad message, or a kind that is not the writer's */
	uint64_t expired; /* closed at the deadline */
};

/* One socket: who may use it, and how much of us. Who comes too often waits in the kernel's queue
 * of that socket alone: nothing is spent on it. */
struct record_socket {
	const char *name; /* as engine.dropped tells it */
	size_t connections; /* at once, RECORD_CONNECTIONS_MAX at most; 0: that many */
	struct quota accepts; /* connections taken, one after the other */
	struct writer writers[RECORD_WRITERS_MAX]; /* their kinds stay the caller's */
	size_t n_writers;
};

struct record_server;

/* @listener is a listening SOCK_SEQPACKET socket; it stays the caller's and is made non-blocking.
 * @socket is copied, @journal borrowed. */
int record_new(int listener, struct journal *journal, const struct record_socket *socket,
	       struct record_server **ret_server);
void record_free(struct record_server *server);

int record_fd(const struct record_server *server);

/* CLOCK_MONOTONIC milliseconds (wire_now) of the next connection to expire, or of when connections
 * are taken again; WIRE_NO_DEADLINE if none. */
int64_t record_deadline(const struct record_server *server);

/* Does what waits, never blocks but for the disk. @now is wire_now(). -errno only if the server
 * itself is broken; what goes wrong with a client or the journal is answered and counted. */
int record_dispatch(struct record_server *server, int64_t now);

void record_counters(const struct record_server *server, struct record_counters *ret_counters);

#endif
