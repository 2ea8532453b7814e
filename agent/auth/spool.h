/* Events that the engine could not take at once: kept on the disk until it can.
 *
 * A file of SPOOL_SLOTS slots, made in full once, overwritten in place. An event is durable when
 * spool_add returns. Refusals may fill only a part of it, so that who fails to log in can't use up
 * the room that a grant needs; what is dropped beyond that is counted. */
#ifndef SEKISHO_SPOOL_H
#define SEKISHO_SPOOL_H

#include "protocol.h"

#define SPOOL_SLOTS	   256
#define SPOOL_SLOT_SIZE	   8192 /* bytes */
#define SPOOL_REFUSALS_MAX 128 /* slots that SPOOL_REFUSAL may fill */

enum spool_class {
	SPOOL_GRANT, /* or anything else that must not be lost */
	SPOOL_REFUSAL,
};

/* -ENOSPC if it is full (counted for a refusal), -ETIMEDOUT, -EROFS, -EIO,
 * -errno. */
int spool_add(int dirfd, const char *name, enum spool_class class,
	      const struct record_request *record);

/* Sends what is there, oldest first, marked as late, by @send: 0 when it is durable there,
 * SPOOL_LOST if it never will be, -errno to stop. What is lost is counted. After -ENOSPC or -EDQUOT
 * grants alone are tried. */
#define SPOOL_LOST 1
typedef int spool_send_fn(void *user, const struct record_request *record);
int spool_flush(int dirfd, const char *name, spool_send_fn *send, void *user);

/* Adds @change to the number of events that were dropped, and tells it. */
int spool_dropped(int dirfd, const char *name, int64_t change, uint64_t *ret_count);

/* How many events are waiting, the word of dropped ones among them; 0 if there is no spool. */
int spool_count(int dirfd, const char *name, size_t *ret_count);

#endif
