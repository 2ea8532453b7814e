#include "claim.h"

#include "below.h"
#include "cleanup.h"
#include "node.h"
#include "number.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/usbdevice_fs.h>
#include <string.h>
#include <sys/ioctl.h>

#define INTERFACES 32 /* drivers/usb/core/devio.c: bits of the mask */

/* The node was found by the device's name, which may have another owner by now: whose interface was
 * claimed, its directory tells. */
static int expect_usbfs(int interface)
{
	char driver[128] = "";

	if (readlinkat(interface, "driver", driver, sizeof(driver) - 1) < 0)
		return -ESTALE;
	return strstr(driver, "/drivers/usbfs") ? 0 : -ESTALE;
}

int claim_interface(int sysfs, int dev, int interface, const char *name, int *ret_fd)
{
	_cleanup_close_ int device = -1;
	_cleanup_close_ int fd = -1;
	unsigned int number, only;
	uint64_t parsed;
	int r = number_parse(strrchr(name, '.') + 1, 0, INTERFACES - 1, &parsed);

	if (r < 0)
		return r;
	device = below_open(sysfs, O_RDONLY | O_DIRECTORY, "bus/usb/devices/%.*s",
			    (int)strcspn(name, ":"), name);
	if (device < 0)
		return device;
	fd = node_open(dev, device, O_RDWR);
	if (fd < 0)
		return fd;
	number = (unsigned int)parsed;
	only = 1u << number;
	if (ioctl(fd, USBDEVFS_DROP_PRIVILEGES, &only) < 0 ||
	    ioctl(fd, USBDEVFS_CLAIMINTERFACE, &number) < 0)
		return -errno;
	r = expect_usbfs(interface);
	if (r == 0)
		*ret_fd = steal_fd(&fd);
	return r;
}
