/* The sweep: looks whether what Sekisho keeps is still as it was left, and has put right what is
 * not. It rides on the beat that feeds systemd's watchdog, so that it costs no wake-up of its own.
 *
 * Every value that is written was written before, by the gate or by sekisho-buses.service; the
 * sweep only finds that somebody changed it. */
#ifndef SEKISHO_SWEEP_H
#define SEKISHO_SWEEP_H

#include "gate.h"
#include "otherbuses.h"
#include "tamper.h"

#define SWEEP_MS 30000 /* the longest time between two */

struct sweep {
	/* Places: tests have others. */
	const char *sysfs; /* "/sys" */
	const char *buses; /* buses.conf: which are to be closed */
	const char *buses_closed; /* there once sekisho-buses.service closed them */
	const char *radio_rules[2]; /* instead of ours: radios are none of ours */
	const char *udev_data; /* what rules said of devices: SEKISHO_RADIO=allow */
	bool seen_closed[OTHERBUSES_COUNT];
};

/* Looks once, @gate judging. What is found goes to the gate's .tamper. */
void sweep_values(struct sweep *sweep, struct gate *gate);

#endif
