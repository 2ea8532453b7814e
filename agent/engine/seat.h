/* Who sits at the terminal: the active session of the seat, from the files in which logind keeps it
 * below /run/systemd. What those do not say plainly is unknown; nobody is guessed. */
#ifndef SEKISHO_SEAT_H
#define SEKISHO_SEAT_H

#include "event.h"

#include <sys/types.h>

#define SEAT_RUN "/run/systemd"

enum seat_state {
	SEAT_UNKNOWN, /* no logind, several seats, or files that are not understood */
	SEAT_NOBODY, /* the log-in screen, or nothing */
	SEAT_PERSON,
};

struct seat {
	enum seat_state state;
	/* Of a person: */
	uid_t uid;
	char user[PROTOCOL_USER_MAX];
	char service[PROTOCOL_SERVICE_MAX]; /* of PAM, by which the session came */
	char tty[PROTOCOL_ID_MAX]; /* of a session on a text console; else "" */
	char session[PROTOCOL_ID_MAX]; /* its name */
};

/* Reads what stands below @run. */
void seat_read(const char *run, struct seat *ret_seat);

/* The name of a person who is logged in somewhere on this machine. -ENOENT: nobody has that @uid
 * now. -EBADMSG: the file is not understood. Other -errno. */
int seat_user_name(const char *run, uid_t uid, char name[static PROTOCOL_USER_MAX]);

/* "unknown", "nobody", "person" */
const char *seat_state_name(enum seat_state state);

/* Adds who it is to an event about a device. */
void seat_describe(const struct seat *seat, struct event *event);

#endif
