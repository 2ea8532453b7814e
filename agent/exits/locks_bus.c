/* Buses other than USB: what joins them after the start gets no driver, or is not let in. */
#include "exits.h"

#include "cleanup.h"
#include "file.h"
#include "gettext.h"
#include "otherbuses.h"
#include "rivals.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>

void look_buses(const struct machine *machine, struct lock_finding *finding)
{
	char path[64], value[8];
	size_t count = 0;

	for (size_t i = 0; i < OTHERBUSES_COUNT; i++) {
		int r;

		snprintf(path, sizeof(path), "sys/bus/%s/drivers_autoprobe", otherbuses[i]);
		r = file_read_line(machine->root, path, value, sizeof(value));
		/* The kernel has no such bus, for there is no controller of one. */
		if (r == -ENOENT)
			continue;
		if (r < 0) {
			lock_found(finding, LOCK_UNSEEN, "/%s: %s", path, strerror(-r));
			return;
		}
		if (strcmp(value, "0") != 0) {
			lock_found(finding, LOCK_BROKEN, "/%s = %s", path, value);
			return;
		}
		count++;
	}
	lock_found(finding, LOCK_HOLDS, _("%zu buses closed"), count);
}

/* Documentation/ABI/testing/sysfs-bus-thunderbolt: "none" connects whatever comes; "N-0" is the
 * machine's own end. */
static bool is_let_in(const char *name, const char *attribute, const char *value)
{
	const char *route = strchr(name, '-');

	if (strcmp(attribute, "security") == 0)
		return strcmp(value, "none") == 0;
	return strcmp(value, "0") != 0 && route && strcmp(route, "-0") != 0;
}

/* boltd lets in what it knows, and under an IOMMU whatever comes. */
static const struct rival *find_thunderbolt_rival(const struct machine *machine)
{
	for (size_t i = 0; i < rival_count; i++)
		if (rivals[i].thunderbolt && rival_look(&rivals[i], machine->root) == RIVAL_RUNS)
			return &rivals[i];
	return NULL;
}

/* Two computers that a cable joins have a network (XDomain) that "authorized" does not decide
 * about: drivers/thunderbolt/xdomain.c, tb_is_xdomain_enabled(). */
static void look_at_computers(const struct machine *machine, struct lock_finding *finding)
{
	static const char path[] = "sys/module/thunderbolt/parameters/xdomain";
	char value[8];
	int r = file_read_line(machine->root, path, value, sizeof(value));

	if (r < 0 && r != -ENOENT)
		lock_found(finding, LOCK_UNSEEN, "/%s: %s", path, strerror(-r));
	else if (r == 0 && strcmp(value, "N") != 0)
		lock_found(finding, LOCK_BROKEN, "/%s = %s", path, value);
}

void look_thunderbolt_devices(const struct machine *machine, struct lock_finding *finding)
{
	static const char folder[] = "sys/bus/thunderbolt/devices";
	static const char *const attributes[] = {"security", "authorized"};
	int fd = openat(machine->root, folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *directory = fd < 0 ? NULL : fdopendir(fd);
	const struct dirent *entry;

	if (!directory && errno != ENOENT) {
		lock_found(finding, LOCK_UNSEEN, "/%s: %s", folder, strerror(errno));
		return;
	}
	lock_found(finding, LOCK_HOLDS, "%s", _("no Thunderbolt device is connected by PCI"));
	look_at_computers(machine, finding);
	while (directory && (entry = readdir(directory)))
		for (size_t i = 0; entry->d_name[0] != '.' && i < ARRAY_SIZE(attributes); i++) {
			char path[NAME_MAX + 16], value[16];

			/* A domain has the one, a device the other. */
			snprintf(path, sizeof(path), "%s/%s", entry->d_name, attributes[i]);
			if (file_read_line(fd, path, value, sizeof(value)) == 0 &&
			    is_let_in(entry->d_name, attributes[i], value))
				lock_found(finding, LOCK_BROKEN, "/%s/%s = %s", folder, path,
					   value);
		}
	if (directory)
		closedir(directory);
}

void look_thunderbolt(const struct machine *machine, struct lock_finding *finding)
{
	const struct rival *rival;

	look_thunderbolt_devices(machine, finding);
	rival = finding->state == LOCK_HOLDS ? find_thunderbolt_rival(machine) : NULL;
	if (rival)
		lock_found(finding, LOCK_BROKEN,
			   _("%s decides about devices too; end it by 'systemctl mask --now %s'"),
			   rival->name, rival->unit);
}
