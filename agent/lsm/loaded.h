/* ATTEMPT_LOADED: which program was pinned under which name, a line each, "guard_open 17". It is
 * there from the moment on that sekisho-lsm has begun, and empty until all is in place. */
#ifndef SEKISHO_LOADED_H
#define SEKISHO_LOADED_H

#include "pins.h"

#include <stdbool.h>
#include <stdint.h>

struct loaded {
	bool whole; /* it was ended: the numbers are there */
	uint32_t programs[PINS_MAX]; /* of pin_rows; 0: this kernel has not what it hangs on */
	uint32_t ring;
};

/* Reads the file from its beginning. -EBADMSG: it is none of ours. */
int loaded_read(int fd, struct loaded *ret_loaded);

/* Empties it: what is in place is not known until loaded_end(). */
int loaded_begin(int fd);
int loaded_end(int fd, const struct loaded *loaded);

/* The row of that name in pin_rows; pin_count: there is none. */
size_t loaded_row(const char *name);

/* NULL: each name below @folder has what was pinned there, and there is no other; or the first
 * name that has not. */
const char *loaded_differs(const struct loaded *loaded, const char *folder);

#endif
