/* Switching two-factor log-in on, for who runs it beside `sekisho enable`, and keeping it on. */
#ifndef SEKISHO_CLI_ENABLE_H
#define SEKISHO_CLI_ENABLE_H

#include <stdbool.h>
#include <stdint.h>

#define ENABLE_MINUTES	   10
#define ENABLE_MINUTES_MAX 1440

struct enable_choice {
	bool yes;
	bool untried; /* no trial log-in, for nobody is there: only the time limit is left */
	uint32_t minutes; /* until it has to be confirmed */
	const char *administrator; /* NULL: whoever called sudo, or the first that has factors */
};

/* What has to be true of the machine before anybody is asked anything; says what is not. Like the
 * others it returns an enum command_status. */
int enable_check(void);

/* Whether there is an administrator who could log in then. */
int enable_check_administrators(void);

/* All of `sekisho enable`, both included. */
int enable_run(const struct enable_choice *wanted);

/* All of `sekisho confirm`. */
int confirm_run(void);

#endif
