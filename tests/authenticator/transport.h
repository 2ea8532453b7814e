/* How reports reach the platform: over a Unix socket, as a HID device of the kernel, or over USB.
 * Plugged, a transport has one descriptor to poll for reading; which one may change with every
 * call. */
#ifndef SOFTKEY_TRANSPORT_H
#define SOFTKEY_TRANSPORT_H

#include "ctaphid.h"
#include "settings.h"

struct transport;

struct transport_kind {
	/* Becomes reachable. -errno. */
	int (*plug)(struct transport *transport);
	/* Is gone for the platform. Safe if it is already. */
	void (*unplug)(struct transport *transport);
	/* Takes what the descriptor has: 1 with a report, 0 without one, -errno. */
	int (*receive)(struct transport *transport, uint8_t ret_report[static REPORT_SIZE]);
	/* Sends if somebody listens, else drops, as hidraw does. */
	void (*send)(struct transport *transport, const uint8_t report[static REPORT_SIZE]);
};

struct transport {
	const struct transport_kind *kind;
	const struct settings *settings;
	int fd; /* to poll; -1 while unplugged */
	int listener; /* of the socket kind; else -1 */
};

/* One connection at a time; the next one waits until it is closed. A packet is a report: 64 bytes,
 * or 65 with a leading report number 0 as written to hidraw. */
extern const struct transport_kind transport_socket;

/* Needs /dev/uhid: linux/uhid.h, Documentation/hid/uhid.rst. */
extern const struct transport_kind transport_uhid;

/* A USB gadget's HID function, made by configfs: Documentation/usb/gadget_hid.rst. */
extern const struct transport_kind transport_hidg;

#endif
