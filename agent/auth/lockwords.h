/* What a refused person is told of the wait. */
#ifndef SEKISHO_LOCKWORDS_H
#define SEKISHO_LOCKWORDS_H

#include "lockout.h"

#include <time.h>

/* Writes why the log-in was refused, and how long the next try has to wait where this one was one
 * wrong answer too many. @values: everything but the wait. */
void lockwords_format(enum failure failure, const struct lockout *lockout,
		      const struct message_values *values, char *text, size_t size);

/* How long the next try has to wait, and until when by this @clock, seconds since 1970. */
void lockwords_wait(const struct lockout *lockout, time_t clock, char *text, size_t size);

#endif
