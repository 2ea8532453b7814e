#include "verb.h"

#include "below.h"
#include "claim.h"
#include "cleanup.h"
#include "closedisk.h"
#include "closeslot.h"
#include "node.h"
#include "pcifunction.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>

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

static const char *const other_buses[] = {"scsi", "mmc", "memstick", "firewire", "pcmcia"};

/* The names that the kernel gives, and where. '#': a decimal number of at most three digits; '*':
 * ".#", any number of times (usb_alloc_dev); 'x': a hexadecimal digit; 'X': one or none. */
static const struct {
	const char *form, *folder;
	bool pinned; /* else it is only ever closed: whatever has the name now */
} targets[] = {
	[TARGET_NONE] = {"", "module/usbcore/parameters", false},
	[TARGET_BUS] = {"usb#", "bus/usb/devices", true},
	[TARGET_DEVICE] = {"#-#*", "bus/usb/devices", true},
	[TARGET_INTERFACE] = {"#-#*:#.#", "bus/usb/devices", true},
	[TARGET_FUNCTION] = {"xxxxXX:xx:xx.x", NULL, true},
	[TARGET_OTHER_BUS] = {NULL, "bus", false},
	[TARGET_RADIO] = {"rfkill#", "class/rfkill", false},
};

static bool skip_number(const char **text)
{
	size_t digits = strspn(*text, "0123456789");

	*text += digits;
	return digits >= 1 && digits <= 3;
}

static bool has_form(const char *name, const char *form)
{
	bool fits = true;

	for (; fits && *form; form++) {
		if (*form == '#') {
			fits = skip_number(&name);
		} else if (*form == '*') {
			while (fits && *name == '.') {
				name++;
				fits = skip_number(&name);
			}
		} else if (*form == 'x' || *form == 'X') {
			size_t digits = strspn(name, "0123456789abcdef");

			fits = digits > 0 || *form == 'X';
			name += digits > 0;
		} else {
			fits = *name++ == *form;
		}
	}
	return fits && *name == '\0';
}

static bool name_fits(const char *name, enum target target)
{
	size_t length = strlen(name);

	/* As DISK_NAME_LEN and the drivers have it; '!' stands for a slash. */
	if (target == TARGET_DISK)
		return length > 0 && length <= 31 &&
		       strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_!-") == length;
	if (target != TARGET_OTHER_BUS)
		return has_form(name, targets[target].form);
	for (size_t i = 0; i < ARRAY_SIZE(other_buses); i++)
		if (strcmp(name, other_buses[i]) == 0)
			return true;
	return false;
}

/* An attribute of one digit: 0 if it has the @value, -EIO if another one. */
static int expect_attribute(int directory, const char *path, const char *value)
{
	char text[8];
	int r = below_read(directory, path, text, sizeof(text));

	return r == 0 && strcmp(text, value) != 0 ? -EIO : r;
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

	if (strstr(interface, "-0:"))
		return 0;
	snprintf(path, sizeof(path), "bus/usb/devices/%.*s/bConfigurationValue",
		 (int)strcspn(interface, ":"), interface);
	return below_read(sysfs, path, value, sizeof(value));
}

/* Nobody asks for a driver between opening and claiming (drivers/usb/core/message.c,
 * usb_authorize_interface), unless one is loaded this moment: usbhid, the one that types, is there
 * already. */
static int expect_usbhid(int sysfs, const char *interface)
{
	uint64_t inode;

	if (below_inode(sysfs, "bus/usb/drivers/usbhid", &inode) < 0)
		return -ENOPKG;
	return await_device(sysfs, interface);
}

struct row {
	enum target target;
	const char *value;
	const char *attributes[3]; /* written in this order and read back, up to NULL */
	const char *file; /* or: the name is written here */
	int (*expect)(int sysfs, const char *name); /* the state in which it is legal */
};

static const struct row rows[PRIV_VERB_END] = {
	[PRIV_DEFAULT_DENY] = {TARGET_NONE, "0", {"authorized_default"}, NULL, NULL},
	[PRIV_BUS_DENY] = {TARGET_BUS,
			   "0",
			   {"interface_authorized_default", "authorized_default"},
			   NULL,
			   NULL},
	[PRIV_DEVICE_OPEN] = {TARGET_DEVICE, "1", {"authorized"}, NULL, expect_closed_bus},
	[PRIV_DEVICE_CLOSE] = {TARGET_DEVICE, "0", {"authorized"}, NULL, NULL},
	[PRIV_INTERFACE_OPEN] = {TARGET_INTERFACE, "1", {"authorized"}, NULL, await_device},
	[PRIV_INTERFACE_CLOSE] = {TARGET_INTERFACE, "0", {"authorized"}, NULL, NULL},
	[PRIV_INTERFACE_PROBE] = {TARGET_INTERFACE, NULL, {}, "bus/usb/drivers_probe", NULL},
	[PRIV_INTERFACE_BIND_HID] =
		{TARGET_INTERFACE, NULL, {}, "bus/usb/drivers/usbhid/bind", NULL},
	[PRIV_INTERFACE_BIND_HUB] = {TARGET_INTERFACE, NULL, {}, "bus/usb/drivers/hub/bind", NULL},
	[PRIV_INTERFACE_CLAIM] = {TARGET_INTERFACE, "1", {"authorized"}, NULL, expect_usbhid},
	[PRIV_SLOT_CLOSE] = {TARGET_FUNCTION, NULL, {}, NULL, NULL}, /* closeslot.c */
	[PRIV_DISK_CLOSE] = {TARGET_DISK, NULL, {}, NULL, NULL}, /* closedisk.c */
	[PRIV_NODE_CLOSE] = {TARGET_DEVICE, NULL, {}, NULL, NULL},
	[PRIV_OTHER_BUS_DENY] = {TARGET_OTHER_BUS, "0", {"drivers_autoprobe"}, NULL, NULL},
	[PRIV_RADIO_OFF] = {TARGET_RADIO, NULL, {}, NULL, NULL},
};

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
	enum target target = rows[request->verb].target;
	char path[sizeof("module/usbcore/parameters/") + PRIV_NAME_MAX];
	_cleanup_close_ int directory = -1;
	uint64_t inode;
	int r;

	snprintf(path, sizeof(path), "%s/%s", targets[target].folder, request->name);
	directory = below_open(sysfs, path, O_RDONLY | O_DIRECTORY);
	if (directory < 0 || !targets[target].pinned)
		return steal_fd(&directory);
	r = below_inode(directory, ".", &inode);
	if (r == 0 && inode != request->inode)
		r = -ESTALE;
	return r < 0 ? r : steal_fd(&directory);
}

int verb_run(int sysfs, int dev, const struct priv_request *request, int *ret_fd)
{
	const struct row *row;
	_cleanup_close_ int target = -1;
	int r = verb_check(request);

	if (r < 0)
		return r;
	row = &rows[request->verb];
	if (row->target == TARGET_DISK)
		return closedisk_run(sysfs, request->name, request->inode, closedisk_claim);
	if (row->target == TARGET_FUNCTION)
		return closeslot_run(sysfs, "/" PCIFUNCTION_KNOWN, request->name, request->inode,
				     closedisk_claim);
	target = open_target(sysfs, request);
	if (target < 0)
		return target;
	if (request->verb == PRIV_NODE_CLOSE)
		return node_close(dev, target);
	if (request->verb == PRIV_RADIO_OFF)
		return node_radio_off(dev, target, request->name);
	/* By name, but harmless to a newcomer, whose interfaces are unauthorized: no driver. */
	if (row->file)
		return below_write(sysfs, row->file, request->name);
	if (row->expect)
		r = row->expect(sysfs, request->name);
	for (size_t i = 0; r == 0 && row->attributes[i]; i++) {
		r = below_write(target, row->attributes[i], row->value);
		if (r == 0)
			r = expect_attribute(target, row->attributes[i], row->value);
	}
	if (r < 0 || request->verb != PRIV_INTERFACE_CLAIM)
		return r;
	r = claim_interface(sysfs, dev, target, request->name, ret_fd);
	if (r < 0)
		below_write(target, "authorized", "0");
	return r;
}
