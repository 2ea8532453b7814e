/* sekisho-disk NAME: is that disk a stranger? udev's rule asks, before anything reads the disk.
 *
 * Status 0: it is not on the inventory, and nobody uses it yet. 1: let it be: it is known, it is
 * none of ours to judge, it is in use, or there is no inventory of this machine. Whatever goes
 * wrong is 1: sekishod judges the disk in any case and tells why it could not. */
#include "cleanup.h"
#include "diskhold.h"
#include "paths.h"
#include "rootdisk.h"

#include <errno.h>
#include <fcntl.h>

#define LET_BE	    1
#define STRANGER    0
#define CLAIM_TRIES 10

/* What the start mounted already stays as it is. The root half holds each disk of a device for a
 * moment when one of them is taken away. */
static bool is_in_use(const char *name)
{
	_cleanup_close_ int fd = diskhold_open(name, NULL, CLAIM_TRIES);

	return fd == -EBUSY;
}

static int judge(const char *name, const struct inventory *inventory)
{
	_cleanup_close_ int sysfs = open("/sys", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	_cleanup_close_ int mounts = open("/proc/self/mountinfo", O_RDONLY | O_CLOEXEC);
	char root[DISK_NAME_MAX];
	struct disk disk;

	if (sysfs < 0 || mounts < 0 || disk_read(sysfs, name, &disk) < 0 ||
	    inventory_find(inventory, &disk) ||
	    rootdisk_covered(sysfs, mounts, inventory, root) < 0 || is_in_use(disk.name))
		return LET_BE;
	return STRANGER;
}

int main(int argc, char **argv)
{
	struct inventory inventory;
	struct config_error error;
	int r;

	if (argc != 2)
		return LET_BE;
	if (inventory_load(SEKISHO_DISKS, 0, &inventory, &error) < 0)
		return LET_BE;
	r = judge(argv[1], &inventory);
	inventory_free(&inventory);
	return r;
}
