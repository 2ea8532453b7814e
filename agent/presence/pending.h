/* Log-ins that have no session yet: how each of them is from look to look. */
#ifndef SEKISHO_PENDING_H
#define SEKISHO_PENDING_H

#include "lockproto.h"
#include "loginnote.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* How long one is waited for that went on, and neither began a session nor unlocked one. */
#define PENDING_OPENED_MS 600000

struct pending {
	char id[PROTOCOL_ID_MAX]; /* "": the place is free */
	int64_t since; /* monotonic: when it was first seen as it is now */
	bool opened, running; /* as it is now: the log-in went on; the program that asked runs */
	bool seen; /* in this look */
	bool told; /* that there is no place for it */
	char locked[LOCK_SESSION_MAX]; /* the person's session whose screen was locked then; "" */
};

/* The place of a log-in among @count, as it is at @now. Where all are taken, one that is not known
 * from look to look: it stays in its file. */
struct pending *pending_find(struct pending list[], size_t count, const struct login_note *note,
			     int64_t now);

/* Whether nothing can come of it any more. */
bool pending_is_over(const struct login_note *note, const struct pending *pending, int64_t now);

#endif
