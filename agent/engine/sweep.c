#include "sweep.h"

#include "carry.h"
#include "cleanup.h"
#include "file.h"

#include <dirent.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#define CONFIGURATION_MAX ((size_t)64 * 1024)
#define PARAMETER	  "module/usbcore/parameters/authorized_default"

/* A value below /sys that is another one than it should be: it is noted, and asked for. */
static void put_right(struct gate *gate, const struct tamper_case *found, uint64_t inode)
{
	tamper_found(gate->tamper, found, gate->now);
	carry_ask(gate, found->verb, found->name, inode, 0);
}

/* Reads @path below @directory; true if it is there and is not @expected. */
static bool is_other(int directory, const char *path, const char *expected, char value[static 16])
{
	return file_read_line(directory, path, value, 16) == 0 && strcmp(value, expected) != 0;
}

static void sweep_parameter(int sysfs, struct gate *gate)
{
	char value[16];

	if (gate->default_denied && is_other(sysfs, PARAMETER, "0", value))
		put_right(gate,
			  &(struct tamper_case){"value", "/sys/" PARAMETER, value, "0",
						PRIV_DEFAULT_DENY, ""},
			  0);
}

/* Nothing is opened below it until it is closed again. */
static void sweep_bus(struct gate *gate, struct gate_bus *bus)
{
	static const char *const attributes[] = {"authorized_default",
						 "interface_authorized_default"};
	char path[FACTS_NAME_MAX + 40], whole[TAMPER_PATH_MAX], value[16];
	bool open = false;

	if (bus->state != GATE_BUS_CLOSED)
		return;
	for (size_t i = 0; i < ARRAY_SIZE(attributes); i++) {
		snprintf(path, sizeof(path), "%s/%s", bus->name, attributes[i]);
		if (!is_other(gate->devices, path, "0", value))
			continue;
		snprintf(whole, sizeof(whole), "/sys/bus/usb/devices/%s", path);
		tamper_found(
			gate->tamper,
			&(struct tamper_case){"value", whole, value, "0", PRIV_BUS_DENY, bus->name},
			gate->now);
		open = true;
	}
	if (!open)
		return;
	bus->state = GATE_BUS_ASKED;
	if (!carry_ask(gate, PRIV_BUS_DENY, bus->name, bus->inode, 0))
		bus->state = GATE_BUS_FAILED;
}

/* An interface that is open and no rule lets in. */
static bool has_open_interface(const struct gate *gate, const struct device *device)
{
	struct interface_facts interfaces[GATE_INTERFACES_MAX];
	size_t count = 0;

	if (facts_read_interfaces(gate->devices, &device->facts, interfaces, GATE_INTERFACES_MAX,
				  &count, NULL) < 0)
		return false;
	for (size_t i = 0; i < count; i++)
		if (interfaces[i].authorized && carry_is_forbidden(gate, device, &interfaces[i]))
			return true;
	return false;
}

/* The root half alone sees its node: what that finds is told. */
static void sweep_node(struct gate *gate, const struct device *device)
{
	char path[TAMPER_PATH_MAX];

	if (!device->node_closed)
		return;
	snprintf(path, sizeof(path), "/dev/bus/usb, %s", device->facts.name);
	put_right(gate,
		  &(struct tamper_case){"node", path, NULL, "root 0600", PRIV_NODE_CLOSE,
					device->facts.name},
		  device->facts.inode);
}

static void sweep_device(struct gate *gate, struct device *device)
{
	bool allowed = device_is_to_be_open(device), authorized;
	char name[sizeof(device->facts.name)]; /* the device may go */
	uint64_t inode;

	memcpy(name, device->facts.name, sizeof(name));
	if (!device_is_settled(device) || device->pending > 0)
		return;
	if (allowed) {
		if (device->facts.authorized && has_open_interface(gate, device))
			gate_look(gate, name);
		return;
	}
	if (facts_peek(gate->devices, name, &inode, &authorized) < 0 ||
	    inode != device->facts.inode)
		return;
	if (authorized)
		gate_look(gate, name);
	else
		sweep_node(gate, device);
}

/* Has /etc/sekisho/buses.conf a line for @bus? tmpfiles.d(5): type, path, and five more words. */
static bool is_to_be_closed(const char *configuration, const char *bus)
{
	_cleanup_close_ int fd = -1;
	_cleanup_free_ char *text = NULL;
	char path[64], *lines;
	size_t length;

	snprintf(path, sizeof(path), "/sys/bus/%s/drivers_autoprobe", bus);
	fd = open(configuration, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || file_read_all(fd, CONFIGURATION_MAX, &text, &length) < 0)
		return false;
	for (char *line = strtok_r(text, "\n", &lines); line; line = strtok_r(NULL, "\n", &lines)) {
		char *words;
		const char *type = strtok_r(line, " \t", &words);
		const char *target = type ? strtok_r(NULL, " \t", &words) : NULL;

		if (target && *type == 'w' && strcmp(target, path) == 0)
			return true;
	}
	return false;
}

static void sweep_other_buses(struct sweep *sweep, int sysfs, struct gate *gate)
{
	bool closed = access(sweep->buses_closed, F_OK) == 0;

	for (size_t i = 0; i < OTHERBUSES_COUNT; i++) {
		const char *bus = otherbuses[i];
		char path[64], whole[TAMPER_PATH_MAX], value[16];

		snprintf(path, sizeof(path), "bus/%s/drivers_autoprobe", bus);
		if (file_read_line(sysfs, path, value, sizeof(value)) < 0)
			continue;
		if (strcmp(value, "0") == 0) {
			sweep->seen_closed[i] = true;
			continue;
		}
		if (!(closed || sweep->seen_closed[i]) || !is_to_be_closed(sweep->buses, bus))
			continue;
		snprintf(whole, sizeof(whole), "/sys/%s", path);
		put_right(
			gate,
			&(struct tamper_case){"value", whole, value, "0", PRIV_OTHER_BUS_DENY, bus},
			0);
	}
}

/* As for the rule of udev: sekisho-exits(7). */
static bool may_be_on(const struct sweep *sweep, const char *radio)
{
	_cleanup_free_ char *text = NULL;
	_cleanup_close_ int fd = -1;
	size_t length = 0;
	char path[512];

	for (size_t i = 0; i < ARRAY_SIZE(sweep->radio_rules); i++)
		if (access(sweep->radio_rules[i], F_OK) == 0)
			return true;
	snprintf(path, sizeof(path), "%s/+rfkill:%s", sweep->udev_data, radio);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	return fd >= 0 && file_read_all(fd, CONFIGURATION_MAX, &text, &length) == 0 && text &&
	       strstr(text, "\nE:SEKISHO_RADIO=allow\n") != NULL;
}

/* The rule of udev turns a radio off at once: one that is found on has got past that. */
static void sweep_radios(const struct sweep *sweep, int sysfs, struct gate *gate)
{
	int fd = openat(sysfs, "class/rfkill", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *directory = fd < 0 ? NULL : fdopendir(fd);
	const struct dirent *entry;

	while (directory && (entry = readdir(directory))) {
		char path[PRIV_NAME_MAX + 8], whole[TAMPER_PATH_MAX], value[16];

		if (entry->d_name[0] == '.' || strlen(entry->d_name) >= PRIV_NAME_MAX)
			continue;
		snprintf(path, sizeof(path), "%.47s/soft", entry->d_name);
		if (!is_other(fd, path, "1", value) || may_be_on(sweep, entry->d_name))
			continue;
		snprintf(whole, sizeof(whole), "/sys/class/rfkill/%s", path);
		put_right(gate,
			  &(struct tamper_case){"value", whole, value, "1", PRIV_RADIO_OFF,
						entry->d_name},
			  0);
	}
	if (directory)
		closedir(directory);
}

void sweep_values(struct sweep *sweep, struct gate *gate)
{
	_cleanup_close_ int sysfs = open(sweep->sysfs, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (sysfs < 0 || gate->rescan || gate->link->fd < 0)
		return;
	sweep_parameter(sysfs, gate);
	for (size_t i = 0; i < gate->n_buses; i++)
		sweep_bus(gate, &gate->buses[i]);
	/* From the end: one that has left is taken out of the list. */
	for (size_t i = gate->n_list; gate->devices >= 0 && i-- > 0;)
		if (i < gate->n_list)
			sweep_device(gate, gate->list[i]);
	sweep_other_buses(sweep, sysfs, gate);
	sweep_radios(sweep, sysfs, gate);
}
