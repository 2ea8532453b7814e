/* Who works at a shared account from this log-in on: kept below /run (operatornote.h) where it
 * begins a session, unlocks one, or is the operator's change within one. */
#ifndef SEKISHO_TAKEOVER_H
#define SEKISHO_TAKEOVER_H

#include "event.h"
#include "failure.h"
#include "operatornote.h"
#include "shared.h"

/* The service of `sekisho operator change`: a log-in that does nothing but change the operator. */
#define TAKEOVER_SERVICE "sekisho-operator"

struct takeover {
	/* The caller's. */
	const char *directory, *logind;
	const struct auth_hello *hello;
	const char *id; /* of the log-in's event */
	int32_t pid; /* of the program that asks */

	bool asked; /* by TAKEOVER_SERVICE */
	bool wanted; /* there is something to be kept */
	bool written;
	struct operator_sessions sessions;
	struct operator_note note;
	char before[PROTOCOL_USER_MAX]; /* who was it in .note.session; "": nobody is known */
};

/* Before anybody is asked for anything. Who changes is somebody else than who is there: those keys
 * are taken from @shared. FAILURE_NONE; FAILURE_NOT_SHARED or FAILURE_NO_SESSION where a change was
 * asked for that can't be one. */
enum failure takeover_begin(struct takeover *takeover, struct shared *shared);

/* Writes whose key it was, where there is something to be kept; it does not count yet. FAILURE_NONE
 * or FAILURE_OPERATOR, also where it was nobody's (NULL). */
enum failure takeover_write(struct takeover *takeover, const struct keyfactor *factor);

/* From now on it counts. FAILURE_NONE or FAILURE_OPERATOR. */
enum failure takeover_open(struct takeover *takeover);

/* Whether it is another one in the same session than before. */
bool takeover_changes(const struct takeover *takeover);

/* The event's fields beside the person's. */
void takeover_describe(const struct takeover *takeover, struct event *event);

/* The log-in was refused after all. */
void takeover_withdraw(struct takeover *takeover);
void takeover_end(struct takeover *takeover);

#endif
