/* How far the mirror has come: not by the event's number, for a journal that was restored from a
 * copy gives its numbers once more, but by when the event was written, on the clock that nobody
 * sets. Within a boot it only goes on, so what was written behind the event copied last was not
 * copied. */
#ifndef SEKISHO_POSITION_H
#define SEKISHO_POSITION_H

#include "journal_format.h"

#include <stdbool.h>
#include <stdint.h>

struct position {
	char boot[JOURNAL_ID_SIZE];
	uint64_t monotonic_us; /* since that boot, of the event copied last; 0: none */
	uint64_t sequence; /* its number, should two have the same microsecond */
};

/* Reads it below @run. Where there is none, or one of another boot, it is that boot's beginning. */
void position_load(int run, const char *boot, struct position *ret_position);

/* -errno: after a restart events are copied again. */
int position_store(int run, const struct position *position);

/* Was this event written in this boot, and behind the position? Pure. */
bool position_is_new(const struct position *position, const struct journal_record *record);

/* It is copied. */
void position_pass(struct position *position, const struct journal_record *record);

#endif
