/* Descriptors: what every cut, every lie about a length and every odd device becomes. */
#include "agent/engine/descriptors.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <string.h>

#include <cmocka.h>

/* A keyboard with a storage interface, as a device sends them (USB 2.0, 9.6). */
static const uint8_t composite[] = {
	/* device: 046d:c31c */
	18, 1, 0x00, 0x02, 0, 0, 0, 8, 0x6d, 0x04, 0x1c, 0xc3, 0x10, 0x49, 1, 2, 0, 1,
	/* configuration 1, 53 bytes, two interfaces */
	9, 2, 57, 0, 2, 1, 0, 0xa0, 45,
	/* interface 0: keyboard, its HID descriptor, an endpoint */
	9, 4, 0, 0, 1, 3, 1, 1, 0, 9, 0x21, 0x10, 0x01, 0, 1, 0x22, 65, 0, 7, 5, 0x81, 3, 8, 0, 10,
	/* interface 1: storage, two endpoints */
	9, 4, 1, 0, 2, 8, 6, 0x50, 0, 7, 5, 0x82, 2, 64, 0, 0, 7, 5, 0x03, 2, 64, 0, 0};

static void both_interfaces_are_seen(void **state)
{
	struct usb_descriptors descriptors;

	(void)state;
	assert_int_equal(descriptors_parse(composite, sizeof(composite), &descriptors), 0);
	assert_int_equal(descriptors.vendor, 0x046d);
	assert_int_equal(descriptors.product, 0xc31c);
	assert_int_equal(descriptors.release, 0x4910);
	assert_int_equal(descriptors.n_interfaces, 2);
	assert_int_equal(descriptors.interfaces[0].class.class, 3);
	assert_int_equal(descriptors.interfaces[1].class.class, 8);
	assert_int_equal(descriptors.interfaces[1].class.protocol, 0x50);
	assert_int_equal(descriptors.interfaces[1].configuration, 1);
	assert_int_equal(descriptors.interfaces[1].number, 1);
}

/* The kernel shows whole descriptors alone; what is cut elsewhere is not what it read. */
static void every_cut(void **state)
{
	struct usb_descriptors descriptors;
	size_t whole = 18, interfaces = 0;

	(void)state;
	for (size_t length = 0; length <= sizeof(composite); length++) {
		bool fits = length == whole;

		assert_int_equal(descriptors_parse(composite, length, &descriptors),
				 fits ? 0 : -EBADMSG);
		if (!fits)
			continue;
		assert_int_equal(descriptors.n_interfaces, interfaces);
		if (length < sizeof(composite)) {
			interfaces += composite[whole + 1] == 4;
			whole += composite[whole];
		}
	}
	assert_int_equal(interfaces, 2);
}

/* The kernel skips a descriptor of two bytes and goes on; whoever stops there sees half a device.
 */
static void an_empty_descriptor_hides_nothing(void **state)
{
	uint8_t bytes[sizeof(composite) + 2];
	struct usb_descriptors descriptors;
	size_t at = 18 + 9 + 25;

	(void)state;
	memcpy(bytes, composite, at);
	bytes[at] = 2;
	bytes[at + 1] = 0xff;
	memcpy(bytes + at + 2, composite + at, sizeof(composite) - at);
	bytes[18 + 2] += 2;
	assert_int_equal(descriptors_parse(bytes, sizeof(bytes), &descriptors), 0);
	assert_int_equal(descriptors.n_interfaces, 2);
}

/* The kernel ends the configuration before it, and shows nothing of it. */
static void an_impossible_length_is_refused(void **state)
{
	static const uint8_t lengths[] = {0, 1, 200};
	uint8_t bytes[sizeof(composite)];
	struct usb_descriptors descriptors;
	size_t at = 18 + 9 + 25;

	(void)state;
	for (size_t i = 0; i < sizeof(lengths); i++) {
		memcpy(bytes, composite, sizeof(bytes));
		bytes[at] = lengths[i];
		assert_int_equal(descriptors_parse(bytes, sizeof(bytes), &descriptors), -EBADMSG);
	}
}

/* The first configuration promises 29 bytes, of which the kernel kept 18. 29 bytes on, in the midst
 * of the second one, stands what looks like its header, with the disk inside another descriptor. */
static void a_promised_length_hides_nothing(void **state)
{
	static const uint8_t bytes[] = {
		18, 1, 0,  2, 0, 0, 0, 64,   0x6d, 4,  1,    0, 0, 1, 0, 0, 0, 2, /* device */
		9,  2, 29, 0, 1, 1, 0, 0x80, 255,  9,  4,    0, 0, 0, 3, 1, 1, 0, /* keyboard */
		9,  2, 42, 0, 1, 2, 0, 0x80, 50,   13, 0xff, /* disk */
		9,  2, 20, 0, 1, 2, 0, 0x80, 50,   11, 0xff, /* what stands there */
		9,  4, 0,  0, 2, 8, 6, 0x50, 0,	   2,  0xff};
	struct usb_descriptors descriptors;

	(void)state;
	assert_int_equal(descriptors_parse(bytes, sizeof(bytes), &descriptors), 0);
	assert_int_equal(descriptors.n_interfaces, 2);
	assert_int_equal(descriptors.interfaces[1].class.class, 8);
	assert_int_equal(descriptors.interfaces[1].configuration, 2);
}

static void all_configurations_count(void **state)
{
	uint8_t bytes[2 * sizeof(composite)];
	struct usb_descriptors descriptors;
	size_t tail = sizeof(composite) - 18;

	(void)state;
	memcpy(bytes, composite, sizeof(composite));
	memcpy(bytes + sizeof(composite), composite + 18, tail);
	bytes[sizeof(composite) + 5] = 2;
	assert_int_equal(descriptors_parse(bytes, sizeof(composite) + tail, &descriptors), 0);
	assert_int_equal(descriptors.n_interfaces, 4);
	assert_int_equal(descriptors.interfaces[3].configuration, 2);
}

static void wrong_headers_are_refused(void **state)
{
	static const struct {
		size_t at;
		uint8_t value;
	} lies[] = {{0, 17}, {1, 2}, {18, 8}, {19, 4}};
	uint8_t bytes[sizeof(composite)];
	struct usb_descriptors descriptors;

	(void)state;
	for (size_t i = 0; i < sizeof(lies) / sizeof(lies[0]); i++) {
		memcpy(bytes, composite, sizeof(bytes));
		bytes[lies[i].at] = lies[i].value;
		assert_int_equal(descriptors_parse(bytes, sizeof(bytes), &descriptors), -EBADMSG);
	}
}

static void too_many_interfaces_are_refused(void **state)
{
	uint8_t bytes[18 + 9 + 9 * (DESCRIPTORS_INTERFACES_MAX + 1)] = {};
	struct usb_descriptors descriptors;
	size_t total;

	(void)state;
	for (size_t count = DESCRIPTORS_INTERFACES_MAX; count <= DESCRIPTORS_INTERFACES_MAX + 1;
	     count++) {
		memcpy(bytes, composite, 18 + 9);
		total = 9 + 9 * count;
		bytes[20] = (uint8_t)total;
		bytes[21] = (uint8_t)(total >> 8);
		for (size_t i = 0; i < count; i++)
			memcpy(bytes + 18 + 9 + 9 * i, composite + 18 + 9, 9);
		assert_int_equal(descriptors_parse(bytes, 18 + total, &descriptors),
				 count > DESCRIPTORS_INTERFACES_MAX ? -E2BIG : 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(both_interfaces_are_seen),
		cmocka_unit_test(every_cut),
		cmocka_unit_test(an_empty_descriptor_hides_nothing),
		cmocka_unit_test(an_impossible_length_is_refused),
		cmocka_unit_test(a_promised_length_hides_nothing),
		cmocka_unit_test(all_configurations_count),
		cmocka_unit_test(wrong_headers_are_refused),
		cmocka_unit_test(too_many_interfaces_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
