#include "closeslot.h"

#include "cleanup.h"
#include "pcifunction.h"
#include "below.h"

#include <errno.h>
#include <fcntl.h>

#define PATH_SIZE (sizeof("bus/pci/devices//driver_override") + PCIFUNCTION_NAME_MAX)

/* drivers/pci/pci-driver.c, pci_match_device: with a driver_override no other driver matches. It is
 * written first, so that nobody takes the function between. */
static int take_driver(int sysfs, const struct pcifunction *function)
{
	char path[PATH_SIZE];
	struct pcifunction now;
	int r;

	snprintf(path, sizeof(path), "bus/pci/devices/%s/driver_override", function->name);
	r = below_write(sysfs, path, PCIFUNCTION_CLOSED);
	if (r < 0)
		return r;
	snprintf(path, sizeof(path), "bus/pci/devices/%s/driver/unbind", function->name);
	r = below_write(sysfs, path, function->name);
	if (r < 0 && r != -ENOENT && r != -ENODEV)
		return r;
	r = pcifunction_read(sysfs, function->name, &now);
	if (r < 0)
		return r;
	return now.closed && !now.driven ? 0 : -EIO;
}

int closeslot_run(int sysfs, const char *known, const char *name, uint64_t inode,
		  closedisk_claim_fn *claim)
{
	struct closedisk_claims claims = {};
	struct pcifunction function;
	int r = pcifunction_read(sysfs, name, &function);

	if (r < 0)
		return r;
	if (function.inode != inode)
		return -ESTALE;
	if (pcifunction_is_known(&function, AT_FDCWD, known) != 0)
		return -EPERM;
	r = closedisk_claim_behind(sysfs, name, claim, &claims);
	if (r == 0)
		r = take_driver(sysfs, &function);
	closedisk_release(&claims);
	return r;
}
