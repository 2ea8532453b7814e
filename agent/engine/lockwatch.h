/* Locks that root can undo and nothing of ours puts right, looked at with each sweep: one that is
 * broken is told, once while it stays so. These are those that /sys alone shows. */
#ifndef SEKISHO_LOCKWATCH_H
#define SEKISHO_LOCKWATCH_H

#include "tamper.h"

/* Zeroed: nothing was looked at. */
struct lockwatch {
	bool optical; /* was broken at the look before */
};

/* @root: a descriptor of "/". A drive that comes is closed by udev a moment later: it is told when
 * two looks in a row find it open. */
void lockwatch_look(struct lockwatch *watch, int root, struct tamper *tamper, int64_t now);

#endif
