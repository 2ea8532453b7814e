/* Devices that join a bus other than USB. The kernel gives them no driver (sekisho-buses.service);
 * what is left to do is to tell. */
#ifndef SEKISHO_OTHERBUS_H
#define SEKISHO_OTHERBUS_H

#include "event.h"
#include "throttle.h"
#include "uevent.h"

/* A device that came to a closed bus becomes @event, device.blocked, and the answer true; what
 * comes before the buses are closed is the machine's own. @sysfs: "/sys"; @told: OTHERBUS_TOLD, in
 * which it is noted; @now: monotonic, ms. */
bool otherbus_uevent(const char *sysfs, const char *told, const struct uevent *uevent,
		     struct throttle *throttle, int64_t now, struct event *event);

/* What was there without a driver when the buses were closed (packaging/buses). */
#define OTHERBUS_KNOWN "/run/sekisho-buses/waiting"

/* What was told of since the machine started, so that a restart of ours doesn't tell it again. */
#define OTHERBUS_TOLD "/run/sekishod/told"

struct otherbus_scan {
	const char *sysfs; /* "/sys" */
	const char *known; /* OTHERBUS_KNOWN */
	const char *told; /* OTHERBUS_TOLD */
	const char *when; /* what the event says of it; NULL: nothing */
	struct throttle *throttle;
	int64_t now; /* monotonic, ms */
	void (*tell)(void *user, const struct event *event);
	void *user;
};

/* Tells of what came to a closed bus while nobody listened, as otherbus_uevent() would have. */
void otherbus_scan(const struct otherbus_scan *scan);

#endif
