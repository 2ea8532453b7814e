#include "otherbus.h"

#include "cleanup.h"
#include "file.h"
#include "number.h"
#include "otherbuses.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define LIST_MAX ((size_t)256 * 1024)

/* What is told of a device: an event's field, and the attribute that has it. */
static const struct {
	const char *bus, *field, *attribute;
} attributes[] = {
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
	for (size_t i = 0; i < ARRAY_SIZE(attributes); i++) {
		if (strcmp(attributes[i].bus, uevent->bus) != 0)
			continue;
		snprintf(path, sizeof(path), "devices/%s/%s", uevent->name,
			 attributes[i].attribute);
		if (file_read_line(bus, path, text, sizeof(text)) == 0)
			set_value(event, attributes[i].field, text);
	}
	event_set(event, "reason", "bus-closed");
}

static int open_bus(const char *sysfs, const char *name)
{
	char path[256];

	if (snprintf(path, sizeof(path), "%s/bus/%s", sysfs, name) >= (int)sizeof(path))
		return -ENAMETOOLONG;
	return open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

/* Where it can't be noted, or there are too many, it is told again. */
static void remember(const char *told, int bus, const char *name)
{
	char path[UEVENT_NAME_MAX + 32], line[32];
	struct stat device, list;
	_cleanup_close_ int fd = -1;
	int length;

	snprintf(path, sizeof(path), "devices/%s", name);
	if (fstatat(bus, path, &device, 0) < 0)
		return;
	fd = open(told, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600);
	length = snprintf(line, sizeof(line), "%llu\n", (unsigned long long)device.st_ino);
	if (fd >= 0 && fstat(fd, &list) == 0 && list.st_size < (off_t)(LIST_MAX - sizeof(line)) &&
	    write(fd, line, (size_t)length) != length)
		unlink(told);
}

bool otherbus_uevent(const char *sysfs, const char *told, const struct uevent *uevent,
		     struct throttle *throttle, int64_t now, struct event *event)
{
	_cleanup_close_ int bus = -1;
	uint64_t suppressed;

	if (uevent->action != UEVENT_ADD)
		return false;
	bus = open_bus(sysfs, uevent->bus);
	if (bus < 0 || !is_closed(bus) ||
	    !throttle_allow(throttle, uevent->name, now, &suppressed) ||
	    event_begin(event, EVENT_DEVICE_BLOCKED) < 0)
		return false;
	if (suppressed > 0)
		event_set_number(event, "suppressed", suppressed);
	describe(bus, uevent, event);
	remember(told, bus, uevent->name);
	return true;
}

/* The list has a line each: the inode number of a device's folder, which sysfs doesn't give twice,
 * and its path. Where there is none nobody is known. */
static bool is_listed(const char *list, uint64_t inode)
{
	_cleanup_close_ int fd = open(list, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	_cleanup_free_ char *text = NULL;
	char *rest;
	size_t length;

	if (fd < 0 || file_read_all(fd, LIST_MAX, &text, &length) < 0)
		return false;
	rest = text;
	for (char *line = strsep(&rest, "\n"); line; line = strsep(&rest, "\n")) {
		uint64_t listed;

		line[strcspn(line, " ")] = '\0';
		if (number_parse(line, 0, UINT64_MAX, &listed) == 0 && listed == inode)
			return true;
	}
	return false;
}

/* A device without a driver, that is neither the machine's own nor behind USB, where its interface
 * was judged. Hosts and targets are a disk's way, which no driver takes. */
static bool was_missed(int bus, const char *name, const struct otherbus_scan *scan)
{
	char path[UEVENT_NAME_MAX + 32], place[PATH_MAX] = "";
	struct stat status;

	if (name[0] == '.' || strlen(name) >= UEVENT_NAME_MAX || strncmp(name, "host", 4) == 0 ||
	    strncmp(name, "target", 6) == 0)
		return false;
	snprintf(path, sizeof(path), "devices/%s/driver", name);
	if (faccessat(bus, path, F_OK, 0) == 0)
		return false;
	snprintf(path, sizeof(path), "devices/%s", name);
	if (readlinkat(bus, path, place, sizeof(place) - 1) > 0 && strstr(place, "/usb"))
		return false;
	return fstatat(bus, path, &status, 0) == 0 && !is_listed(scan->known, status.st_ino) &&
	       !is_listed(scan->told, status.st_ino);
}

static void scan_bus(const struct otherbus_scan *scan, const char *name)
{
	_cleanup_close_ int bus = open_bus(scan->sysfs, name);
	const struct dirent *entry;
	DIR *directory;
	int fd;

	if (bus < 0 || !is_closed(bus))
		return;
	fd = openat(bus, "devices", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	directory = fd < 0 ? NULL : fdopendir(fd);
	while (directory && (entry = readdir(directory))) {
		_cleanup_event_ struct event event = {};
		struct uevent uevent = {
			.action = UEVENT_ADD, .type = UEVENT_OTHER_BUS, .bus = name};

		if (!was_missed(bus, entry->d_name, scan))
			continue;
		snprintf(uevent.name, sizeof(uevent.name), "%.*s", UEVENT_NAME_MAX - 1,
			 entry->d_name);
		if (!otherbus_uevent(scan->sysfs, scan->told, &uevent, scan->throttle, scan->now,
				     &event))
			continue;
		event_set(&event, "when", scan->when);
		scan->tell(scan->user, &event);
	}
	if (directory)
		closedir(directory);
}

void otherbus_scan(const struct otherbus_scan *scan)
{
	for (size_t i = 0; i < OTHERBUSES_COUNT; i++)
		scan_bus(scan, otherbuses[i]);
}
