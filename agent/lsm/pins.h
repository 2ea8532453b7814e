/* The programs of guard.bpf.c and where they hang: links below /sys/fs/bpf/sekisho, which hold
 * whatever ends of ours, and the ring that attempts come through. */
#ifndef SEKISHO_PINS_H
#define SEKISHO_PINS_H

#include <stdbool.h>
#include <stddef.h>

#define PINS_MAX 16

struct pin_row {
	const char *name; /* of the program, and of its link's pin */
	bool optional; /* older kernels don't have what it hangs on */
};

extern const struct pin_row pin_rows[];
extern const size_t pin_count;

/* Takes away whatever is in @folder, a pin that never came to its place too, and the folder. 0 if
 * there is none; -errno. */
int pins_remove(const char *folder);

#endif
