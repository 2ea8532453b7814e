/* USB descriptors as sysfs shows them: the device descriptor, then every configuration as the
 * device sent it (USB 2.0, 9.6; Documentation/ABI/testing/sysfs-bus-usb, "descriptors"). Hostile
 * bytes. */
#ifndef SEKISHO_DESCRIPTORS_H
#define SEKISHO_DESCRIPTORS_H

#include <stddef.h>
#include <stdint.h>

#define DESCRIPTORS_SIZE_MAX	   (18u + 8u * 65535u) /* bytes; the kernel takes 8 configurations */
#define DESCRIPTORS_INTERFACES_MAX 64

/* Class codes as a device gives them for one interface. */
struct usb_class {
	uint8_t class, subclass, protocol;
};

struct usb_interface {
	uint8_t configuration; /* bConfigurationValue */
	uint8_t number;
	uint8_t alternate;
	struct usb_class class;
};

struct usb_descriptors {
	uint16_t vendor, product, release; /* idVendor, idProduct, bcdDevice */
	struct usb_class class; /* of the device */
	size_t n_interfaces;
	struct usb_interface interfaces[DESCRIPTORS_INTERFACES_MAX]; /* alternates included */
};

/* -EBADMSG: not a chain of whole descriptors, as which the kernel shows them; -E2BIG: more
 * interfaces than we judge. No interface that the kernel can make of these bytes is missing. Pure.
 */
int descriptors_parse(const uint8_t *bytes, size_t length, struct usb_descriptors *ret_descriptors);

#endif
