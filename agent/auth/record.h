/* An event made durable: in the engine's journal, or in our own spool while the engine is away.
 *
 * The engine is asked first, alone, for RECORD_ENGINE_MS. Then the spool is written too, by a
 * process of its own, and the first of the two that is durable counts. Where neither is by the
 * caller's deadline, both may still get there: the event is late then, not lost, but nobody was let
 * in on it. Where both get there, the engine knows the second by its id (agent/engine/recent.h). */
#ifndef SEKISHO_RECORD_H
#define SEKISHO_RECORD_H

#include "event.h"
#include "spool.h"

/* Beyond a healthy disk's flush; with the spool's own write below 50 ms. */
#define RECORD_ENGINE_MS 30
/* All of a log-in's recording before its verdict. Beyond what a busy disk takes, and shorter than
 * the key, the PIN and the touch once more, which is what a refusal costs a person. */
#define RECORD_TOTAL_MS 2000
#define RECORD_SPOOL	"spool" /* in the state directory */

/* 0 once it is on a disk. -EBADMSG, -EMSGSIZE and -ERANGE if the engine will never take it,
 * -ETIMEDOUT if it is nowhere by @deadline (wire_now's clock), -ENOSPC, -EROFS and others of
 * spool_add() if it can't be anywhere. Waits for no disk beyond @deadline. */
int record_event(const char *socket_path, int state_dirfd, enum spool_class class,
		 const struct event *event, int64_t deadline);

/* store.fault: @store, a file of the state directory, was damaged and is mended. Told on standard
 * error where it can't be recorded. */
void record_damage(const char *socket_path, int state_dirfd, const char *store);

/* Waits, as long as it takes, for the processes that record_event() left behind, and tells how many
 * events are in the spool. For when nobody waits any more, and there are no other children. */
size_t record_settle(int state_dirfd);

/* Makes the spool if there is none, and hands it to the engine. @ret_left: events that stay. */
int record_flush(const char *socket_path, int state_dirfd, size_t *ret_left);

#endif
