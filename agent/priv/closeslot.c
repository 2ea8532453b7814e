#include "closeslot.h"

#include "below.h"
#include "pcifunction.h"

#include <errno.h>
#include <fcntl.h>

/* drivers/pci/pci-driver.c, pci_match_device: with a driver_override no other driver matches. It is
 * written first, so that nobody takes the function between. */
static int take_driver(int sysfs, const struct bearer *bearer)
{
	struct pcifunction now;
	int r;

	r = below_write(below_open(sysfs, O_WRONLY, "%s/driver_override", bearer->place),
			PCIFUNCTION_CLOSED);
	if (r < 0)
		return r;
	r = bearer_take_away(sysfs, bearer);
	if (r < 0 && r != -ENOENT && r != -ENODEV)
		return r;
	r = pcifunction_read(sysfs, bearer->name, &now);
	if (r < 0)
		return r;
	return now.closed && !now.driven ? 0 : -EIO;
}

int closeslot_run(int sysfs, const char *known, const char *name, uint64_t inode,
		  closedisk_claim_fn *claim)
{
	struct closedisk_claims claims = {};
	struct pcifunction function;
	struct bearer bearer;
	int r = pcifunction_read(sysfs, name, &function);

	if (r < 0)
		return r;
	if (function.inode != inode)
		return -ESTALE;
	if (pcifunction_is_known(&function, AT_FDCWD, known) != 0)
		return -EPERM;
	r = bearer_of_function(sysfs, name, &bearer);
	if (r == 0)
		r = closedisk_claim_behind(sysfs, &bearer, claim, &claims);
	if (r == 0)
		r = take_driver(sysfs, &bearer);
	closedisk_release(&claims);
	return r;
}
