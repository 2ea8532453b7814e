/* What the kernel, the rules of udev and sekishod make of USB, as sysfs shows it. */
#include "exits.h"

#include "cleanup.h"
#include "file.h"
#include "gettext.h"
#include "number.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>

#define DEVICES	     "sys/bus/usb/devices"
#define VALUE_MAX    32
#define NAME_MAX_USB 64

static void cleanup_closedir(DIR **directory)
{
	if (*directory)
		closedir(*directory);
}

#define _cleanup_closedir_ _cleanup_(cleanup_closedir)

void look_usb_default(const struct machine *machine, struct lock_finding *finding)
{
	static const char path[] = "sys/module/usbcore/parameters/authorized_default";
	char value[VALUE_MAX];
	int r = file_read_line(machine->root, path, value, sizeof(value));

	/* usbcore is no module of this kernel, or not loaded: no bus then either. */
	if (r == -ENOENT)
		lock_found(finding, LOCK_HOLDS, "%s", _("there is no USB"));
	else if (r < 0)
		lock_found(finding, LOCK_UNSEEN, "/%s: %s", path, strerror(-r));
	else
		lock_found(finding, strcmp(value, "0") == 0 ? LOCK_HOLDS : LOCK_BROKEN, "/%s = %s",
			   path, value);
}

/* Calls @see for each device or interface until it finds fault; true if all was well. What can't be
 * walked is told in @finding. */
typedef bool see_fn(const struct machine *machine, int devices, const char *name, size_t *count,
		    struct lock_finding *finding);

static bool see_all(const struct machine *machine, see_fn *see, size_t *count,
		    struct lock_finding *finding)
{
	int devices = openat(machine->root, DEVICES, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	_cleanup_closedir_ DIR *directory = devices < 0 ? NULL : fdopendir(devices);
	const struct dirent *entry;

	if (!directory && errno == ENOENT)
		return true;
	if (!directory) {
		lock_found(finding, LOCK_UNSEEN, "/" DEVICES ": %s", strerror(errno));
		return false;
	}
	while ((entry = readdir(directory)))
		if (entry->d_name[0] != '.' &&
		    !see(machine, devices, entry->d_name, count, finding))
			return false;
	return true;
}

/* Reads an attribute; -ENOENT and -ENODEV mean that the device has left meanwhile. */
static int read_value(int devices, const char *name, const char *attribute,
		      char value[static VALUE_MAX])
{
	char path[NAME_MAX_USB + VALUE_MAX];

	if (snprintf(path, sizeof(path), "%s/%s", name, attribute) >= (int)sizeof(path))
		return -ENAMETOOLONG;
	return file_read_line(devices, path, value, VALUE_MAX);
}

static bool has_left(int error)
{
	return error == -ENOENT || error == -ENODEV;
}

static bool see_bus(const struct machine *machine, int devices, const char *name, size_t *count,
		    struct lock_finding *finding)
{
	static const char *const attributes[] = {"authorized_default",
						 "interface_authorized_default"};
	char value[VALUE_MAX];

	(void)machine;
	if (strncmp(name, "usb", 3) != 0)
		return true;
	for (size_t i = 0; i < ARRAY_SIZE(attributes); i++) {
		int r = read_value(devices, name, attributes[i], value);

		if (has_left(r))
			return true;
		if (r < 0) {
			lock_found(finding, LOCK_UNSEEN, "/" DEVICES "/%s/%s: %s", name,
				   attributes[i], strerror(-r));
			return false;
		}
		if (strcmp(value, "0") != 0) {
			lock_found(finding, LOCK_BROKEN, "/" DEVICES "/%s/%s = %s", name,
				   attributes[i], value);
			return false;
		}
	}
	(*count)++;
	return true;
}

void look_usb_buses(const struct machine *machine, struct lock_finding *finding)
{
	size_t count = 0;

	if (see_all(machine, see_bus, &count, finding))
		lock_found(finding, LOCK_HOLDS, _("%zu buses closed"), count);
}

/* The classes that sekishod opened of device @name; without sekishod, NULL. */
static const char *opened_by_us(const struct machine *machine, const char *name)
{
	size_t length = strcspn(name, ":");
	json_t *device;
	size_t i;

	json_array_foreach(machine->devices, i, device)
	{
		const char *known = json_string_value(json_object_get(device, "device"));

		if (known && strlen(known) == length && strncmp(known, name, length) == 0)
			return json_string_value(json_object_get(device, "opened"));
	}
	return NULL;
}

/* While sekishod doesn't answer, the rules of udev open keyboards, mice and hubs. */
static bool may_be_open(const struct machine *machine, const char *name, const char *class)
{
	const char *opened;

	if (!machine->devices)
		return strncmp(class, "03", 2) == 0 || strncmp(class, "09", 2) == 0;
	opened = opened_by_us(machine, name);
	return opened && strstr(opened, class);
}

static int read_class(int devices, const char *name, char class[static 7])
{
	static const char *const attributes[] = {"bInterfaceClass", "bInterfaceSubClass",
						 "bInterfaceProtocol"};
	char value[VALUE_MAX];

	for (size_t i = 0; i < ARRAY_SIZE(attributes); i++) {
		int r = read_value(devices, name, attributes[i], value);

		if (r < 0)
			return r;
		if (strlen(value) != 2)
			return -EBADMSG;
		memcpy(class + 2 * i, value, 3);
	}
	return 0;
}

static bool see_interface(const struct machine *machine, int devices, const char *name,
			  size_t *count, struct lock_finding *finding)
{
	char value[VALUE_MAX], class[7];
	int r;

	/* A root hub's interface is the kernel's own. */
	if (!strchr(name, ':') || strstr(name, "-0:"))
		return true;
	r = read_value(devices, name, "authorized", value);
	if (r == 0)
		r = read_class(devices, name, class);
	if (has_left(r))
		return true;
	if (r < 0) {
		lock_found(finding, LOCK_UNSEEN, "/" DEVICES "/%s: %s", name, strerror(-r));
		return false;
	}
	if (strcmp(value, "0") == 0)
		return true;
	if (!may_be_open(machine, name, class)) {
		lock_found(finding, LOCK_BROKEN, _("interface %s of class %s is open"), name,
			   class);
		return false;
	}
	(*count)++;
	return true;
}

void look_usb_interfaces(const struct machine *machine, struct lock_finding *finding)
{
	size_t count = 0;

	if (!see_all(machine, see_interface, &count, finding))
		return;
	if (machine->audit) {
		lock_found(finding, LOCK_BROKEN,
			   _("AUDIT MODE: what the rules of devices.conf block is let in"));
		return;
	}
	if (machine->devices)
		lock_found(finding, LOCK_HOLDS, _("%zu interfaces open, all by the rules"), count);
	else
		lock_found(finding, LOCK_HOLDS,
			   _("sekishod does not answer; %zu interfaces open, all of keyboards, "
			     "mice and hubs"),
			   count);
}

static int number_of(int devices, const char *name, const char *attribute, uint64_t *ret_number)
{
	char value[VALUE_MAX];
	int r = read_value(devices, name, attribute, value);

	return r < 0 ? r : number_parse(value, 0, 999, ret_number);
}

static bool see_node(const struct machine *machine, int devices, const char *name, size_t *count,
		     struct lock_finding *finding)
{
	char value[VALUE_MAX], path[64];
	uint64_t bus, device;
	int r;

	if (strchr(name, ':') || strncmp(name, "usb", 3) == 0)
		return true;
	r = read_value(devices, name, "authorized", value);
	if (r == 0 && strcmp(value, "0") != 0)
		return true;
	if (r == 0)
		r = number_of(devices, name, "busnum", &bus);
	if (r == 0)
		r = number_of(devices, name, "devnum", &device);
	if (r == 0) {
		snprintf(path, sizeof(path), "dev/bus/usb/%03u/%03u", (unsigned int)bus,
			 (unsigned int)device);
		r = machine_node_is_closed(machine, path);
	}
	if (has_left(r))
		return true;
	if (r == -EACCES)
		lock_found(finding, LOCK_BROKEN, _("/%s of refused device %s is not root's alone"),
			   path, name);
	else if (r < 0)
		lock_found(finding, LOCK_UNSEEN, "%s: %s", name, strerror(-r));
	*count += r == 0;
	return r == 0;
}

void look_usb_nodes(const struct machine *machine, struct lock_finding *finding)
{
	size_t count = 0;

	if (see_all(machine, see_node, &count, finding))
		lock_found(finding, LOCK_HOLDS, _("%zu refused devices, their nodes closed"),
			   count);
}
