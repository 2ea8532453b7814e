/* Two devices that can't be told apart by what they say of themselves. */
#ifndef SEKISHO_CLONE_H
#define SEKISHO_CLONE_H

#include "device.h"

/* Whether one of the devices, but @facts' own, has the same vendor, product and serial number and
 * is no clone itself: a copy that is refused doesn't keep out what it copies. A device without a
 * serial number is no clone: no rule can mean that one alone. */
bool clone_is_there(struct device *const *list, size_t count, const struct device_facts *facts);

#endif
