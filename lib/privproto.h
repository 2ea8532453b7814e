/* The conversation of sekishod and sekisho-priv on priv.sock: fixed-size packets (SOCK_SEQPACKET),
 * requests answered in their order. A packet of another size, version or verb ends the connection.
 *
 * A device is named by its directory below /sys/bus/usb/devices and that directory's inode number:
 * sysfs gives every directory a number of its own and does not use one again, so a verb that was
 * meant for a device that has left reaches nobody (-ESTALE), never the one that took its place. A
 * disk is named likewise by its directory below /sys/block, a PCI function below /sys/bus/pci. */
#ifndef SEKISHO_PRIVPROTO_H
#define SEKISHO_PRIVPROTO_H

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>

#define PRIV_VERSION	 1
#define PRIV_NAME_MAX	 48 /* "1-1.2.3.4.5.6:255.255" and the zero */
#define PRIV_PENDING_MAX 64 /* requests under way at most */
#define PRIV_CHANGED	 1 /* done, and it was otherwise before */

enum priv_verb {
	PRIV_DEFAULT_DENY = 1, /* the kernel's parameter: controllers to come; no name */
	PRIV_BUS_DENY, /* a root hub ("usb1"): new devices and interfaces wait */
	PRIV_DEVICE_OPEN, /* authorized := 1; -EPERM unless its bus makes interfaces wait */
	PRIV_DEVICE_CLOSE, /* authorized := 0 */
	PRIV_INTERFACE_OPEN,
	PRIV_INTERFACE_CLOSE,
	PRIV_INTERFACE_PROBE, /* the kernel looks for a driver */
	PRIV_INTERFACE_BIND_HID, /* usbhid takes it, or nobody */
	PRIV_INTERFACE_BIND_HUB, /* hub likewise */
	PRIV_NODE_CLOSE, /* a refused device's node is root's alone; PRIV_CHANGED: it wasn't */
	PRIV_OTHER_BUS_DENY, /* "scsi": what joins it gets no driver */
	PRIV_RADIO_OFF, /* "rfkill0" */
	PRIV_SLOT_CLOSE, /* a PCI function that was plugged in ("0000:03:00.0") gets no driver */
	PRIV_DISK_CLOSE, /* a disk ("nvme1n1") goes away; -EBUSY if anything uses it */
	PRIV_INTERFACE_CLAIM, /* open, and no driver's: its usbfs descriptor comes with the reply */
	PRIV_DEVICE_AWAIT, /* until the kernel is through with configuring it; changes nothing */
	PRIV_VERB_END
};

struct priv_request {
	uint32_t version;
	uint32_t verb; /* enum priv_verb */
	uint64_t inode; /* of the device's directory; 0 for the parameter, other buses and radios */
	char name[PRIV_NAME_MAX]; /* zero-padded to its end */
};

struct priv_reply {
	uint32_t version;
	uint32_t verb; /* the request's */
	int32_t error; /* 0: done, and read back where the kernel tells; PRIV_CHANGED; else -errno
			*/
	uint32_t reserved; /* 0 */
};

/* What was named is there no more: by a reply's error. */
static inline bool priv_has_left(int32_t error)
{
	return error == -ENOENT || error == -ENODEV || error == -ESTALE;
}

#endif
