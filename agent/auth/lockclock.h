/* How long this terminal has surely run, in milliseconds, over all its starts: what waits are
 * measured by. Nobody can set it. Time that is not noted down before the machine is switched off is
 * missing, so that a restart shortens no wait. */
#ifndef SEKISHO_LOCKCLOCK_H
#define SEKISHO_LOCKCLOCK_H

#include <stdint.h>

/* What has passed at least between two readings of the time since a start (CLOCK_BOOTTIME, ms), of
 * the same start or not. Pure. */
int64_t lockclock_passed(int64_t then, int64_t now);

/* Notes the time down in the opened file of lockplace.h, and tells it. -ETIMEDOUT after @deadline,
 * -errno. */
int lockclock_now(int fd, int64_t deadline, int64_t *ret_now);

/* Tells it without noting it down: by its last reading. */
int lockclock_peek(int fd, int64_t *ret_now);

#endif
