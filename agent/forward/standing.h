/* How forwarding stands, for `sekisho status`: a small file of JSON in our run-time directory. */
#ifndef SEKISHO_STANDING_H
#define SEKISHO_STANDING_H

#include <stdbool.h>
#include <stdint.h>

#define STANDING_FILE	     "standing"
#define STANDING_TEXT_MAX    1024
#define STANDING_LETTERS_MAX 2048
#define STANDING_PLACE_MAX   300 /* host and port */

enum standing_state {
	STANDING_NONE, /* no collector is named */
	STANDING_CONNECTING,
	STANDING_OPEN, /* events go out and are acknowledged */
	STANDING_AWAY, /* the last try failed; .error says how */
	STANDING_STOPPED,
	STANDING_STATE_COUNT
};

struct standing {
	int directory; /* -1: it can't be told */
	enum standing_state state;
	char server[STANDING_PLACE_MAX]; /* HOST:PORT; "": none */
	char error[STANDING_TEXT_MAX];
	int64_t since; /* seconds since 1970, of the state */
	uint64_t acknowledged; /* sequence */
	bool unconfirmed; /* it means "sent" only: the protocol has no answer (driver.h) */
	uint64_t set_aside; /* events that the collector refused time and again, since the start */
	uint64_t passed_over; /* damaged lines and unreadable files of the journal, likewise */
	uint64_t told; /* .acknowledged as it was written */
	char letters[STANDING_LETTERS_MAX]; /* what is wrong with the collector's letters, "" if
					       nothing */
	bool changed;
	int64_t written_at; /* milliseconds of the monotonic clock */
};

void standing_begin(struct standing *standing, const char *directory);

void standing_set(struct standing *standing, enum standing_state state, const char *host,
		  const char *port, const char *error);

/* What is wrong with the collector's letters. */
void standing_letters(struct standing *standing, const char *error);

/* Writes what changed, not more than once a second unless @now is INT64_MAX. A failure is told
 * nobody: nothing depends on it, and the file's age shows. */
void standing_write(struct standing *standing, int64_t now);

/* When it has something to write; INT64_MAX: never. */
int64_t standing_due(const struct standing *standing);

#endif
