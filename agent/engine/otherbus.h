/* Devices that join a bus other than USB. The kernel gives them no driver (sekisho-buses.service);
 * what is left to do is to tell. */
#ifndef SEKISHO_OTHERBUS_H
#define SEKISHO_OTHERBUS_H

#include "gate.h"

/* Tells a device that came to a closed bus as device.blocked. What comes before the buses are
 * closed is the machine's own. @sysfs: "/sys". */
void otherbus_uevent(struct gate *gate, const char *sysfs, const struct uevent *uevent);

#endif
