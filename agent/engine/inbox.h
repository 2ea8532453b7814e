/* Letters of the collector that come by themselves, or by root: sekisho-forward fetched them and is
 * trusted with nothing. A receipt (receipt.h) is taken if the configured collector signed it, it is
 * for this journal, and the journal has the very event that was verified; what was taken can't be
 * taken back. */
#ifndef SEKISHO_INBOX_H
#define SEKISHO_INBOX_H

#include "outbox.h"
#include "quota.h"

struct collectors;

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
	const char *revoked; /* the same of the list of what is revoked (revocations.h) */
	const char *fetched_list; /* as the forwarder left it */
	const char *brought_list; /* as root left it */
	struct journal_head alarmed; /* of the receipt that was told as an alarm last */
	struct quota brought; /* by the forwarder */
};

/* 0; -EPERM: that user brings no letters; -EBUSY: it had its fill for now. */
int inbox_allow(struct inbox *inbox, uid_t caller, int64_t now);

/* enum inbox_result. -EKEYREJECTED: not signed by the collector. -EBADMSG: signed, but no
 * receipt. -EXDEV: for another journal. -EUCLEAN: this journal is not what was verified; that is
 * told as an event, once for each receipt. -EINVAL: collector.conf is wrong or names nobody. Other
 * -errno: the file with the authority can't be read, or nothing can be kept. */
int inbox_take(struct inbox *inbox, const char *text);

/* inbox_revoked.c: the same of the list of what is revoked, which is no packet's but stands in a
 * file: .brought_list or .fetched_list. It is for every terminal; of two the one with the higher
 * number counts, and what was taken is told as an event. -ESTALE: an older one than that which is
 * here. The errors of inbox_take beside that but -EXDEV and -EUCLEAN; -EPERM also for a file that
 * others can write. */
int inbox_take_revoked(struct inbox *inbox, bool brought);

/* Whose signature counts. -EINVAL: collector.conf is wrong or names nobody. */
int inbox_signer(const struct inbox *inbox, struct collectors *ret_collectors);

#endif
