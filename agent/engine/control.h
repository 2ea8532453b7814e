/* control.sock: what `sekisho status`, `devices` and `checkpoint` ask, and what sekisho-forward
 * brings; refusals.sock, where anybody may ask. One request a connection, answered by lines of JSON
 * made when it comes. Slow readers hold nobody up. */
#ifndef SEKISHO_CONTROL_H
#define SEKISHO_CONTROL_H

#include "protocol.h"
#include "quota.h"

#include <jansson.h>
#include <poll.h>

#define CONTROL_CONNECTIONS_MAX 16
#define CONTROL_DEADLINE_MS	5000 /* from the connection to its end */

struct control_question {
	const char *verb;
	const char *argument; /* "" if none */
	uint32_t caller; /* uid */
};

/* The answer as a JSON array, one element a line, the caller's; NULL: no memory. @ret_error gets 0,
 * or -errno: -EINVAL for an unknown verb. */
typedef json_t *control_answer_fn(void *user, const struct control_question *question,
				  int *ret_error);

struct control_connection {
	int fd; /* -1: none */
	uint32_t caller; /* uid */
	int64_t deadline;
	json_t *lines; /* NULL: the request has not come yet */
	size_t next;
	int error;
};

struct control {
	int listener; /* borrowed */
	control_answer_fn *answer;
	void *user;
	unsigned int each; /* connections of one user at once; 0: any number */
	struct quota accepts; /* connections taken, one after the other; set after control_begin */
	bool paused; /* nobody is taken before .accepts is over */
	struct control_connection connections[CONTROL_CONNECTIONS_MAX];
};

/* Makes @listener non-blocking; it stays the caller's. */
int control_begin(struct control *control, int listener, control_answer_fn *answer, void *user);
void control_release(struct control *control);

/* Fills in what to poll(2) for: at most 1 + CONTROL_CONNECTIONS_MAX. Returns how many. */
size_t control_poll(const struct control *control, struct pollfd *polls);

/* Does what can be done without waiting. @now is wire_now(). */
void control_dispatch(struct control *control, int64_t now);

/* Of the next connection to expire, or when connections are taken again; WIRE_NO_DEADLINE if none.
 */
int64_t control_deadline(const struct control *control);

#endif
