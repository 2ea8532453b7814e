#include "descriptors.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#define TYPE_DEVICE	     1
#define TYPE_CONFIGURATION   2
#define TYPE_INTERFACE	     4
#define DEVICE_LENGTH	     18
#define CONFIGURATION_LENGTH 9
#define INTERFACE_LENGTH     9
#define HEADER_LENGTH	     2

static uint16_t read_u16(const uint8_t *bytes)
{
	return (uint16_t)(bytes[0] | bytes[1] << 8);
}

static bool is_configuration(const uint8_t *one)
{
	return one[1] == TYPE_CONFIGURATION && one[0] >= CONFIGURATION_LENGTH;
}

/* No length but each descriptor's own is believed. The kernel shows of a configuration what it
 * could make sense of, ending with a whole descriptor, and beside it the total length that the
 * device promised (drivers/usb/core/config.c, usb_parse_configuration; sysfs.c, read_descriptors):
 * whoever goes by that passes over the next configuration. */
static int parse_all(const uint8_t *bytes, size_t length, struct usb_descriptors *descriptors)
{
	uint8_t value = 0;

	if (length > 0 && (length < CONFIGURATION_LENGTH || !is_configuration(bytes)))
		return -EBADMSG;
	for (size_t at = 0; at < length; at += bytes[at]) {
		const uint8_t *one = bytes + at;

		if (length - at < HEADER_LENGTH || one[0] < HEADER_LENGTH || one[0] > length - at)
			return -EBADMSG;
		if (is_configuration(one))
			value = one[5];
		if (one[1] != TYPE_INTERFACE || one[0] < INTERFACE_LENGTH)
			continue;
		if (descriptors->n_interfaces == DESCRIPTORS_INTERFACES_MAX)
			return -E2BIG;
		descriptors->interfaces[descriptors->n_interfaces++] = (struct usb_interface){
			.configuration = value,
			.number = one[2],
			.alternate = one[3],
			.class = {one[5], one[6], one[7]},
		};
	}
	return 0;
}

int descriptors_parse(const uint8_t *bytes, size_t length, struct usb_descriptors *ret_descriptors)
{
	struct usb_descriptors descriptors;
	int r;

	memset(&descriptors, 0, sizeof(descriptors));
	if (length < DEVICE_LENGTH || bytes[0] < DEVICE_LENGTH || bytes[1] != TYPE_DEVICE)
		return -EBADMSG;
	descriptors.class = (struct usb_class){bytes[4], bytes[5], bytes[6]};
	descriptors.vendor = read_u16(bytes + 8);
	descriptors.product = read_u16(bytes + 10);
	descriptors.release = read_u16(bytes + 12);
	r = parse_all(bytes + DEVICE_LENGTH, length - DEVICE_LENGTH, &descriptors);
	if (r < 0)
		return r;
	*ret_descriptors = descriptors;
	return 0;
}
