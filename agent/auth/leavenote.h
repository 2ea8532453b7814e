/* What a granted log-in leaves for sekisho-presence, which locks the session once the key is pulled
 * out, or ends it with the day: lib/loginnote.h. */
#ifndef SEKISHO_LEAVENOTE_H
#define SEKISHO_LEAVENOTE_H

#include "keyfactor.h"
#include "protocol.h"
#include "settings.h"

struct leavenote {
	const char *directory, *sysfs;
	const struct settings *settings;
	const struct auth_hello *hello;
	const char *id; /* of the log-in's event */
	int32_t pid; /* of the program that asks */
	bool written; /* there is a file */
	/* Where the operator is changed within a session: its name, as logind's. */
	const char *session;
};

/* Writes it where the settings or a @last_day ask for it and the service can begin or unlock a
 * session; without the key, and whatever comes of it, where the settings don't and there are other
 * notes, for one of them may be of a session whose end this log-in lifts. @factor is the one that
 * granted; NULL: it was no key of the person's. @last_day: of the session, as roster_today() has
 * it; 0: it may go on. FAILURE_NONE, or FAILURE_PRESENCE: the key's removal, or the end of the day,
 * would go unseen. */
enum failure leavenote_write(struct leavenote *leave, const struct keyfactor *factor,
			     uint32_t last_day);

/* The log-in went on, or was refused after all; nothing where no file was written. */
void leavenote_open(const struct leavenote *leave);
void leavenote_withdraw(const struct leavenote *leave);

#endif
