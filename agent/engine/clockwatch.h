/* Was the terminal's clock set? The kernel wakes us when it is (timerfd_create(2),
 * TFD_TIMER_CANCEL_ON_SET). By how much is seen in CLOCK_REALTIME against CLOCK_BOOTTIME: a clock
 * that is made to go faster or slower does so in both, and both go on in sleep, so that the
 * difference of the two changes by steps alone. */
#ifndef SEKISHO_CLOCKWATCH_H
#define SEKISHO_CLOCKWATCH_H

#include "event.h"

#include <stdbool.h>
#include <stdint.h>

/* Smaller steps are told when they have come to this much: a time service may make small ones. */
#define CLOCKWATCH_STEP_US 1000000

struct clockwatch {
	int fd; /* readable when the clock was set */
	int64_t difference_us; /* real time less boot time, as last told */
};

struct clockwatch_step {
	int64_t before_us, after_us; /* the clock with and without the step, since 1970 UTC */
};

/* -errno. */
int clockwatch_open(struct clockwatch *watch);
void clockwatch_close(struct clockwatch *watch);

/* To be called when .fd is readable. True: the clock was set; *ret_step is to be told. */
bool clockwatch_dispatch(struct clockwatch *watch, struct clockwatch_step *ret_step);

/* The decision. *difference_us is what was told last; it is brought up to date with the step. Pure.
 */
bool clockwatch_judge(int64_t *difference_us, int64_t realtime_us, int64_t boottime_us,
		      struct clockwatch_step *ret_step);

/* The fields of clock.changed. */
void clockwatch_describe(const struct clockwatch_step *step, struct event *event);

#endif
