#include "disks.h"

#include "carry.h"
#include "cleanup.h"
#include "rootdisk.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

static void tell_error(const struct disks *disks)
{
	_cleanup_event_ struct event event = {};

	fprintf(stderr, "sekishod: %s\n", disks->error);
	if (event_begin(&event, EVENT_POLICY_REJECTED) < 0)
		return;
	event_set(&event, "error", disks->error);
	disks->gate->tell(disks->gate->user, &event);
}

/* Is this machine's root file system on disks of the inventory? */
static void arm(struct disks *disks)
{
	_cleanup_close_ int sysfs = open(disks->sysfs, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	_cleanup_close_ int mounts = open(disks->mountinfo, O_RDONLY | O_CLOEXEC);
	char name[DISK_NAME_MAX] = "";
	struct config_error error;
	int r = -ENODATA;

	if (sysfs >= 0 && mounts >= 0)
		r = rootdisk_covered(sysfs, mounts, &disks->inventory, name);
	disks->armed = r == 0;
	if (r == -ENXIO)
		config_fail(&error, r, disks->path, 0,
			    "does not name %s, the disk of the root file system: no disk is closed;"
			    " see 'sekisho disks', then 'sekisho disks add %s'",
			    name, name);
	else if (r < 0)
		config_fail(&error, r, disks->path, 0,
			    "the disk of the root file system can't be told: no disk is closed");
	if (r < 0)
		memcpy(disks->error, error.text, sizeof(disks->error));
}

static void tell_loaded(const struct disks *disks)
{
	_cleanup_event_ struct event event = {};

	if (event_begin(&event, EVENT_POLICY_LOADED) < 0)
		return;
	event_set(&event, "file", disks->path);
	event_set_number(&event, "rules", disks->inventory.count);
	disks->gate->tell(disks->gate->user, &event);
}

void disks_load(struct disks *disks)
{
	struct config_error error;
	struct inventory inventory;
	int r = inventory_load(disks->path, 0, &inventory, &error);

	disks->error[0] = '\0';
	disks->rescan = true;
	if (r == -ENOENT) {
		inventory_free(&disks->inventory);
		disks->armed = false;
		config_fail(&error, r, disks->path, 0,
			    "is not there: no disk is closed; 'sekisho disks enrol' makes it");
	}
	if (r < 0) {
		memcpy(disks->error, error.text, sizeof(disks->error));
		tell_error(disks);
		return;
	}
	inventory_free(&disks->inventory);
	disks->inventory = inventory;
	arm(disks);
	if (disks->armed)
		tell_loaded(disks);
	else
		tell_error(disks);
}

static struct disk *find_stranger(const struct disks *disks, const char *name, uint64_t inode)
{
	for (size_t i = 0; i < disks->n_strangers; i++)
		if (disks->strangers[i].inode == inode &&
		    strcmp(disks->strangers[i].name, name) == 0)
			return &disks->strangers[i];
	return NULL;
}

static bool remember(struct disks *disks, const struct disk *disk)
{
	struct disk *grown;

	if (disks->n_strangers == DISK_LIST_MAX)
		return false;
	grown = realloc(disks->strangers, (disks->n_strangers + 1) * sizeof(*grown));
	if (!grown)
		return false;
	disks->strangers = grown;
	grown[disks->n_strangers++] = *disk;
	return true;
}

static void forget(struct disks *disks, struct disk *disk)
{
	*disk = disks->strangers[--disks->n_strangers];
	if (disks->n_strangers > 0)
		return;
	free(disks->strangers);
	disks->strangers = NULL;
}

static void see(struct disks *disks, const struct disk *disk)
{
	if (!disks->armed || inventory_find(&disks->inventory, disk) ||
	    find_stranger(disks, disk->name, disk->inode))
		return;
	if (privlink_ask(disks->gate->link, PRIV_DISK_CLOSE, disk->name, disk->inode, 0) < 0 ||
	    !remember(disks, disk))
		disks->rescan = true;
}

void disks_scan(struct disks *disks)
{
	_cleanup_close_ int sysfs = -1;
	_cleanup_free_ struct disk *list = NULL;
	size_t count = 0;

	if (!disks->rescan || disks->gate->link->fd < 0)
		return;
	disks->rescan = false;
	sysfs = open(disks->sysfs, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (sysfs < 0 || disk_list(sysfs, &list, &count) < 0) {
		if (!disks->unread)
			carry_tell_fault(disks->gate, "disks-not-read", NULL, -EIO);
		disks->unread = disks->rescan = true;
		return;
	}
	disks->unread = false;
	for (size_t i = 0; i < count; i++)
		see(disks, &list[i]);
}

void disks_uevent(struct disks *disks, const struct uevent *uevent)
{
	_cleanup_close_ int sysfs = -1;
	struct disk disk = {};
	int r;

	if (uevent->action != UEVENT_ADD || !disks->armed)
		return;
	sysfs = open(disks->sysfs, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	r = sysfs < 0 ? -errno : disk_read(sysfs, uevent->name, &disk);
	if (r == 0)
		see(disks, &disk);
	else if (r != -ENOTBLK && r != -ENOENT)
		disks->rescan = true;
}

static void describe(const struct disk *disk, struct event *event)
{
	char device[DISK_NAME_MAX + DISK_BUS_MAX + 2];

	snprintf(device, sizeof(device), "%s %s", disk->bus, disk->name);
	event_set(event, "device", device);
	event_set(event, "name", disk->model);
	event_set(event, "serial", disk->serial);
	event_set(event, "wwid", disk->wwid);
	event_set(event, "path", disk->path);
	event_set(event, "reason", "not-in-inventory");
}

/* @error: why it is still there. */
static void tell(const struct disks *disks, const struct disk *disk, int error)
{
	_cleanup_event_ struct event event = {};
	struct gate *gate = disks->gate;
	uint64_t suppressed;

	if (!throttle_allow(&gate->throttle, disk->name, gate->now, &suppressed) ||
	    event_begin(&event, error < 0 ? EVENT_ENGINE_FAULT : EVENT_DEVICE_BLOCKED) < 0)
		return;
	if (error < 0) {
		event_set(&event, "fault", "disk-not-closed");
		event_set(&event, "error", strerror(-error));
	}
	if (suppressed > 0)
		event_set_number(&event, "suppressed", suppressed);
	describe(disk, &event);
	if (gate->starting)
		event_set(&event, "when", "start");
	gate->tell(gate->user, &event);
}

void disks_done(struct disks *disks, const struct priv_request *request, int error)
{
	struct disk *disk = find_stranger(disks, request->name, request->inode);

	if (!disk)
		return;
	/* Gone by itself, or with another one of the same controller: that it came is told. */
	if (priv_has_left(error))
		error = 0;
	/* It was busy, perhaps for a moment. */
	disks->retry |= error < 0;
	if (error == 0 || strcmp(disks->fault_told, request->name) != 0)
		tell(disks, disk, error);
	snprintf(disks->fault_told, sizeof(disks->fault_told), "%s",
		 error < 0 ? request->name : "");
	forget(disks, disk);
}

void disks_retry(struct disks *disks)
{
	disks->rescan |= disks->retry;
	disks->retry = false;
}

void disks_unlinked(struct disks *disks)
{
	free(disks->strangers);
	disks->strangers = NULL;
	disks->n_strangers = 0;
	disks->rescan = true;
}

bool disks_idle(const struct disks *disks)
{
	return disks->n_strangers == 0 && !disks->rescan;
}

void disks_release(struct disks *disks)
{
	disks_unlinked(disks);
	inventory_free(&disks->inventory);
}
