#include "slots.h"

#include "cleanup.h"
#include "pcifunction.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>

static void see(struct slots *slots, int sysfs, const char *name)
{
	struct pcifunction function;
	int known;

	if (pcifunction_read(sysfs, name, &function) < 0 || pcifunction_is_harmless(&function) ||
	    (function.closed && !function.driven))
		return;
	known = pcifunction_is_known(&function, slots->root, slots->known);
	/* Who can't read the list now may be able to in a moment; without one nothing is closed. */
	if (known < 0 && known != -ENOENT)
		slots->rescan = true;
	if (known != 0)
		return;
	if (privlink_ask(slots->gate->link, PRIV_SLOT_CLOSE, function.name, function.inode, 0) < 0)
		slots->rescan = true;
}

void slots_scan(struct slots *slots)
{
	_cleanup_close_ int sysfs = -1;
	const struct dirent *entry;
	DIR *directory;
	int fd;

	if (!slots->rescan || slots->gate->link->fd < 0)
		return;
	slots->rescan = false;
	sysfs = open(slots->sysfs, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	fd = openat(sysfs, "bus/pci/devices", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	directory = fd < 0 ? NULL : fdopendir(fd);
	if (!directory)
		return;
	while ((entry = readdir(directory)))
		see(slots, sysfs, entry->d_name);
	closedir(directory);
}

void slots_uevent(struct slots *slots, const struct uevent *uevent)
{
	_cleanup_close_ int sysfs = -1;

	/* What it says it is counts until its driver is known. */
	if (uevent->action != UEVENT_ADD && uevent->action != UEVENT_BIND)
		return;
	sysfs = open(slots->sysfs, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (sysfs >= 0)
		see(slots, sysfs, uevent->name);
}

/* Its numbers, if it is still there. */
static void describe(const struct slots *slots, const char *name, struct event *event)
{
	_cleanup_close_ int sysfs = open(slots->sysfs, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct pcifunction function;
	char device[PCIFUNCTION_NAME_MAX + 8];

	snprintf(device, sizeof(device), "pci %.15s", name);
	event_set(event, "device", device);
	if (pcifunction_read(sysfs, name, &function) == 0) {
		event_set(event, "vendor", function.vendor + strlen("0x"));
		event_set(event, "product", function.product + strlen("0x"));
	}
	event_set(event, "reason", "slot-closed");
}

void slots_retry(struct slots *slots)
{
	slots->rescan |= slots->retry;
	slots->retry = false;
}

void slots_done(struct slots *slots, const struct priv_request *request, int error)
{
	_cleanup_event_ struct event event = {};
	struct gate *gate = slots->gate;
	uint64_t suppressed;

	/* Gone by itself: that it came is told. */
	if (priv_has_left(error))
		error = 0;
	/* It was busy, perhaps for a moment. */
	slots->retry |= error < 0;
	if (error < 0 && strcmp(slots->fault_told, request->name) == 0)
		return;
	snprintf(slots->fault_told, sizeof(slots->fault_told), "%s",
		 error < 0 ? request->name : "");
	if (!throttle_allow(&gate->throttle, request->name, gate->now, &suppressed) ||
	    event_begin(&event, error < 0 ? EVENT_ENGINE_FAULT : EVENT_DEVICE_BLOCKED) < 0)
		return;
	if (error < 0) {
		event_set(&event, "fault", "slot-not-closed");
		event_set(&event, "error", strerror(-error));
	}
	if (suppressed > 0)
		event_set_number(&event, "suppressed", suppressed);
	describe(slots, request->name, &event);
	gate->tell(gate->user, &event);
}
