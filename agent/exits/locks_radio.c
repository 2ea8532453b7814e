/* Radios, and the terminal as a USB device of another computer. */
#include "exits.h"

#include "cleanup.h"
#include "file.h"
#include "gettext.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>

#define RADIOS	    "sys/class/rfkill"
#define CONTROLLERS "sys/class/udc"
#define VALUE_MAX   64

struct class_look {
	const char *class, *attribute;
	bool (*is_open)(const char *value);
	bool (*is_meant)(int class, const char *name); /* NULL: all are */
};

/* Reads the attribute of each device of a class until .is_open says so of one, which @finding then
 * tells. Returns how many there are where all are closed, else -1. */
static int look_class(const struct machine *machine, const struct class_look *look,
		      struct lock_finding *finding)
{
	const char *class = look->class;
	int fd = openat(machine->root, class, O_RDONLY | O_DIRECTORY | O_CLOEXEC), count = 0, r = 0;
	char path[256 + VALUE_MAX], value[VALUE_MAX];
	const struct dirent *entry;
	DIR *directory = fd < 0 ? NULL : fdopendir(fd);

	if (!directory && errno == ENOENT)
		return 0;
	if (!directory) {
		lock_found(finding, LOCK_UNSEEN, "/%s: %s", class, strerror(errno));
		return -1;
	}
	while (r == 0 && (entry = readdir(directory))) {
		if (entry->d_name[0] == '.' ||
		    (look->is_meant && !look->is_meant(fd, entry->d_name)))
			continue;
		snprintf(path, sizeof(path), "%s/%s", entry->d_name, look->attribute);
		r = file_read_line(fd, path, value, sizeof(value));
		if (r == -ENOENT || r == -ENODEV) {
			r = 0; /* it left meanwhile */
			continue;
		}
		if (r < 0)
			lock_found(finding, LOCK_UNSEEN, "/%s/%s: %s", class, path, strerror(-r));
		else if (look->is_open(value))
			lock_found(finding, LOCK_BROKEN, "/%s/%s = %s", class, path, value);
		r = r < 0 || look->is_open(value) ? -1 : 0;
		count++;
	}
	closedir(directory);
	return r < 0 ? -1 : count;
}

/* Documentation/ABI/stable/sysfs-class-rfkill: 0 off by software, 1 on, 2 off by a switch. */
static bool is_on(const char *state)
{
	return strcmp(state, "0") != 0 && strcmp(state, "2") != 0;
}

/* Who let it on; NULL: nobody. The second file takes the place of the rule that turns radios off.
 */
static const char *find_permission(const struct machine *machine)
{
	static const char *const files[] = {"etc/udev/rules.d/71-sekisho-radio.rules",
					    "etc/udev/rules.d/72-sekisho-radio.rules"};

	for (size_t i = 0; i < ARRAY_SIZE(files); i++)
		if (faccessat(machine->root, files[i], F_OK, AT_SYMLINK_NOFOLLOW) == 0)
			return files[i];
	return NULL;
}

static bool is_bluetooth(int class, const char *name)
{
	char path[VALUE_MAX], type[VALUE_MAX];

	snprintf(path, sizeof(path), "%.48s/type", name);
	return file_read_line(class, path, type, sizeof(type)) == 0 &&
	       strcmp(type, "bluetooth") == 0;
}

/* Whatever its type is, or says. */
static bool is_other(int class, const char *name)
{
	return !is_bluetooth(class, name);
}

/* @hardware: a class of its own that such radios have. */
static void look(const struct machine *machine, bool (*is_meant)(int class, const char *name),
		 const char *hardware, struct lock_finding *finding)
{
	int count = look_class(machine, &(struct class_look){RADIOS, "state", is_on, is_meant},
			       finding);
	const char *permission = find_permission(machine);
	char which[LOCK_TEXT_MAX];

	if (count == 0 && machine_has(machine, hardware))
		lock_found(finding, LOCK_BROKEN, "%s",
			   _("there is a radio, and no kill switch in this kernel"));
	else if (count >= 0)
		lock_found(finding, LOCK_HOLDS, _("%d radios, all off"), count);
	else if (finding->state == LOCK_BROKEN && permission) {
		memcpy(which, finding->text, sizeof(which));
		lock_found(finding, LOCK_BROKEN, _("%s; open by policy: /%s"), which, permission);
	}
}

void look_radios(const struct machine *machine, struct lock_finding *finding)
{
	look(machine, is_other, "sys/class/ieee80211", finding);
}

void look_bluetooth(const struct machine *machine, struct lock_finding *finding)
{
	look(machine, is_bluetooth, "sys/class/bluetooth", finding);
}

/* "function" is empty while no gadget has the controller. */
static bool is_bound(const char *function)
{
	return function[0] != '\0';
}

void look_gadgets(const struct machine *machine, struct lock_finding *finding)
{
	int count = look_class(
		machine, &(struct class_look){CONTROLLERS, "function", is_bound, NULL}, finding);

	if (count >= 0)
		lock_found(finding, LOCK_HOLDS, _("%d device controllers, none in use"), count);
}
