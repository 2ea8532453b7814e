/* What is known of a USB device before it is let in: all of it comes from the device but the name
 * and the places, and is therefore hostile. */
#ifndef SEKISHO_FACTS_H
#define SEKISHO_FACTS_H

#include "descriptors.h"

#include <stdbool.h>

#define FACTS_NAME_MAX	48
#define FACTS_HASH_SIZE 65 /* SHA-256 as lower-case hexadecimal */
#define FACTS_TEXT_MAX	384 /* a string descriptor has 126 characters of up to 3 bytes */

/* Which sections with AtMost= have a place for the device: told by whoever knows the others. */
struct places {
	bool counted; /* false: the device is looked at by itself, and every section has one */
	uint8_t count;
	uint32_t sections[DESCRIPTORS_INTERFACES_MAX]; /* by their number in struct rules */
};

struct device_facts {
	char name[FACTS_NAME_MAX]; /* directory below /sys/bus/usb/devices: "2-1.4" */
	uint64_t inode; /* of that directory: tells the device from its successors */
	unsigned int number; /* on its bus, which its uevents tell too; 0: unknown */
	bool authorized;
	char manufacturer[FACTS_TEXT_MAX];
	char product[FACTS_TEXT_MAX];
	char serial[FACTS_TEXT_MAX];
	char hash[FACTS_HASH_SIZE]; /* of its descriptors as sysfs shows them; "" if unknown */
	bool internal; /* the firmware says that it is built in */
	bool clone; /* when it came, another one with its vendor, product and serial was there */
	bool passed; /* a person typed on it what the screen showed: not the device's word */
	int unreadable; /* 0, or why .descriptors could not be read: -errno of descriptors_parse */
	struct usb_descriptors descriptors;
	struct places places; /* not the device's word, but ours */
};

/* An interface the kernel has made of an authorized device. */
struct interface_facts {
	char name[FACTS_NAME_MAX]; /* "2-1.4:1.0" */
	uint64_t inode;
	bool authorized;
	struct usb_class class;
};

/* What tells one device from another at the same port: its descriptors and what it calls itself.
 * All are the device's word, so as many as there are. */
#define FACTS_IDENTITY_SIZE 16
void facts_identify(const struct device_facts *facts,
		    uint8_t ret_identity[static FACTS_IDENTITY_SIZE]);

/* Whether @name is there, which device it is and whether it is authorized. Waits for nobody: other
 * than facts_read, which takes the device's lock in the kernel for its strings, and whoever
 * configures a device holds that for as long as the device likes. */
int facts_peek(int devices, const char *name, uint64_t *ret_inode, bool *ret_authorized);

/* Reads /sys/bus/usb/devices/@name, all but .clone; @devices is a descriptor of that folder.
 * -ENOENT, -ENODEV: the device has left. A device whose descriptors are wrong is a device: see
 * .unreadable. */
int facts_read(int devices, const char *name, struct device_facts *ret_facts);

/* The driver that has interface @name, "" if none. -errno: the interface has left. */
int facts_driver(int devices, const char *name, char driver[static FACTS_NAME_MAX]);

/* The interfaces of @device now, at most @size, without those whose uevent is still to come, of
 * which there are some if @ret_more (may be NULL). -E2BIG if there are too many; -ESTALE if another
 * device has taken its place. */
int facts_read_interfaces(int devices, const struct device_facts *device,
			  struct interface_facts *interfaces, size_t size, size_t *ret_count,
			  bool *ret_more);

#endif
