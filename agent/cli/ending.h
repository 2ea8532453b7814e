/* Signals that end a program, held back until it has left the terminal as it should be. */
#ifndef SEKISHO_ENDING_H
#define SEKISHO_ENDING_H

#include <signal.h>
#include <stdbool.h>

#define ENDING_SIGNALS 4

/* What they did before. */
struct ending {
	struct sigaction before[ENDING_SIGNALS];
};

/* From here on SIGHUP, SIGINT, SIGQUIT and SIGTERM only interrupt what waits (EINTR). One such
 * stretch may be within another. */
void ending_hold(struct ending *ending);

/* Whether one came. */
bool ending_came(void);

/* They do what they did before, and one that came does so now: this may not return. */
void ending_release(const struct ending *ending);

#endif
