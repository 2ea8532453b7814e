/* Programs that decide about devices as well: what one of them opens, Sekisho closes, and the other
 * way round. They are found by what they are, never ended. */
#ifndef SEKISHO_RIVALS_H
#define SEKISHO_RIVALS_H

#include <stdbool.h>
#include <stddef.h>

struct rival {
	const char *name; /* as its users know it */
	const char *unit; /* of systemd */
	bool in_session; /* a unit of the user's */
	const char *program; /* below "/" */
	const char *through; /* NULL, or the unit without which it does nothing */
	bool thunderbolt; /* about that, not USB */
};

enum rival_state {
	RIVAL_ABSENT,
	RIVAL_INSTALLED, /* it does nothing now */
	RIVAL_RUNS,
};

extern const struct rival rivals[];
extern const size_t rival_count;

/* @root: a descriptor of "/". */
enum rival_state rival_look(const struct rival *rival, int root);

#endif
