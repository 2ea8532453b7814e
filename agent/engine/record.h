/* record.sock: takes events from authd and the command line, answers after they are durable. All
 * requests that wait are one group: appended together, flushed once, then answered.
 *
 * The server owns an epoll descriptor: whoever runs the loop watches record_fd() for reading and
 * calls record_dispatch() then, and at record_deadline(). */
#ifndef SEKISHO_RECORD_H
#define SEKISHO_RECORD_H

#include "event.h"
#include "journal.h"

#include <stdint.h>
#include <sys/types.h>

#define RECORD_CONNECTIONS_MAX 128
#define RECORD_PER_USER_MAX    96 /* of them for one user who is not uid 0 */
#define RECORD_WRITERS_MAX     8
#define RECORD_FEW_CONNECTIONS 2 /* of a writer of certain kinds ... */
#define RECORD_FEW_EVENTS      30 /* ... and its events ... */
#define RECORD_FEW_MS	       3600000 /* ... in this time */
#define RECORD_DEADLINE_MS     5000 /* a connection that sent nothing for so long is closed */

struct record_counters {
	uint64_t recorded; /* answered with 0 */
	uint64_t refused; /* answered with an error */
	uint64_t strangers; /* peers not allowed */
	uint64_t overflow; /* connections over the limit */
	uint64_t garbage; /* closed for a bad message */
	uint64_t expired; /* closed at the deadline */
};

/* Who may record, and what. One that has business with few kinds can neither write others nor crowd
 * out those who record log-ins, whatever becomes of it. */
struct record_writer {
	uid_t user;
	const enum event_kind *kinds; /* ends with EVENT_KIND_COUNT; NULL: all of them */
};

struct record_server;

/* @listener is a listening SOCK_SEQPACKET socket; it stays the caller's and is made non-blocking.
 * @writers: at most RECORD_WRITERS_MAX; their kinds stay the caller's. @journal is borrowed. */
int record_new(int listener, struct journal *journal, const struct record_writer *writers,
	       size_t n_writers, struct record_server **ret_server);
void record_free(struct record_server *server);

int record_fd(const struct record_server *server);

/* CLOCK_MONOTONIC milliseconds (wire_now) of the next connection to expire; WIRE_NO_DEADLINE if
 * none. */
int64_t record_deadline(const struct record_server *server);

/* Does what waits, never blocks but for the disk. @now is wire_now(). -errno only if the server
 * itself is broken; what goes wrong with a client or the journal is answered and counted. */
int record_dispatch(struct record_server *server, int64_t now);

void record_counters(const struct record_server *server, struct record_counters *ret_counters);

#endif
