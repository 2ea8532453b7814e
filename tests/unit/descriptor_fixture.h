/* Makes a device's descriptors as /sys/bus/usb/devices/NAME/descriptors shows them: the device, its
 * configurations, and of each interface what its class's specification puts there (HID 1.11, CCID
 * 1.1, CDC 1.2, UVC 1.5, Audio 2.0, Bluetooth's USB transport, Billboard 1.2). */
#ifndef SEKISHO_DESCRIPTOR_FIXTURE_H
#define SEKISHO_DESCRIPTOR_FIXTURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define PARTS_MAX      24
#define BUILD_SIZE_MAX 2048

/* An interface, or another setting of the one before it. */
struct part {
	uint8_t configuration, number, alternate;
	uint8_t class[3];
	bool works; /* what a test expects */
};

static inline void build_add(uint8_t *bytes, size_t *length, const uint8_t *more, size_t size)
{
	memcpy(bytes + *length, more, size);
	*length += size;
}

/* Video, audio, communication: functions of several interfaces, which an association announces. */
static inline void build_association(uint8_t *bytes, size_t *length, const struct part *part)
{
	static const uint8_t first_of_several[][2] = {{0x0e, 1}, {0x01, 1}, {0x02, 6}, {0x02, 2}};

	for (size_t i = 0; i < sizeof(first_of_several) / sizeof(first_of_several[0]); i++)
		if (part->alternate == 0 && memcmp(first_of_several[i], part->class, 2) == 0)
			build_add(bytes, length,
				  (const uint8_t[]){8, 0x0b, part->number, 2, part->class[0],
						    part -> class[1], part -> class[2], 0},
				  8);
}

static inline void build_interface(uint8_t *bytes, size_t *length, const struct part *part)
{
	static const uint8_t hid[9] = {9, 0x21, 0x11, 0x01, 0, 1, 0x22, 65, 0};
	static const uint8_t ccid[54] = {54, 0x21, 0x10, 0x01, 0, 7, 3};
	static const uint8_t header[5] = {5, 0x24, 0, 0x10, 0x01};
	static const uint8_t endpoint[7] = {7, 5, 0x81, 3, 8, 0, 10};

	build_association(bytes, length, part);
	build_add(bytes, length,
		  (const uint8_t[]){9, 4, part->number, part->alternate, 1, part->class[0],
				    part -> class[1], part -> class[2], 0},
		  9);
	if (part->class[0] == 0x03)
		build_add(bytes, length, hid, sizeof(hid));
	else if (part->class[0] == 0x0b)
		build_add(bytes, length, ccid, sizeof(ccid));
	else if (part->class[0] == 0x0e || part->class[0] == 0x01 || part->class[0] == 0x02)
		build_add(bytes, length, header, sizeof(header));
	build_add(bytes, length, endpoint, sizeof(endpoint));
}

/* @parts in the order of their configurations, which count from 1. Returns the length. */
static inline size_t build_descriptors(uint16_t vendor, uint16_t product, const struct part *parts,
				       size_t count, uint8_t bytes[static BUILD_SIZE_MAX])
{
	size_t length = 0, at = 0;
	uint8_t device[18] = {18, 1, 0, 2, 0, 0, 0, 64};

	device[8] = (uint8_t)vendor;
	device[9] = (uint8_t)(vendor >> 8);
	device[10] = (uint8_t)product;
	device[11] = (uint8_t)(product >> 8);
	device[17] = count > 0 ? parts[count - 1].configuration : 0;
	build_add(bytes, &length, device, sizeof(device));
	while (at < count) {
		size_t begin = length;
		uint8_t configuration = parts[at].configuration, interfaces = 0;

		build_add(bytes, &length,
			  (const uint8_t[]){9, 2, 0, 0, 0, configuration, 0, 0x80, 50}, 9);
		for (; at < count && parts[at].configuration == configuration; at++) {
			build_interface(bytes, &length, &parts[at]);
			interfaces += parts[at].alternate == 0;
		}
		bytes[begin + 2] = (uint8_t)(length - begin);
		bytes[begin + 3] = (uint8_t)((length - begin) >> 8);
		bytes[begin + 4] = interfaces;
	}
	return length;
}

#endif
