/* A clock that a test sets without touching the machine's: tests/preload/stepped_clock.c before
 * each program that is started. */
#ifndef TEST_STEPPEDCLOCK_H
#define TEST_STEPPEDCLOCK_H

#include "terminal.h"

/* Programs that are started from now on, and those started since the first step, are so far from
 * the machine's time. */
void steppedclock_step(const struct terminal *terminal, int64_t seconds);

/* The same, for its being @then. */
void steppedclock_set(const struct terminal *terminal, time_t then);

/* Programs that are started from now on have the machine's time. */
void steppedclock_leave(void);

/* terminal_setup() and terminal_teardown() in Japan. */
int steppedclock_setup(void **state);
int steppedclock_teardown(void **state);

#endif
