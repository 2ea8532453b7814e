/* PCI functions that are plugged in while the machine runs: the kernel gives them their driver
 * whatever drivers_autoprobe says (drivers/pci/bus.c, pci_bus_add_device), so the root half takes
 * it. What was there at the start, at the same place and with the same numbers, may come back. */
#ifndef SEKISHO_SLOTS_H
#define SEKISHO_SLOTS_H

#include "gate.h"

struct slots {
	const char *sysfs; /* "/sys" */
	int root; /* "/", or AT_FDCWD for the working directory */
	const char *known; /* below it: PCIFUNCTION_KNOWN; nothing is closed until it is there */
	struct gate *gate; /* borrowed: its link, how often may be told, and to whom */
	bool rescan; /* something was missed */
	bool retry; /* one could not be closed: it is tried again with the next beat */
	char fault_told[PRIV_NAME_MAX]; /* the last one of which that was told */
};

/* Looks at all that are there, where slots.rescan says so and the root half can be asked. */
void slots_scan(struct slots *slots);

/* A device joined the PCI bus. */
void slots_uevent(struct slots *slots, const struct uevent *uevent);

/* Looks again, if one could not be closed. */
void slots_retry(struct slots *slots);

/* A reply of the root half to PRIV_SLOT_CLOSE: 0 or -errno. */
void slots_done(struct slots *slots, const struct priv_request *request, int error);

#endif
