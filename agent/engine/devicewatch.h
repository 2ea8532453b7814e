/* What the kernel tells of devices, on its way to those who deal with it: USB's to the gate, disks
 * to the inventory, other buses' to the journal. */
#ifndef SEKISHO_DEVICEWATCH_H
#define SEKISHO_DEVICEWATCH_H

#include "disks.h"
#include "gate.h"
#include "overrun.h"
#include "slots.h"

struct devicewatch {
	int fd; /* of uevent_open() */
	const char *sysfs; /* "/sys" */
	const char *told; /* OTHERBUS_TOLD */
	struct gate *gate; /* borrowed; .devices is opened here */
	struct disks *disks; /* borrowed */
	struct slots *slots; /* borrowed */
	bool looked_at_buses; /* for what joined them while nobody listened */
	uint64_t overruns, strange; /* messages lost; messages that were not the kernel's */
	struct overrun overrun;
};

/* Takes what the kernel said, a good deal of it a turn. -errno: it can't be heard any longer. */
int devicewatch_read(struct devicewatch *watch);

/* Tells of messages that were lost and not told yet: what is told at once or at a beat; @all: now.
 */
void devicewatch_tick(struct devicewatch *watch, int64_t now, bool all);

/* Looks at everything anew where something was missed and the root half has nothing to do. -errno
 * if sysfs can't be read. */
int devicewatch_scan(struct devicewatch *watch);

#endif
