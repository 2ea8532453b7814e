#include "verb.h"

#include "below.h"
#include "cleanup.h"
#include "closedisk.h"
#include "closeslot.h"
#include "node.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum target {
	TARGET_NONE, /* no name */
	TARGET_BUS, /* usb1 */
	TARGET_DEVICE, /* 1-1.2 */
	TARGET_INTERFACE, /* 1-1.2:1.0 */
	TARGET_DISK, /* nvme0n1 */
	TARGET_FUNCTION, /* 0000:03:00.0 */
	TARGET_OTHER_BUS, /* one of other_buses */
	TARGET_RADIO, /* rfkill0 */
};

struct row {
	enum target target;
	const char *value;
	const char *attributes[3]; /* written in this order and read back, up to NULL */
	const char *file; /* or: the name is written here */
	bool below_closed_bus; /* legal only if its interfaces will wait */
	bool after_its_device; /* only when the kernel is through with configuring that */
};

static const struct row rows[PRIV_VERB_END] = {
	[PRIV_DEFAULT_DENY] = {TARGET_NONE, "0", {"authorized_default"}, NULL, false, false},
	[PRIV_BUS_DENY] = {TARGET_BUS,
			   "0",
			   {"interface_authorized_default", "authorized_default"},
			   NULL,
			   false,
			   false},
	[PRIV_DEVICE_OPEN] = {TARGET_DEVICE, "1", {"authorized"}, NULL, true, false},
	[PRIV_DEVICE_CLOSE] = {TARGET_DEVICE, "0", {"authorized"}, NULL, false, false},
	[PRIV_INTERFACE_OPEN] = {TARGET_INTERFACE, "1", {"authorized"}, NULL, false, true},
	[PRIV_INTERFACE_CLOSE] = {TARGET_INTERFACE, "0", {"authorized"}, NULL, false, false},
	[PRIV_INTERFACE_PROBE] =
		{TARGET_INTERFACE, NULL, {}, "bus/usb/drivers_probe", false, false},
	[PRIV_INTERFACE_BIND_HID] =
		{TARGET_INTERFACE, NULL, {}, "bus/usb/drivers/usbhid/bind", false, false},
	[PRIV_INTERFACE_BIND_HUB] =
		{TARGET_INTERFACE, NULL, {}, "bus/usb/drivers/hub/bind", false, false},
	[PRIV_SLOT_CLOSE] = {TARGET_FUNCTION, NULL, {}, NULL, false, false}, /* closeslot.c */
	[PRIV_DISK_CLOSE] = {TARGET_DISK, NULL, {}, NULL, false, false}, /* closedisk.c */
	[PRIV_NODE_CLOSE] = {TARGET_DEVICE, NULL, {}, NULL, false, false},
	[PRIV_OTHER_BUS_DENY] = {TARGET_OTHER_BUS, "0", {"drivers_autoprobe"}, NULL, false, false},
	[PRIV_RADIO_OFF] = {TARGET_RADIO, NULL, {}, NULL, false, false},
};

static const char *const other_buses[] = {"scsi", "mmc", "memstick", "firewire", "pcmcia"};

static bool is_other_bus(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(other_buses); i++)
		if (strcmp(name, other_buses[i]) == 0)
			return true;
	return false;
}

/* Skips a decimal number of at most three digits; false if there is none. */
static bool skip_number(const char **text)
{
	size_t digits = strspn(*text, "0123456789");

	*text += digits;
	return digits >= 1 && digits <= 3;
}

/* NUMBER-NUMBER[.NUMBER]... as the kernel names USB devices (usb_alloc_dev). */
static bool skip_device(const char **text)
{
	if (!skip_number(text) || *(*text)++ != '-' || !skip_number(text))
		return false;
	while (**text == '.') {
		(*text)++;
		if (!skip_number(text))
			return false;
	}
	return true;
}

/* Hexadecimal digits, as the kernel writes them: @least to @most. */
static bool skip_hex(const char **text, size_t least, size_t most)
{
	size_t digits = strspn(*text, "0123456789abcdef");

	*text += digits;
	return digits >= least && digits <= most;
}

static bool name_fits(const char *name, enum target target)
{
	switch (target) {
	case TARGET_NONE:
		break;
	case TARGET_BUS:
		if (strncmp(name, "usb", 3) != 0)
			return false;
		name += 3;
		if (!skip_number(&name))
			return false;
		break;
	case TARGET_DEVICE:
		if (!skip_device(&name))
			return false;
		break;
	case TARGET_DISK:
		/* As DISK_NAME_LEN and the drivers have it; '!' stands for a slash. */
		if (*name == '\0' || strlen(name) > 31)
			return false;
		name += strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_!-");
		break;
	case TARGET_FUNCTION:
		if (!skip_hex(&name, 4, 6) || *name++ != ':' || !skip_hex(&name, 2, 2) ||
		    *name++ != ':' || !skip_hex(&name, 2, 2) || *name++ != '.' ||
		    !skip_hex(&name, 1, 1))
			return false;
		break;
	case TARGET_INTERFACE:
		if (!skip_device(&name) || *name++ != ':' || !skip_number(&name) ||
		    *name++ != '.' || !skip_number(&name))
			return false;
		break;
	case TARGET_OTHER_BUS:
		return is_other_bus(name);
	case TARGET_RADIO:
		if (strncmp(name, "rfkill", 6) != 0)
			return false;
		name += 6;
		if (!skip_number(&name))
			return false;
		break;
	}
	return *name == '\0';
}

int verb_check(const struct priv_request *request)
{
	size_t length = strnlen(request->name, sizeof(request->name));

	if (request->version != PRIV_VERSION || request->verb == 0 ||
	    request->verb >= PRIV_VERB_END || length == sizeof(request->name))
		return -EINVAL;
	for (size_t i = length; i < sizeof(request->name); i++)
		if (request->name[i] != '\0')
			return -EINVAL;
	return name_fits(request->name, rows[request->verb].target) ? 0 : -EINVAL;
}

static int open_target(int sysfs, const struct priv_request *request)
{
	static const char *const folders[] = {
		[TARGET_NONE] = "module/usbcore/parameters",
		[TARGET_BUS] = "bus/usb/devices/",
		[TARGET_DEVICE] = "bus/usb/devices/",
		[TARGET_INTERFACE] = "bus/usb/devices/",
		[TARGET_OTHER_BUS] = "bus/",
		[TARGET_RADIO] = "class/rfkill/",
	};
	enum target target = rows[request->verb].target;
	char path[sizeof("module/usbcore/parameters") + PRIV_NAME_MAX];
	_cleanup_close_ int directory = -1;
	struct stat status;

	snprintf(path, sizeof(path), "%s%s", folders[target], request->name);
	directory = below_open(sysfs, path, O_RDONLY | O_DIRECTORY);
	/* These are only ever closed: whatever has the name now. */
	if (directory < 0 || target == TARGET_NONE || target == TARGET_OTHER_BUS ||
	    target == TARGET_RADIO)
		return steal_fd(&directory);
	if (fstat(directory, &status) < 0)
		return -errno;
	if (status.st_ino != request->inode)
		return -ESTALE;
	return steal_fd(&directory);
}

/* An attribute of one digit: 0 if it has the @value, -EIO if another one. */
static int expect_attribute(int directory, const char *path, const char *value)
{
	char text[8];
	int r = below_read(directory, path, text, sizeof(text));

	if (r < 0)
		return r;
	return strcmp(text, value) == 0 ? 0 : -EIO;
}

/* One attribute, written through the pinned directory and read back: "0" or "1". */
static int set_attribute(int directory, const char *name, const char *value)
{
	int r = below_write(directory, name, value);

	return r < 0 ? r : expect_attribute(directory, name, value);
}

/* The device is pinned already: if its bus is replaced by an open one meanwhile, it is gone with
 * the old one, and opening it has no effect. */
static int expect_closed_bus(int sysfs, const char *device)
{
	char path[sizeof("bus/usb/devices/usb123/interface_authorized_default")];
	int r;

	snprintf(path, sizeof(path), "bus/usb/devices/usb%.*s/interface_authorized_default",
		 (int)strcspn(device, "-"), device);
	r = expect_attribute(sysfs, path, "0");
	return r == -EIO ? -EPERM : r;
}

/* The kernel holds a device's lock while it configures it, which makes and removes interfaces, and
 * this attribute takes the lock (drivers/usb/core/sysfs.c, usb_actconfig_show; driver.c has what
 * "authorized" of an interface takes: the interface's own). A root hub is configured once. */
static int await_device(int sysfs, const char *interface)
{
	char path[sizeof("bus/usb/devices//bConfigurationValue") + PRIV_NAME_MAX];
	char value[8];
	_cleanup_close_ int fd = -1;

	if (strstr(interface, "-0:"))
		return 0;
	snprintf(path, sizeof(path), "bus/usb/devices/%.*s/bConfigurationValue",
		 (int)strcspn(interface, ":"), interface);
	fd = below_open(sysfs, path, O_RDONLY);
	if (fd < 0)
		return fd;
	return read(fd, value, sizeof(value)) < 0 ? -errno : 0;
}

static int close_slot(int sysfs, const struct priv_request *request)
{
	_cleanup_close_ int root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);

	return root < 0
		       ? -errno
		       : closeslot_run(sysfs, root, request->name, request->inode, closedisk_claim);
}

int verb_run(int sysfs, int dev, const struct priv_request *request)
{
	const struct row *row;
	_cleanup_close_ int target = -1;
	int r;

	r = verb_check(request);
	if (r < 0)
		return r;
	row = &rows[request->verb];
	if (row->target == TARGET_DISK)
		return closedisk_run(sysfs, request->name, request->inode, closedisk_claim);
	if (row->target == TARGET_FUNCTION)
		return close_slot(sysfs, request);
	target = open_target(sysfs, request);
	if (target < 0)
		return target;
	if (request->verb == PRIV_NODE_CLOSE)
		return node_close(dev, target);
	if (request->verb == PRIV_RADIO_OFF)
		return node_radio_off(dev, target, request->name);
	/* By name, but harmless to a newcomer: its interfaces are unauthorized and get no driver.
	 */
	if (row->file)
		return below_write(sysfs, row->file, request->name);
	if (row->below_closed_bus) {
		r = expect_closed_bus(sysfs, request->name);
		if (r < 0)
			return r;
	}
	if (row->after_its_device) {
		r = await_device(sysfs, request->name);
		if (r < 0)
			return r;
	}
	for (size_t i = 0; row->attributes[i]; i++) {
		r = set_attribute(target, row->attributes[i], row->value);
		if (r < 0)
			return r;
	}
	return 0;
}
