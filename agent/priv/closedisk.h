/* Taking a disk away: a SCSI disk is deleted from its bus, any other loses its driver.
 *
 * What is in use can't be taken away by mistake: before, the disk is held (diskhold.h). */
#ifndef SEKISHO_CLOSEDISK_H
#define SEKISHO_CLOSEDISK_H

#include "bearer.h"

#include <stddef.h>
#include <stdint.h>

#define CLOSEDISK_CLAIMS_MAX 64 /* held; of what is beyond it is seen that nobody uses it */

/* Disks that are held. */
struct closedisk_claims {
	int fds[CLOSEDISK_CLAIMS_MAX];
	size_t count;
};

/* diskhold_open(), or what plays it. */
typedef int closedisk_claim_fn(const char *name, const char *number, int tries);

/* Takes away the disk @name, if its folder below /sys/block is still @inode (-ESTALE), with all
 * that hangs on the same device, such as another namespace: -EBUSY if one of these is in use.
 * -ENOTBLK: one has no node, so that can't be told; one that does not answer holds nothing up.
 * -EOPNOTSUPP: it has neither a file "delete" nor a driver; -EIO: it is there all the same. */
int closedisk_run(int sysfs, const char *name, uint64_t inode, closedisk_claim_fn *claim);

/* Holds all disks behind @bearer: -EBUSY if one is in use. What was held until then is held on an
 * error too: closedisk_release() is the caller's. */
int closedisk_claim_behind(int sysfs, const struct bearer *bearer, closedisk_claim_fn *claim,
			   struct closedisk_claims *claims);
void closedisk_release(const struct closedisk_claims *claims);

#endif
