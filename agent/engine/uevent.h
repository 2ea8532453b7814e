/* The kernel's own messages about devices (NETLINK_KOBJECT_UEVENT, group 1; lib/kobject_uevent.c),
 * never udev's: those come later and from another process. */
#ifndef SEKISHO_UEVENT_H
#define SEKISHO_UEVENT_H

#include <stddef.h>
#include <stdint.h>

#define UEVENT_SIZE_MAX 8192 /* bytes; the kernel's messages are below 2048 + path */
#define UEVENT_NAME_MAX 48

enum uevent_action {
	UEVENT_OTHER,
	UEVENT_ADD,
	UEVENT_REMOVE,
	UEVENT_CHANGE,
	UEVENT_BIND,
};

enum uevent_type {
	UEVENT_NOT_OURS,
	UEVENT_DEVICE, /* 1-1, usb1 */
	UEVENT_INTERFACE, /* 1-1:1.0 */
	UEVENT_DISK, /* nvme0n1 */
	UEVENT_OTHER_BUS, /* a device of one of the buses that .bus names */
	UEVENT_UNIT, /* 6:0:0:1: one of .interface on USB, and not the first of it */
};

struct uevent {
	enum uevent_action action;
	enum uevent_type type;
	char name[UEVENT_NAME_MAX]; /* last part of DEVPATH */
	const char *bus; /* its subsystem, "scsi"; static */
	char interface[UEVENT_NAME_MAX]; /* "1-1:1.0" */
	uint64_t sequence; /* one more with each message of the kernel; 0: it has none */
	/* Of a USB device, which may have left: */
	unsigned int number; /* on its bus, as /dev/bus/usb has it; 0: not told */
	uint16_t vendor, product;
};

/* -EBADMSG for anything that is not a uevent. One about nothing of ours is fine and of type
 * UEVENT_NOT_OURS. Pure. */
int uevent_parse(const char *bytes, size_t length, struct uevent *ret_uevent);

/* A non-blocking socket that hears the kernel. */
int uevent_open(int *ret_fd);

/* The next message. -EAGAIN: none; -ENOBUFS: some were lost, look at everything anew; -EBADMSG: not
 * the kernel's, or malformed: go on reading. */
int uevent_receive(int fd, struct uevent *ret_uevent);

#endif
