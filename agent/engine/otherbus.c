#include "otherbus.h"

#include "cleanup.h"
#include "file.h"

#include <fcntl.h>
#include <string.h>

/* What is told of a device: an event's field, and the attribute that has it. */
static const struct {
	const char *bus, *field, *attribute;
} told[] = {
	{"scsi", "manufacturer", "vendor"},
	{"scsi", "name", "model"},
	{"mmc", "name", "name"},
	{"mmc", "serial", "serial"},
	{"firewire", "name", "model_name"},
	{"pcmcia", "manufacturer", "prod_id1"},
	{"pcmcia", "name", "prod_id2"},
};

static bool is_closed(int bus)
{
	char value[8];

	return file_read_line(bus, "drivers_autoprobe", value, sizeof(value)) == 0 &&
	       strcmp(value, "0") == 0;
}

/* SCSI pads with blanks; "0x1234" is told as 1234, as it is of USB. */
static void set_value(struct event *event, const char *field, char *text)
{
	size_t length = strlen(text);

	while (length > 0 && text[length - 1] == ' ')
		text[--length] = '\0';
	event_set(event, field, strncmp(text, "0x", 2) == 0 ? text + 2 : text);
}

static void describe(int bus, const struct uevent *uevent, struct event *event)
{
	char path[UEVENT_NAME_MAX + 32], text[EVENT_VALUE_MAX];

	snprintf(path, sizeof(path), "%s %s", uevent->bus, uevent->name);
	event_set(event, "device", path);
	for (size_t i = 0; i < ARRAY_SIZE(told); i++) {
		if (strcmp(told[i].bus, uevent->bus) != 0)
			continue;
		snprintf(path, sizeof(path), "devices/%s/%s", uevent->name, told[i].attribute);
		if (file_read_line(bus, path, text, sizeof(text)) == 0)
			set_value(event, told[i].field, text);
	}
	event_set(event, "reason", "bus-closed");
}

bool otherbus_uevent(const char *sysfs, const struct uevent *uevent, struct throttle *throttle,
		     int64_t now, struct event *event)
{
	_cleanup_close_ int bus = -1;
	uint64_t suppressed;
	char path[256];

	if (uevent->action != UEVENT_ADD)
		return false;
	if (snprintf(path, sizeof(path), "%s/bus/%s", sysfs, uevent->bus) >= (int)sizeof(path))
		return false;
	bus = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (bus < 0 || !is_closed(bus) ||
	    !throttle_allow(throttle, uevent->name, now, &suppressed) ||
	    event_begin(event, EVENT_DEVICE_BLOCKED) < 0)
		return false;
	if (suppressed > 0)
		event_set_number(event, "suppressed", suppressed);
	describe(bus, uevent, event);
	return true;
}
