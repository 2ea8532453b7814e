#include "rawnodes.h"

#include "cleanup.h"
#include "number.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#define MISC	  10 /* a major number that many drivers share */
#define EVERY	  UINT32_MAX
#define MAJOR_MAX 4095 /* MAJOR() of the kernel */
#define MINOR_MAX 1048575

/* By Documentation/admin-guide/devices.txt; a .major of 0 is given out when the driver is loaded.
 * Many a driver is loaded only as its node is opened, so that these are asked for whether they are
 * there or not. */
static const struct {
	const char *name; /* as /proc/devices has it, where .major is 0 */
	unsigned int major, minor;
} raw[] = {
	{"mem", 1, 1},
	{"port", 1, 4},
	{"lp", 6, EVERY},
	{"st", 9, EVERY},
	{"vhci", MISC, 137},
	{"vfio", MISC, 196},
	{"tun", MISC, 200},
	{"cuse", MISC, 203},
	{"uinput", MISC, 223},
	{"fuse", MISC, 229},
	{"loop-control", MISC, 237},
	{"vhost-net", MISC, 238},
	{"uhid", MISC, 239},
	{"vhost-vsock", MISC, 241},
	{"sg", 21, EVERY},
	{"ppp", 108, EVERY},
	{"ttyACM", 166, EVERY},
	{"usb", 180, EVERY},
	{"ttyUSB", 188, EVERY},
	{"usb_device", 189, EVERY},
	{"rfcomm", 216, EVERY},
	{"bsg", 0, EVERY},
	{"firewire", 0, EVERY},
	{"nvme", 0, EVERY},
	{"nvme-generic", 0, EVERY},
	{"usbmon", 0, EVERY},
	{"wwan_port", 0, EVERY},
};

static int add(struct raw_nodes *nodes, const char *name, mode_t type, uint64_t major_number,
	       uint64_t minor_number)
{
	if (nodes->count == RAW_NODES_MAX)
		return -E2BIG;
	nodes->list[nodes->count++] = (struct raw_node){name, type, (unsigned int)major_number,
							(unsigned int)minor_number};
	return 0;
}

/* Calls @take for each driver of @type that has a major number now. */
typedef int driver_fn(struct raw_nodes *nodes, const char *name, uint64_t number);

static int each_driver(int root, bool block, driver_fn *take, struct raw_nodes *nodes)
{
	int fd = openat(root, "proc/devices", O_RDONLY | O_CLOEXEC), r = 0;
	_cleanup_fclose_ FILE *file = fd < 0 ? NULL : fdopen(fd, "re");
	bool wanted = !block;
	char line[256];

	if (!file)
		return -errno;
	while (r == 0 && fgets(line, sizeof(line), file)) {
		char *number = line + strspn(line, " "), *name = strchr(number, ' ');
		uint64_t value;

		if (strncmp(line, "Block devices:", 14) == 0)
			wanted = block;
		if (!wanted || !name)
			continue;
		*name++ = '\0';
		name[strcspn(name, "\n")] = '\0';
		if (number_parse(number, 0, MAJOR_MAX, &value) == 0)
			r = take(nodes, name, value);
	}
	return r < 0 || !ferror(file) ? r : -EIO;
}

static int take_dynamic(struct raw_nodes *nodes, const char *name, uint64_t number)
{
	for (size_t i = 0; i < ARRAY_SIZE(raw); i++)
		if (raw[i].major == 0 && strcmp(raw[i].name, name) == 0)
			return add(nodes, raw[i].name, S_IFCHR, number, 0);
	return 0;
}

static int take_block(struct raw_nodes *nodes, const char *name, uint64_t number)
{
	(void)name;
	return add(nodes, "block", S_IFBLK, number, 0);
}

/* The driver that is on the list already, whose nodes all count; NULL: none. */
static const char *find_driver(const struct raw_nodes *nodes, uint64_t number)
{
	if (number == MISC || number == 1)
		return NULL;
	for (size_t i = 0; i < nodes->count; i++)
		if (nodes->list[i].type == S_IFCHR && nodes->list[i].major == number)
			return nodes->list[i].name;
	return NULL;
}

/* /sys/dev/char and /sys/dev/block have a link for each node, "8:0". */
static int take_present(int root, mode_t type, struct raw_nodes *nodes)
{
	int fd = openat(root, type == S_IFBLK ? "sys/dev/block" : "sys/dev/char",
			O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *directory = fd < 0 ? NULL : fdopendir(fd);
	const struct dirent *entry;
	int r = 0;

	if (!directory)
		return -errno;
	while (r == 0 && (entry = readdir(directory))) {
		uint64_t major_number, minor_number;
		const char *name = "block";
		char text[32], *colon;

		snprintf(text, sizeof(text), "%.31s", entry->d_name);
		colon = strchr(text, ':');
		if (!colon)
			continue;
		*colon = '\0';
		if (number_parse(text, 0, MAJOR_MAX, &major_number) < 0 ||
		    number_parse(colon + 1, 0, MINOR_MAX, &minor_number) < 0)
			continue;
		if (type == S_IFCHR)
			name = find_driver(nodes, major_number);
		if (name)
			r = add(nodes, name, type, major_number, minor_number);
	}
	closedir(directory);
	return r;
}

int rawnodes_list(int root, struct raw_nodes *nodes)
{
	int r = 0;

	nodes->count = 0;
	for (size_t i = 0; r == 0 && i < ARRAY_SIZE(raw); i++)
		if (raw[i].major != 0)
			r = add(nodes, raw[i].name, S_IFCHR, raw[i].major,
				raw[i].minor == EVERY ? 0 : raw[i].minor);
	if (r == 0)
		r = each_driver(root, false, take_dynamic, nodes);
	if (r == 0)
		r = take_present(root, S_IFCHR, nodes);
	if (r == 0)
		r = each_driver(root, true, take_block, nodes);
	return r == 0 ? take_present(root, S_IFBLK, nodes) : r;
}
