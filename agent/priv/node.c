#include "node.h"

#include "below.h"
#include "cleanup.h"
#include "number.h"
#include "privproto.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/rfkill.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int read_number(int directory, const char *name, uint64_t *ret_number)
{
	char text[16];
	int r = below_read(below_open(directory, O_RDONLY, "%s", name), text, sizeof(text));

	return r < 0 ? r : number_parse(text, 0, 999, ret_number);
}

/* With no bit for the group an access list gives nothing either: they are its mask (acl(5)). */
static bool is_closed(const struct stat *status)
{
	return status->st_uid == 0 && (status->st_mode & 07077) == 0;
}

/* fchmod(2) takes no O_PATH descriptor, and to open the node itself would reach the device. */
static int close_node(int fd)
{
	char by_number[32];
	struct stat status;

	snprintf(by_number, sizeof(by_number), "/proc/self/fd/%d", fd);
	if (fchownat(fd, "", 0, 0, AT_EMPTY_PATH) < 0 || chmod(by_number, 0600) < 0 ||
	    fstat(fd, &status) < 0)
		return -errno;
	return is_closed(&status) ? PRIV_CHANGED : -EIO;
}

int node_open(int dev, int device, int flags)
{
	uint64_t bus, number;
	int r = read_number(device, "busnum", &bus);

	if (r == 0)
		r = read_number(device, "devnum", &number);
	if (r != 0)
		return r;
	return below_open(dev, flags | O_NOFOLLOW, "bus/usb/%03u/%03u", (unsigned int)bus,
			  (unsigned int)number);
}

int node_close(int dev, int device)
{
	_cleanup_close_ int fd = node_open(dev, device, O_PATH);
	struct stat status;

	if (fd < 0)
		return fd;
	if (fstat(fd, &status) < 0)
		return -errno;
	/* chmod(2) would follow a link. */
	if (S_ISLNK(status.st_mode))
		return -ELOOP;
	return is_closed(&status) ? 0 : close_node(fd);
}

/* "soft" of sysfs takes CAP_NET_ADMIN (net/rfkill/core.c, soft_store), this node its mode alone. */
int node_radio_off(int dev, int radio, const char *name)
{
	struct rfkill_event event = {.type = RFKILL_TYPE_ALL, .op = RFKILL_OP_CHANGE, .soft = 1};
	_cleanup_close_ int fd = -1;
	uint64_t number;
	int r = number_parse(name + strlen("rfkill"), 0, 999, &number);

	if (r < 0)
		return r;
	event.idx = (uint32_t)number;
	fd = below_open(dev, O_WRONLY | O_NONBLOCK | O_NOFOLLOW, "rfkill");
	if (fd < 0)
		return fd;
	if (write(fd, &event, sizeof(event)) != (ssize_t)sizeof(event))
		return errno ? -errno : -EIO;
	return below_expect(below_open(radio, O_RDONLY, "soft"), "1");
}
