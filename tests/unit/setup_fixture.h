/* A terminal's /sys and /proc as far as `sekisho setup devices` looks at them. */
#ifndef SEKISHO_SETUP_FIXTURE_H
#define SEKISHO_SETUP_FIXTURE_H

#include "tree_fixture.h"

#include "descriptor_fixture.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

struct terminal {
	char root[48];
	char said[8192]; /* by the last command */
};

#define KEYS_OF_KEYBOARD "fffffffffffffffe"
#define KEYS_OF_MOUSE	 "70000 0 0 0 0" /* the three buttons from 0x110 on */
#define MOVES		 "3" /* two axes */

static inline void fixture_put(const struct terminal *terminal, const char *path, const void *bytes,
			       size_t length)
{
	char whole[512];

	tree_put(terminal->root, path, bytes, length);
	snprintf(whole, sizeof(whole), "%s/%s", terminal->root, path);
	assert_int_equal(chmod(whole, 0644), 0);
}

static inline void fixture_text(const struct terminal *terminal, const char *text,
				const char *format, ...) __attribute__((format(printf, 3, 4)));
static inline void fixture_text(const struct terminal *terminal, const char *text,
				const char *format, ...)
{
	va_list arguments;
	char path[256];

	va_start(arguments, format);
	vsnprintf(path, sizeof(path), format, arguments);
	va_end(arguments);
	fixture_put(terminal, path, text, strlen(text));
}

/* A link of /sys/class to what hangs on the USB interface @on, or on no USB if that is NULL. */
static inline void fixture_class(const struct terminal *terminal, const char *class,
				 const char *name, const char *on)
{
	char target[256], place[256];

	if (on)
		snprintf(target, sizeof(target), "../../devices/pci0000:00/usb1/%.*s/%s/%s/%s",
			 (int)strcspn(on, ":"), on, on, class, name);
	else
		snprintf(target, sizeof(target), "../../devices/platform/%s/%s", class, name);
	fixture_text(terminal, "", "sys/class/%s/.made", class);
	fixture_text(terminal, "", "sys/%s/uevent", target + strlen("../../"));
	snprintf(place, sizeof(place), "%s/sys/class/%s/%s", terminal->root, class, name);
	assert_int_equal(symlink(target, place), 0);
}

static inline void fixture_usb(const struct terminal *terminal, const char *name,
			       const char *authorized, uint16_t product, const char *serial,
			       const struct part *parts, size_t count)
{
	uint8_t bytes[BUILD_SIZE_MAX];
	size_t length = build_descriptors(0x046d, product, parts, count, bytes);
	char path[128], digits[8];

	snprintf(path, sizeof(path), "sys/bus/usb/devices/%s/descriptors", name);
	fixture_put(terminal, path, bytes, length);
	fixture_text(terminal, authorized, "sys/bus/usb/devices/%s/authorized", name);
	fixture_text(terminal, "A \033device\n", "sys/bus/usb/devices/%s/product", name);
	fixture_text(terminal, serial, "sys/bus/usb/devices/%s/serial", name);
	for (size_t i = 0; i < count; i++) {
		static const char *const names[] = {"Class", "SubClass", "Protocol"};

		snprintf(path, sizeof(path), "sys/bus/usb/devices/%s/%s:%u.%u", name, name,
			 parts[i].configuration, parts[i].number);
		fixture_text(terminal, authorized, "%s/authorized", path);
		fixture_text(terminal, "on\n", "%s/power/control", path);
		for (size_t at = 0; at < 3; at++) {
			snprintf(digits, sizeof(digits), "%02x\n", parts[i].class[at]);
			fixture_text(terminal, digits, "%s/bInterface%s", path, names[at]);
		}
	}
}

static inline void fixture_input(const struct terminal *terminal, const char *name, const char *on,
				 const char *keys, const char *moves)
{
	fixture_class(terminal, "input", name, on);
	fixture_text(terminal, "An input\n", "sys/class/input/%s/name", name);
	fixture_text(terminal, keys, "sys/class/input/%s/capabilities/key", name);
	fixture_text(terminal, moves, "sys/class/input/%s/capabilities/rel", name);
	fixture_text(terminal, "0\n", "sys/class/input/%s/capabilities/abs", name);
}

#endif
