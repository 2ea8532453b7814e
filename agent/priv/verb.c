#include "verb.h"

#include "below.h"
#include "claim.h"
#include "cleanup.h"
#include "closedisk.h"
#include "closeslot.h"
#include "diskhold.h"
#include "node.h"
#include "pcifunction.h"

#include <errno.h>
#include <fcntl.h>
#include <regex.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>

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

#define NUMBER	 "[0-9]{1,3}"
#define DEVICE	 NUMBER "-" NUMBER "(\\." NUMBER ")*" /* usb_alloc_dev */
#define FUNCTION "[0-9a-f]{4,6}:[0-9a-f]{2}:[0-9a-f]{2}\\.[0-9a-f]"

/* The names that the kernel gives, and where. */
static const struct {
	const char *form; /* regex(7) */
	const char *folder;
	bool pinned; /* else it is only ever closed: whatever has the name now */
} targets[] = {
	[TARGET_NONE] = {"^$", "module/usbcore/parameters", false},
	[TARGET_BUS] = {"^usb" NUMBER "$", "bus/usb/devices", true},
	[TARGET_DEVICE] = {"^" DEVICE "$", "bus/usb/devices", true},
	[TARGET_INTERFACE] = {"^" DEVICE ":" NUMBER "\\." NUMBER "$", "bus/usb/devices", true},
	/* As DISK_NAME_LEN and the drivers have it; '!' stands for a slash. */
	[TARGET_DISK] = {"^[a-z0-9_!-]{1,31}$", NULL, true},
	[TARGET_FUNCTION] = {"^" FUNCTION "$", NULL, true},
	[TARGET_OTHER_BUS] = {"^(scsi|mmc|memstick|firewire|pcmcia)$", "bus", false},
	[TARGET_RADIO] = {"^rfkill" NUMBER "$", "class/rfkill", false},
};

/* What can't be looked at for want of memory does not fit. Nobody set a locale: a byte is a
 * character. */
static bool name_fits(const char *name, enum target target)
{
	static struct {
		regex_t compiled;
		bool is_there;
	} forms[ARRAY_SIZE(targets)];

	if (!forms[target].is_there)
		forms[target].is_there = regcomp(&forms[target].compiled, targets[target].form,
						 REG_EXTENDED | REG_NOSUB) == 0;
	return forms[target].is_there && regexec(&forms[target].compiled, name, 0, NULL, 0) == 0;
}

/* The device is pinned already: if its bus is replaced by an open one meanwhile, it is gone with
 * the old one, and opening it has no effect. */
static int expect_closed_bus(int sysfs, const char *device)
{
	int attribute =
		below_open(sysfs, O_RDONLY, "bus/usb/devices/usb%.*s/interface_authorized_default",
			   (int)strcspn(device, "-"), device);
	int r = below_expect(attribute, "0");

	return r == -EIO ? -EPERM : r;
}

/* The kernel holds a device's lock while it configures it, which makes and removes interfaces, and
 * this attribute takes the lock (drivers/usb/core/sysfs.c, usb_actconfig_show; driver.c has what
 * "authorized" of an interface takes: the interface's own). A root hub is configured once. */
static int await_device(int sysfs, const char *name)
{
	char value[8];

	if (strstr(name, "-0:"))
		return 0;
	return below_read(below_open(sysfs, O_RDONLY, "bus/usb/devices/%.*s/bConfigurationValue",
				     (int)strcspn(name, ":"), name),
			  value, sizeof(value));
}

/* Nobody asks for a driver between opening and claiming (drivers/usb/core/message.c,
 * usb_authorize_interface), unless one is loaded this moment: usbhid, the one that types, is there
 * already. */
static int expect_usbhid(int sysfs, const char *interface)
{
	uint64_t inode;

	if (below_inode(below_open(sysfs, O_PATH, "bus/usb/drivers/usbhid"), &inode) < 0)
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
	[PRIV_DEVICE_AWAIT] = {TARGET_DEVICE, NULL, {}, NULL, await_device},
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
	_cleanup_close_ int directory = below_open(sysfs, O_RDONLY | O_DIRECTORY, "%s/%s",
						   targets[target].folder, request->name);
	struct stat status;

	if (directory < 0 || !targets[target].pinned)
		return steal_fd(&directory);
	if (fstat(directory, &status) < 0)
		return -errno;
	return status.st_ino == request->inode ? steal_fd(&directory) : -ESTALE;
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
		return closedisk_run(sysfs, request->name, request->inode, diskhold_open);
	if (row->target == TARGET_FUNCTION)
		return closeslot_run(sysfs, "/" PCIFUNCTION_KNOWN, request->name, request->inode,
				     diskhold_open);
	target = open_target(sysfs, request);
	if (target < 0)
		return target;
	if (request->verb == PRIV_NODE_CLOSE)
		return node_close(dev, target);
	if (request->verb == PRIV_RADIO_OFF)
		return node_radio_off(dev, target, request->name);
	/* By name, but harmless to a newcomer, whose interfaces are unauthorized: no driver. */
	if (row->file)
		return below_write(below_open(sysfs, O_WRONLY, "%s", row->file), request->name);
	if (row->expect)
		r = row->expect(sysfs, request->name);
	for (const char *const *name = row->attributes; r == 0 && *name; name++) {
		r = below_write(below_open(target, O_WRONLY, "%s", *name), row->value);
		if (r == 0)
			r = below_expect(below_open(target, O_RDONLY, "%s", *name), row->value);
	}
	if (r < 0 || request->verb != PRIV_INTERFACE_CLAIM)
		return r;
	r = claim_interface(sysfs, dev, target, request->name, ret_fd);
	if (r < 0)
		below_write(below_open(target, O_WRONLY, "authorized"), "0");
	return r;
}
