/* Taking its driver from a PCI function that was plugged in, for good: no other may have it either.
 */
#ifndef SEKISHO_CLOSESLOT_H
#define SEKISHO_CLOSESLOT_H

#include "closedisk.h"

/* @known: the list of what was there at the start. -EPERM: the function was, or the start is not
 * over, so it is none of the engine's to close; -EBUSY: a disk behind it is in use; -ESTALE,
 * -ENOENT: it has left; -EIO: it has a driver all the same. */
int closeslot_run(int sysfs, const char *known, const char *name, uint64_t inode,
		  closedisk_claim_fn *claim);

#endif
