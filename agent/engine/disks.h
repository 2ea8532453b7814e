/* Disks against the inventory, sekisho-disks.conf(5): one that is not on it is taken away by the
 * root half, at the start as well as when it comes.
 *
 * Only while the inventory names the disks below the root file system, and is therefore this
 * machine's: else nothing is closed, which is told. What is in use the root half refuses to close,
 * which is told too. */
#ifndef SEKISHO_DISKS_H
#define SEKISHO_DISKS_H

#include "gate.h"
#include "inventory.h"

struct disks {
	const char *path; /* of the inventory */
	const char *sysfs; /* "/sys" */
	const char *mountinfo; /* "/proc/self/mountinfo" */
	struct gate *gate; /* borrowed: its link, how often may be told, and to whom */
	struct inventory inventory;
	bool armed; /* the inventory was read and is this machine's */
	char error[CONFIG_ERROR_MAX]; /* why nothing is closed, or why the last reading failed */
	bool rescan; /* something was missed */
	bool retry; /* one could not be closed: it is tried again with the next beat */
	char fault_told[PRIV_NAME_MAX]; /* the last one of which that was told */
	bool unread; /* the last scan failed, which was told */
	struct disk *strangers; /* asked to be closed */
	size_t n_strangers;
};

/* Reads the inventory; a wrong one leaves the last good one in force. All disks are looked at. */
void disks_load(struct disks *disks);

/* Looks at all disks, where disks.rescan says so and the root half can be asked. */
void disks_scan(struct disks *disks);

/* A disk came or went. */
void disks_uevent(struct disks *disks, const struct uevent *uevent);

/* Looks again, if one could not be closed. */
void disks_retry(struct disks *disks);

/* A reply of the root half to PRIV_DISK_CLOSE: 0 or -errno. */
void disks_done(struct disks *disks, const struct priv_request *request, int error);

/* The link to the root half is gone with all that was under way. */
void disks_unlinked(struct disks *disks);

/* True if no request is under way, nor a scan due. */
bool disks_idle(const struct disks *disks);

void disks_release(struct disks *disks);

#endif
