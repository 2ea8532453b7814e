/* Letters of the collector that come by themselves: sekisho-forward fetched them and is trusted
 * with nothing. A receipt (receipt.h) is taken if the configured collector signed it, it is for
 * this journal, and the journal has the very event that was verified; what was taken can't be taken
 * back. */
#ifndef SEKISHO_INBOX_H
#define SEKISHO_INBOX_H

#include "outbox.h"

#define INBOX_AN_HOUR 12 /* that the forwarder may bring */

enum inbox_result {
	INBOX_KNOWN, /* nothing new in it */
	INBOX_TAKEN,
};

struct inbox {
	struct journal *journal; /* borrowed */
	struct outbox *outbox; /* borrowed; for store.mismatch */
	const char *configuration; /* collector.conf(5): whose signature counts */
	const char *kept; /* the file for what was taken; ours alone */
	uid_t forwarder; /* 0: there is none */
	struct journal_head alarmed; /* of the receipt that was told as an alarm last */
	int64_t began; /* of the hour in which .brought are counted */
	unsigned int brought;
};

/* 0; -EPERM: that user brings no letters; -EBUSY: it had its fill for now. */
int inbox_allow(struct inbox *inbox, uid_t caller, int64_t now);

/* enum inbox_result. -EKEYREJECTED: not signed by the collector. -EBADMSG: signed, but no
 * receipt. -EXDEV: for another journal. -EUCLEAN: this journal is not what was verified; that is
 * told as an event, once for each receipt. -EINVAL: collector.conf is wrong or names nobody. Other
 * -errno: the file with the authority can't be read, or nothing can be kept. */
int inbox_take(struct inbox *inbox, const char *text);

#endif
