/* Disks that are not on the inventory: those that are there, and whether anybody would act. */
#include "exits.h"

#include "cleanup.h"
#include "gettext.h"
#include "rootdisk.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

static void look_list(const struct machine *machine, const struct inventory *inventory,
		      struct lock_finding *finding)
{
	_cleanup_close_ int sysfs =
		openat(machine->root, "sys", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	_cleanup_close_ int mounts =
		openat(machine->root, "proc/self/mountinfo", O_RDONLY | O_CLOEXEC);
	_cleanup_free_ struct disk *list = NULL;
	char name[DISK_NAME_MAX] = "";
	size_t count = 0;
	int r = disk_list(sysfs, &list, &count);

	if (r < 0) {
		lock_found(finding, LOCK_UNSEEN, "/sys/block: %s", strerror(-r));
		return;
	}
	r = rootdisk_covered(sysfs, mounts, inventory, name);
	if (r < 0) {
		lock_found(finding, LOCK_BROKEN,
			   _("%s does not name the disk of the root file system%s%s: no disk is "
			     "closed; 'sekisho disks' shows them"),
			   machine->inventory, r == -ENXIO ? ", " : "", r == -ENXIO ? name : "");
		return;
	}
	for (size_t i = 0; i < count; i++) {
		if (inventory_find(inventory, &list[i]))
			continue;
		lock_found(finding, LOCK_BROKEN, _("/dev/%s is not on the inventory: %s %s"),
			   list[i].name, list[i].model, list[i].serial);
		return;
	}
	if (machine->devices && machine->disks_unarmed)
		lock_found(finding, LOCK_BROKEN, "%s",
			   _("sekishod has not read the inventory as it is now: 'systemctl reload "
			     "sekishod'"));
	else if (machine->devices)
		lock_found(finding, LOCK_HOLDS, _("%zu disks, all on the inventory"), count);
	else
		lock_found(finding, LOCK_BROKEN, "%s",
			   _("sekishod does not answer: a disk that comes now would stay"));
}

void look_disks(const struct machine *machine, struct lock_finding *finding)
{
	struct inventory inventory;
	struct config_error error;
	int r = inventory_load(machine->inventory, geteuid(), &inventory, &error);

	if (r == -ENOENT) {
		lock_found(finding, LOCK_BROKEN,
			   _("there is no %s: no disk is closed; 'sekisho disks enrol' makes it"),
			   machine->inventory);
		return;
	}
	if (r < 0) {
		lock_found(finding, LOCK_UNSEEN, "%s", error.text);
		return;
	}
	look_list(machine, &inventory, finding);
	inventory_free(&inventory);
}
