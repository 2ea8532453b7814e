/* A device to be judged by the rules as they stand in files: one that is plugged in, or one that
 * the journal tells of. */
#ifndef SEKISHO_KNOWN_DEVICE_H
#define SEKISHO_KNOWN_DEVICE_H

#include "agent/engine/judge.h"

#include <jansson.h>

struct known_device {
	struct device_facts facts;
	bool foreign; /* a driver that is not of its class took it: no rule changes that */
	bool closed; /* it is plugged in and not let in */
	const char *other; /* why it was refused, of what is no USB device: no rule is about it */
	bool cut; /* the event's list of interfaces is not whole */
};

/* Named @what ("1-1.2") below @sysfs, or by an event's id or number in the journal at @journal.
 * -ENOENT: neither is there; -EBADMSG: the event is not about a device. */
int known_device_find(const char *sysfs, const char *journal, const char *what,
		      struct known_device *ret_device);

/* What an event's fields tell. Texts are as recorded: escaped. -EBADMSG. */
int known_device_from_event(const json_t *fields, struct known_device *ret_device);

/* "030101 080650" or "03:01:01 08:06:50" into interfaces, up to the "..." of a list that was cut.
 * -EBADMSG. */
int known_device_interfaces(const char *text, struct usb_descriptors *descriptors, bool *ret_cut);

/* Tells the user of @command why there is none; returns COMMAND_ERROR. */
int known_device_fail(const char *command, const char *what, int error);

#endif
