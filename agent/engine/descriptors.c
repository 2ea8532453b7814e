#include "descriptors.h"

#include <errno.h>
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

/* The interfaces of one configuration of @length bytes. */
static int parse_configuration(const uint8_t *bytes, size_t length,
			       struct usb_descriptors *descriptors)
{
	uint8_t value = bytes[5];

	for (size_t at = bytes[0]; length - at >= HEADER_LENGTH; at += bytes[at]) {
		const uint8_t *one = bytes + at;

		if (one[0] < HEADER_LENGTH || one[0] > length - at)
			break;
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
	size_t at = DEVICE_LENGTH;

	memset(&descriptors, 0, sizeof(descriptors));
	if (length < DEVICE_LENGTH || bytes[0] < DEVICE_LENGTH || bytes[1] != TYPE_DEVICE)
		return -EBADMSG;
	descriptors.class = (struct usb_class){bytes[4], bytes[5], bytes[6]};
	descriptors.vendor = read_u16(bytes + 8);
	descriptors.product = read_u16(bytes + 10);
	descriptors.release = read_u16(bytes + 12);
	while (at < length) {
		size_t total;
		int r;

		if (length - at < CONFIGURATION_LENGTH || bytes[at] < CONFIGURATION_LENGTH ||
		    bytes[at + 1] != TYPE_CONFIGURATION)
			return -EBADMSG;
		/* The kernel keeps what it got of a configuration, and the length it was promised.
		 */
		total = read_u16(bytes + at + 2);
		if (total > length - at)
			total = length - at;
		if (total < bytes[at])
			return -EBADMSG;
		r = parse_configuration(bytes + at, total, &descriptors);
		if (r < 0)
			return r;
		at += total;
	}
	*ret_descriptors = descriptors;
	return 0;
}
