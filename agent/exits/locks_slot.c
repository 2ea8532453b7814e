/* PCI functions that were plugged in: whether each of them is without a driver. */
#include "exits.h"

#include "cleanup.h"
#include "gettext.h"
#include "pcifunction.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>

/* True where it is as it should be; else @finding tells. */
static bool is_shut(const struct machine *machine, int sysfs, const char *name,
		    struct lock_finding *finding)
{
	struct pcifunction function;
	int r = pcifunction_read(sysfs, name, &function);

	if (r == -ENOENT || r == -ENODEV || (r == 0 && pcifunction_is_harmless(&function)))
		return true; /* it left meanwhile, or may be there */
	if (r == 0)
		r = pcifunction_is_known(&function, machine->root, PCIFUNCTION_KNOWN);
	if (r == -ENOENT)
		lock_found(finding, LOCK_BROKEN, "%s",
			   _("sekisho-buses.service has not noted what was there at the start"));
	else if (r < 0)
		lock_found(finding, LOCK_UNSEEN, "/sys/bus/pci/devices/%s: %s", name, strerror(-r));
	else if (r == 0 && (function.driven || !function.closed))
		lock_found(finding, LOCK_BROKEN,
			   _("/sys/bus/pci/devices/%s was plugged in and is open"), name);
	else
		return true;
	return false;
}

void look_slots(const struct machine *machine, struct lock_finding *finding)
{
	_cleanup_close_ int sysfs =
		openat(machine->root, "sys", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int fd = openat(sysfs, "bus/pci/devices", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *directory = fd < 0 ? NULL : fdopendir(fd);
	const struct dirent *entry;
	bool shut = true;

	if (!directory && errno != ENOENT) {
		lock_found(finding, LOCK_UNSEEN, "/sys/bus/pci/devices: %s", strerror(errno));
		return;
	}
	while (directory && shut && (entry = readdir(directory)))
		if (entry->d_name[0] != '.')
			shut = is_shut(machine, sysfs, entry->d_name, finding);
	if (directory)
		closedir(directory);
	if (!shut)
		return;
	if (machine->devices)
		lock_found(finding, LOCK_HOLDS, "%s", _("what was plugged in has no driver"));
	else
		lock_found(finding, LOCK_BROKEN, "%s",
			   _("sekishod does not answer: a card that comes now would work"));
}
