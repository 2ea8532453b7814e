/* What a granted log-in leaves for sekisho-presence, which locks the session once the key is pulled
 * out: lib/loginnote.h. */
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

/* Writes it where the settings ask for it and the service can begin or unlock a session. @factor is
 * the one that granted; NULL: it was a one-time code. FAILURE_NONE, or FAILURE_PRESENCE: the key's
 * removal would go unseen. */
enum failure leavenote_write(struct leavenote *leave, const struct keyfactor *factor);

/* The log-in went on, or was refused after all; nothing where no file was written. */
void leavenote_open(const struct leavenote *leave);
void leavenote_withdraw(const struct leavenote *leave);

#endif
