/* Which key stands behind a hidraw node. The kernel gives each HID device that joins a name of its
 * own, "0003:1050:0407.0005", whose last part only grows while the machine is up (hid_add_device in
 * drivers/hid/hid-core.c): that is the very key that was plugged in once, and it never comes back.
 * The same key plugged in again has another name and the same identity. */
#ifndef SEKISHO_HIDKEY_H
#define SEKISHO_HIDKEY_H

#include <stdbool.h>

#define HIDKEY_NODE_MAX	    16 /* "hidraw3" */
#define HIDKEY_INSTANCE_MAX 32
#define HIDKEY_IDENTITY_MAX 65

struct hidkey {
	char instance[HIDKEY_INSTANCE_MAX]; /* the kernel's name; "": it was gone already */
	/* SHA-256 in hexadecimal of what can be known without asking it: the port, vendor, product,
	 * name, serial number and report descriptor. Keys of a model often have no serial number,
	 * so two of them may be alike at one port. */
	char identity[HIDKEY_IDENTITY_MAX];
};

/* The key behind @node, below @sysfs (a descriptor of /sys). -ENOENT: there is none; other -errno.
 */
int hidkey_read(int sysfs, const char *node, struct hidkey *ret_key);

/* The very key is still plugged in. */
bool hidkey_is_there(int sysfs, const char *instance);

/* Looks for a key of @identity whose instance isn't @except. -ENOENT: there is none. */
int hidkey_find(int sysfs, const char *identity, const char *except,
		char ret_node[static HIDKEY_NODE_MAX], struct hidkey *ret_key);

#endif
