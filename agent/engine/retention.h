/* Which old segments may go: those that the collector has verified, as its receipt says, and that
 * are older than journal.conf(5) wants them kept; or younger, while the disk has no room for what
 * is to be recorded. Nothing else is dropped, but for one thing: where a size is given and the
 * journal is larger, its oldest records go whatever is known of them.
 *
 *	[Journal]
 *	KeepDays=<days since the last event of a segment; 0: for ever; default 90>
 *	MaxSize=<MiB of the whole journal; 0: no limit>
 */
#ifndef SEKISHO_RETENTION_H
#define SEKISHO_RETENTION_H

#include "checkpoint.h"
#include "config.h"
#include "receipt.h"

#define RETENTION_START_MS                                                                         \
	10000 /* after the start, when devices and log-ins are no longer waited for */
#define RETENTION_DAYS	   90 /* unless the configuration says otherwise */
#define RETENTION_MS	   3600000 /* between two looks */
#define RETENTION_NEXT_MS  1000 /* after a segment went: one at a time, nobody waits for more */
#define RETENTION_RETRY_MS 60000 /* after a failure, and while the disk is full */

struct retention_settings {
	uint32_t keep_days; /* 0: for ever */
	uint32_t max_size; /* MiB; 0: no limit */
};

struct retention {
	struct journal *journal; /* borrowed */
	struct checkpoint *checkpoint; /* borrowed; seals what was told before it goes */
	const char *configuration; /* a file */
	const char *seal_public; /* the seal's public half, a file; only asked for where there is a
				    seal */
	const char *receipt, *fetched; /* files: what root took, and what we took ourselves */
	const char *standing; /* sekisho-forward's: how far it was answered */
	int64_t due_at; /* wire_now() */
	bool wanted; /* the journal wanted room when that was looked at last */
	bool failed; /* then the disk failed for another reason than being full */
	struct journal_head checked; /* the receipt's event, which the journal was seen to have */
	uint64_t verified; /* as the receipt for this journal said last; 0: there is none */
	uint64_t dropped; /* the highest number that went in this life */
	char error[CONFIG_ERROR_MAX]; /* why what should go can't, "" if all is well */
};

/* What is known of the journal, from outside. */
struct retention_known {
	const struct receipt *receipt; /* NULL: none */
	uint64_t acknowledged; /* up to here the collector answered; it may have stored or lost them
				*/
	uint64_t now_us; /* since 1970 UTC */
	bool wants_room; /* the disk is full */
};

/* May these records go? If so, @ret_cause. Pure. */
bool retention_judge(const struct retention_settings *settings, const struct retention_known *known,
		     const struct journal_oldest *oldest, struct journal_cause *ret_cause);

/* Reads the files anew and drops one segment, if it is time, or the disk has become full. True:
 * .error is another one than before and not "". @now is wire_now(). */
bool retention_tick(struct retention *retention, int64_t now);

#endif
