/* How often somebody was let in by a substitute, and on which day last: durable in the counters'
 * file, which has its room from the beginning. */
#ifndef SEKISHO_SUBSTITUTEPLACE_H
#define SEKISHO_SUBSTITUTEPLACE_H

#include "failure.h"

#include <stdint.h>

struct substituteplace {
	uint32_t day; /* YYYYMMDD of the last one, 0: never */
	uint32_t count; /* on that day */
};

/* Reads, without a lock, what is known of @user; NULL: of all together. -ENOENT where there was
 * none; -errno. @fd: the opened counters. */
int substituteplace_peek(int fd, const char *user, struct substituteplace *ret_place);

/* One more on @today, if there were @before of @user's on that day. FAILURE_NONE once it is on the
 * disk, with the user's count of the day; FAILURE_SUBSTITUTE_CLOCK where there was one on a later
 * day; FAILURE_SUBSTITUTE_USED where there were more or fewer; FAILURE_COUNTER_STORE. */
enum failure substituteplace_use(int fd, const char *user, uint32_t today, uint32_t before,
				 uint32_t *ret_count);

/* Once a clock that stood ahead is right again: takes the day of the last one back to @today, if it
 * is later. What people had on @today stays counted. 1 with the day that was forgotten, durable; 0:
 * it was no later; -errno. Holds the place until @fd is closed. */
int substituteplace_reset(int fd, uint32_t today, uint32_t *ret_day);

#endif
