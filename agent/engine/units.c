#include "units.h"

#include "cleanup.h"
#include "file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

/* The rule of udev's asks whether it is there, we whether it says that the unit is to be told. */
static const char *const notes[] = {
	[UNITS_ALL] = "all",
	[UNITS_AUDITED] = "audited",
};

static void note_path(const char *folder, const char *interface, char path[static PATH_MAX])
{
	snprintf(path, PATH_MAX, "%s/units-%s", folder, interface);
}

int units_note(const char *folder, const char *interface, enum units units)
{
	_cleanup_close_ int fd = -1;
	char path[PATH_MAX];
	size_t length;

	if (!folder)
		return 0;
	note_path(folder, interface, path);
	if (units == UNITS_FIRST)
		return unlink(path) < 0 && errno != ENOENT ? -errno : 0;
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0644);
	if (fd < 0)
		return -errno;
	length = strlen(notes[units]);
	return write(fd, notes[units], length) == (ssize_t)length ? 0 : -EIO;
}

static enum units read_note(const char *folder, const char *interface)
{
	char path[PATH_MAX], word[16];

	if (!folder)
		return UNITS_FIRST;
	note_path(folder, interface, path);
	if (file_read_line(AT_FDCWD, path, word, sizeof(word)) < 0)
		return UNITS_FIRST;
	return strcmp(word, notes[UNITS_ALL]) == 0 ? UNITS_ALL : UNITS_AUDITED;
}

/* The USB device is what people know; which of its units it was stands before it. */
static void describe(const struct gate *gate, const struct uevent *uevent, const char *name,
		     struct event *event)
{
	const struct device *device = gate_find(gate, name);
	char unit[UEVENT_NAME_MAX + sizeof("scsi ")];

	if (device)
		device_describe(device, gate->rules, event);
	snprintf(unit, sizeof(unit), "scsi %s", uevent->name);
	event_set(event, "device", unit);
	event_set(event, "path", name);
	event_set(event, "reason", "second-unit");
}

void units_uevent(struct gate *gate, const struct uevent *uevent)
{
	_cleanup_event_ struct event event = {};
	enum units units = read_note(gate->run, uevent->interface);
	char name[UEVENT_NAME_MAX];
	uint64_t suppressed;

	snprintf(name, sizeof(name), "%.*s", (int)strcspn(uevent->interface, ":"),
		 uevent->interface);
	if (uevent->action != UEVENT_ADD || units == UNITS_ALL ||
	    !throttle_allow(&gate->throttle, name, gate->now, &suppressed) ||
	    event_begin(&event,
			units == UNITS_AUDITED ? EVENT_DEVICE_AUDITED : EVENT_DEVICE_BLOCKED) < 0)
		return;
	if (suppressed > 0)
		event_set_number(&event, "suppressed", suppressed);
	describe(gate, uevent, name, &event);
	gate->tell(gate->user, &event);
}
