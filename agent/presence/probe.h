/* Asks a key that looks like the one that was pulled out, without a blink, whether it has the
 * credential that logged the person in. */
#ifndef SEKISHO_PROBE_H
#define SEKISHO_PROBE_H

#include "agent/auth/tokenchild.h"
#include "loginnote.h"

enum probe_state {
	PROBE_NONE,
	PROBE_ASKED,
	PROBE_SAME, /* it has it */
	PROBE_OTHER, /* it says that it has not */
	PROBE_FAILED, /* it was tried too early, or is held by another program: try again */
};

/* Zeroed: none under way. */
struct probe {
	struct tokenchild child; /* its .fd is for poll(2) while it is asked */
	struct hidkey key; /* that is asked */
	int64_t deadline;
	enum probe_state state;
};

/* Starts @program for @node of @devices, where @key is. -errno: state is PROBE_FAILED. */
int probe_begin(struct probe *probe, const char *program, const char *devices, const char *node,
		const struct hidkey *key, const struct login_note *note);

/* Takes the answer, if it is there. */
enum probe_state probe_look(struct probe *probe, int64_t now);

void probe_end(struct probe *probe);

#endif
