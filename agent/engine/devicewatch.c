#include "devicewatch.h"

#include "cleanup.h"
#include "otherbus.h"
#include "units.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#define UEVENTS_A_TURN 256

static void take_other_bus(struct devicewatch *watch, const struct uevent *uevent)
{
	_cleanup_event_ struct event event = {};
	struct gate *gate = watch->gate;

	if (strcmp(uevent->bus, "pci") == 0) {
		slots_uevent(watch->slots, uevent);
		return;
	}
	/* The ports' own limit: it tells of what it held back when nothing more comes, too. */
	if (otherbus_uevent(watch->sysfs, watch->told, uevent, &gate->throttle, gate->now, &event))
		gate->tell(gate->user, &event);
}

static void take(struct devicewatch *watch, const struct uevent *uevent)
{
	if (uevent->type == UEVENT_OTHER_BUS)
		take_other_bus(watch, uevent);
	else if (uevent->type == UEVENT_DISK)
		disks_uevent(watch->disks, uevent);
	else if (uevent->type == UEVENT_UNIT)
		units_uevent(watch->gate, uevent);
	else if (watch->gate->devices >= 0)
		gate_uevent(watch->gate, uevent);
	else if (uevent->type != UEVENT_NOT_OURS)
		watch->gate->rescan = true;
}

static void see_overrun(struct devicewatch *watch)
{
	watch->overruns++;
	overrun_begin(&watch->overrun);
	gate_overrun(watch->gate);
	watch->disks->rescan = watch->slots->rescan = true;
	watch->looked_at_buses = false;
}

void devicewatch_tick(struct devicewatch *watch, int64_t now, bool all)
{
	_cleanup_event_ struct event event = {};
	uint64_t lost;

	if (!overrun_take(&watch->overrun, now, all, &lost) ||
	    event_begin(&event, EVENT_ENGINE_OVERRUN) < 0)
		return;
	if (lost > 0)
		event_set_number(&event, "count", lost);
	watch->gate->tell(watch->gate->user, &event);
}

/* What there is, but for what would keep everything else waiting. */
static int read_some(struct devicewatch *watch)
{
	for (int i = 0; i < UEVENTS_A_TURN; i++) {
		struct uevent uevent;
		int r = uevent_receive(watch->fd, &uevent);

		if (r == -EAGAIN) {
			overrun_end(&watch->overrun);
			return 0;
		}
		if (r == 0) {
			overrun_note(&watch->overrun, uevent.sequence);
			take(watch, &uevent);
		} else if (r == -ENOBUFS) {
			see_overrun(watch);
		} else if (r == -EBADMSG) {
			watch->strange++;
		} else {
			return r;
		}
	}
	return 0;
}

int devicewatch_read(struct devicewatch *watch)
{
	int r = read_some(watch);

	gate_catch_up(watch->gate);
	/* While some are still missing their number isn't known. */
	if (!watch->overrun.losing)
		devicewatch_tick(watch, watch->gate->now, false);
	return r;
}

/* The folder appears with usbcore, which may be loaded after us. */
static int open_devices(const struct devicewatch *watch)
{
	_cleanup_close_ int sysfs = open(watch->sysfs, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	return sysfs < 0 ? -1
			 : openat(sysfs, "bus/usb/devices", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

int devicewatch_scan(struct devicewatch *watch)
{
	struct gate *gate = watch->gate;

	if (!watch->looked_at_buses) {
		watch->looked_at_buses = true;
		otherbus_scan(&(struct otherbus_scan){watch->sysfs, OTHERBUS_KNOWN, watch->told,
						      watch->overruns > 0 ? NULL : "start",
						      &gate->throttle, gate->now, gate->tell,
						      gate->user});
	}
	disks_scan(watch->disks);
	slots_scan(watch->slots);
	/* With requests under way the queue could overflow for the same reason again. */
	if (!gate->rescan || gate->link->fd < 0 || gate->link->count > 0)
		return 0;
	if (gate->devices < 0)
		gate->devices = open_devices(watch);
	if (gate->devices < 0) {
		gate->rescan = false;
		return 0;
	}
	return gate_scan(gate);
}
