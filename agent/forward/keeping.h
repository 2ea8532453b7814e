/* Does the collector keep what it acknowledged? Held against its own letters, each event counts
 * that one collector acknowledged and that nobody here set aside:
 * - it asks for such an event again (resend.h);
 * - its receipt (receipt.h) does not reach a checkpoint that was acknowledged when the last receipt
 *   but one was fetched. Its verifications come one after the other, so all of that was there when
 *   this one began. No clock is asked.
 * What was found last stands in a file, which `sekisho doctor` tells. */
#ifndef SEKISHO_KEEPING_H
#define SEKISHO_KEEPING_H

#include "acknowledged.h"
#include "collectors.h"

#include "receipt.h"
#include "resend.h"

#define KEEPING_FILE	  "confirms" /* in the state directory: whose word counts, from where on */
#define KEEPING_LOST_FILE "not-kept" /* there, too: struct keeping_loss */
#define KEEPING_PLACE_MAX (COLLECTORS_HOST + COLLECTORS_PORT + 1)

struct keeping {
	int journal, state; /* directories, borrowed */
	char place[KEEPING_PLACE_MAX]; /* HOST:PORT of the collector; "": nobody's word counts */
	char host[JOURNAL_ID_SIZE], epoch[JOURNAL_ID_SIZE]; /* of the journal */
	uint64_t from; /* what it acknowledged begins there */
	struct keeping_receipt { /* the last two that were fetched, the older one first */
		char time[JOURNAL_TIME_SIZE]; /* "": none */
		uint64_t acknowledged; /* then */
	} seen[2];
};

struct keeping_loss {
	char host[JOURNAL_ID_SIZE], epoch[JOURNAL_ID_SIZE];
	char time[JOURNAL_TIME_SIZE]; /* of the letter that shows it */
	uint64_t first, last; /* events that were acknowledged, and were not there, or not whole */
};

/* As it stands in the file. */
void keeping_begin(struct keeping *keeping, int journal, int state);

/* Events go to @server, of the journal of @header; nothing is done if that is so already. A
 * collector alone is known by its word: with several each has a part, and syslog says nothing. */
void keeping_connect(struct keeping *keeping, const struct collectors *collectors,
		     const struct collector *server, const struct journal_header *header,
		     const struct acknowledged *acknowledged);

/* The collector signed that it has not got an event that is in the journal, and that was
 * acknowledged. */
void keeping_asked(const struct keeping *keeping, const struct resend_request *request);

/* The collector signed that receipt, which was fetched; an older one is nothing. */
void keeping_receipt(struct keeping *keeping, const struct receipt *receipt,
		     const struct acknowledged *acknowledged);

/* What was found last. -ENOENT: nothing. -EBADMSG, other -errno. */
int keeping_read_loss(int state, struct keeping_loss *ret_loss);

/* keeping_file.c: what can't be read is nothing; what can't be written is told in the log. */
void keeping_read(struct keeping *keeping);
void keeping_write(const struct keeping *keeping);
void keeping_write_loss(int state, const struct keeping_loss *loss);

#endif
