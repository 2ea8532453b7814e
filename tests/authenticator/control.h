/* The control socket: tests steer the device by lines of text. */
#ifndef SOFTKEY_CONTROL_H
#define SOFTKEY_CONTROL_H

#include "device.h"

#include <poll.h>

#define CONTROL_CLIENTS 4 /* at once; a further one waits */
#define CONTROL_LINE	128 /* bytes of a command; a longer one ends the connection */

struct control_client {
	int fd; /* -1 for a free place */
	size_t length;
	char line[CONTROL_LINE];
};

struct control {
	int listener; /* -1 without a control socket */
	struct control_client clients[CONTROL_CLIENTS];
};

/* @path may be NULL. Errors of bind. */
int control_open(struct control *control, const char *path);
void control_close(struct control *control, const char *path);

/* Fills 1 + CONTROL_CLIENTS places to poll. */
void control_prepare(const struct control *control, struct pollfd *polls);

/* Serves what the poll found. */
void control_serve(struct control *control, const struct pollfd *polls, struct device *device,
		   uint64_t now_ms);

/* The other end: sends one command to the control socket @path and prints the answer. 0 if it is
 * "ok", -EBADMSG if it is "error", errors of connect. */
int control_tell(const char *path, const char *command);

#endif
