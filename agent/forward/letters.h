/* Letters of the collector, fetched over HTTPS from time to time (LettersFrom in
 * collector.conf(5)): EPOCH.receipt and EPOCH.resend, and revoked, which is everybody's; where
 * EPOCH is how our journal's begins; whose they are the web server reads in our certificate. Never
 * waited for: events go out meanwhile. A receipt and the list of what is revoked are the engine's
 * to judge and to keep; a request to send again is ours (recall.h). What is wrong is told once,
 * until it is another thing; no letter, an old one and the same one again are nothing. */
#ifndef SEKISHO_LETTERS_H
#define SEKISHO_LETTERS_H

#include "recall.h"
#include "request.h"
#include "source.h"

#include "protocol.h"
#include "signed.h"

#define LETTERS_ENGINE_MS 500
#define LETTERS_ERROR_MAX 1700

enum letters_kind { LETTERS_RECEIPT, LETTERS_RESEND, LETTERS_REVOKED, LETTERS_KIND_COUNT };

struct letters {
	struct collectors collectors; /* our own copy; .path is that of the letter asked for */
	struct recall recall;
	struct keeping keeping;
	const struct source *source; /* borrowed */
	const char *control; /* the engine's socket, borrowed */
	struct request request;
	struct journal_header header; /* of the journal whose letter is asked for */
	enum letters_kind kind; /* that is asked for, or next */
	bool asking;
	int64_t due_at; /* INT64_MAX: never */
	bool dated; /* the web server just said what time it has, */
	int64_t ahead; /* so many seconds ahead of our clock; negative: behind */
	const char *run; /* directory where the engine looks for the list, borrowed */
	char text[SIGNED_FILE_MAX]; /* as it comes */
	struct letters_state {
		uint8_t settled[JOURNAL_HASH_SIZE]; /* the last that need not be looked at again, */
		int result; /* and what came of it */
		long told; /* what is wrong, as a number; 0: nothing */
		char error[LETTERS_ERROR_MAX]; /* the same in words */
	} states[LETTERS_KIND_COUNT];
};

/* @source, @state, @control and @run stay the caller's. */
void letters_begin(struct letters *letters, const struct collectors *collectors,
		   const struct source *source, int state, const char *control, const char *run,
		   int64_t now);
void letters_end(struct letters *letters);

/* As those of struct driver. */
size_t letters_watch(const struct letters *letters, struct pollfd fds[static DRIVER_FDS]);
int64_t letters_due(const struct letters *letters);

/* What is wrong with the letters, in words; "" if nothing is. */
const char *letters_error(const struct letters *letters);

/* Does what can be done at once. True: the collector asks for events that it had acknowledged, and
 * *ret_position is where to begin. */
bool letters_work(struct letters *letters, const struct acknowledged *acknowledged, int64_t now,
		  struct acknowledged *ret_position);

#endif
