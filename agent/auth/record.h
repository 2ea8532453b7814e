/* An event made durable: in the engine's journal, or in our own spool while the engine is away. */
#ifndef SEKISHO_RECORD_H
#define SEKISHO_RECORD_H

#include "event.h"
#include "spool.h"

#define RECORD_ENGINE_MS 300 /* longer the engine does not hold up a log-in */
#define RECORD_SPOOL	 "spool" /* in the state directory */

/* 0 once it is on a disk. -EBADMSG, -EMSGSIZE and -ERANGE if
 * the engine will never take it, -ENOSPC, -EROFS and others of spool_add() if it is nowhere. */
int record_event(const char *socket_path, int state_dirfd, enum spool_class class,
		 const struct event *event);

/* Makes the spool if there is none, and hands it to the engine. @ret_left: events that stay. */
int record_flush(const char *socket_path, int state_dirfd, size_t *ret_left);

#endif
