/* Messages of the kernel that had no room: how many. The kernel says that some are lost before we
 * have read those that had room; which numbers are missing between the others shows how many. */
#ifndef SEKISHO_OVERRUN_H
#define SEKISHO_OVERRUN_H

#include <stdbool.h>
#include <stdint.h>

#define OVERRUN_PAUSE_MS 1000 /* between two that are told */

/* Zeroed: none. */
struct overrun {
	bool losing; /* until all that had room is read */
	bool untold;
	uint64_t last; /* number of the last message; 0: none yet */
	uint64_t lost; /* since it was told */
	int64_t told_at; /* wire_now() */
};

/* The kernel says so. */
void overrun_begin(struct overrun *overrun);

/* A message came, of that number. */
void overrun_note(struct overrun *overrun, uint64_t sequence);

/* All that had room is read. */
void overrun_end(struct overrun *overrun);

/* True if it is to be told now that messages were lost; *ret_lost of them, as far as is known,
 * which count as told. @all: whatever was told a moment ago. Pure. */
bool overrun_take(struct overrun *overrun, int64_t now, bool all, uint64_t *ret_lost);

#endif
