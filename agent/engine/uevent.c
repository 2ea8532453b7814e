#include "uevent.h"

#include "cleanup.h"
#include "number.h"

#include <errno.h>
#include <linux/netlink.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#define GROUP_KERNEL 1u
#define RECEIVE_SIZE (4 * 1024 * 1024) /* bytes of buffer; the kernel gives what it may */

/* The value of "KEY=..." if @line begins with it. */
static const char *value_of(const char *line, const char *key)
{
	size_t length = strlen(key);

	return strncmp(line, key, length) == 0 && line[length] == '=' ? line + length + 1 : NULL;
}

static enum uevent_action action_of(const char *text)
{
	static const struct {
		const char *name;
		enum uevent_action action;
	} actions[] = {
		{"add", UEVENT_ADD},
		{"remove", UEVENT_REMOVE},
		{"change", UEVENT_CHANGE},
		{"bind", UEVENT_BIND},
	};

	for (size_t i = 0; i < ARRAY_SIZE(actions); i++)
		if (strcmp(text, actions[i].name) == 0)
			return actions[i].action;
	return UEVENT_OTHER;
}

/* What a message is about, by its SUBSYSTEM and DEVTYPE. */
static const struct {
	const char *subsystem, *device_type; /* NULL: whatever it is */
	enum uevent_type type;
} types[] = {
	{"usb", "usb_device", UEVENT_DEVICE},
	{"usb", "usb_interface", UEVENT_INTERFACE},
	{"block", "disk", UEVENT_DISK},
	{"pci", NULL, UEVENT_OTHER_BUS},
	{"scsi", "scsi_device", UEVENT_OTHER_BUS},
	{"mmc", NULL, UEVENT_OTHER_BUS},
	{"memstick", NULL, UEVENT_OTHER_BUS},
	{"firewire", NULL, UEVENT_OTHER_BUS},
	{"pcmcia", NULL, UEVENT_OTHER_BUS},
};

static void find_type(const char *path, const char *subsystem, const char *device_type,
		      struct uevent *uevent)
{
	static const char made[] = "/devices/virtual/block/";

	for (size_t i = 0; i < ARRAY_SIZE(types); i++) {
		/* What a USB device brings was judged with it; devices made of others are virtual,
		 * but for namespaces of NVMe. */
		if ((types[i].type == UEVENT_OTHER_BUS || types[i].type == UEVENT_DISK) &&
		    (strstr(path, "/usb") || strncmp(path, made, strlen(made)) == 0))
			continue;
		if (strcmp(subsystem, types[i].subsystem) != 0 ||
		    (types[i].device_type && strcmp(device_type, types[i].device_type) != 0))
			continue;
		uevent->type = types[i].type;
		uevent->bus = types[i].subsystem;
		return;
	}
}

/* "6:0:0:1": host, channel, target and logical unit. */
static bool is_first_unit(const char *name)
{
	const char *behind_host = strchr(name, ':');

	return behind_host && strcmp(behind_host, ":0:0:0") == 0;
}

/* The last part of the path that is named as an interface of USB is: "1-1.2:1.0". */
static void find_interface(const char *path, char interface[static UEVENT_NAME_MAX])
{
	for (const char *at = strchr(path, '/'); at; at = strchr(at, '/')) {
		size_t length = strcspn(++at, "/");
		size_t device = strspn(at, "0123456789.-");

		if (length < UEVENT_NAME_MAX && memchr(at, '-', device) && at[device] == ':')
			snprintf(interface, UEVENT_NAME_MAX, "%.*s", (int)length, at);
	}
}

/* What a stick shows beside the disk that was let in with it. */
static void find_unit(const char *path, const char *subsystem, const char *device_type,
		      struct uevent *uevent)
{
	if (strcmp(subsystem, "scsi") != 0 || strcmp(device_type, "scsi_device") != 0 ||
	    is_first_unit(strrchr(path, '/')))
		return;
	find_interface(path, uevent->interface);
	if (uevent->interface[0])
		uevent->type = UEVENT_UNIT;
}

/* PRODUCT=46d/c31c/110: without leading zeros. What can't be read is not told. */
static void read_product(const char *text, struct uevent *uevent)
{
	char *end;
	unsigned long vendor = strtoul(text, &end, 16), product;

	if (*end != '/' || vendor > UINT16_MAX)
		return;
	product = strtoul(end + 1, &end, 16);
	if (*end != '/' || product > UINT16_MAX)
		return;
	uevent->vendor = (uint16_t)vendor;
	uevent->product = (uint16_t)product;
}

static void read_numbers(const char *line, struct uevent *uevent)
{
	const char *value;
	uint64_t number;

	if ((value = value_of(line, "SEQNUM")) && number_parse(value, 1, UINT64_MAX, &number) == 0)
		uevent->sequence = number;
	else if ((value = value_of(line, "DEVNUM")) &&
		 number_parse(value, 1, UINT16_MAX, &number) == 0)
		uevent->number = (unsigned int)number;
	else if ((value = value_of(line, "PRODUCT")))
		read_product(value, uevent);
}

int uevent_parse(const char *bytes, size_t length, struct uevent *ret_uevent)
{
	struct uevent uevent = {};
	const char *path = NULL, *subsystem = "", *type = "", *name, *value;
	bool has_action = false;

	/* "ACTION@DEVPATH", then KEY=VALUE, each with its zero. */
	if (length == 0 || bytes[length - 1] != '\0' || !strchr(bytes, '@'))
		return -EBADMSG;
	for (size_t at = strlen(bytes) + 1; at < length; at += strlen(bytes + at) + 1) {
		const char *line = bytes + at;

		if ((value = value_of(line, "ACTION"))) {
			uevent.action = action_of(value);
			has_action = true;
		} else if ((value = value_of(line, "DEVPATH"))) {
			path = value;
		} else if ((value = value_of(line, "SUBSYSTEM"))) {
			subsystem = value;
		} else if ((value = value_of(line, "DEVTYPE"))) {
			type = value;
		} else {
			read_numbers(line, &uevent);
		}
	}
	if (!path || !has_action)
		return -EBADMSG;
	find_type(path, subsystem, type, &uevent);
	if (uevent.type == UEVENT_NOT_OURS && strstr(path, "/usb"))
		find_unit(path, subsystem, type, &uevent);
	if (uevent.type != UEVENT_NOT_OURS) {
		name = strrchr(path, '/');
		if (!name || name[1] == '\0' || strlen(name + 1) >= sizeof(uevent.name))
			return -EBADMSG;
		memcpy(uevent.name, name + 1, strlen(name + 1) + 1);
	}
	*ret_uevent = uevent;
	return 0;
}

int uevent_open(int *ret_fd)
{
	struct sockaddr_nl address = {.nl_family = AF_NETLINK, .nl_groups = GROUP_KERNEL};
	const int on = 1, size = RECEIVE_SIZE;
	_cleanup_close_ int fd = -1;

	fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_KOBJECT_UEVENT);
	if (fd < 0)
		return -errno;
	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size)) < 0 ||
	    setsockopt(fd, SOL_SOCKET, SO_PASSCRED, &on, sizeof(on)) < 0 ||
	    bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0)
		return -errno;
	*ret_fd = steal_fd(&fd);
	return 0;
}

/* Port 0 is the kernel's and only its own messages carry no process. */
static bool is_from_kernel(struct msghdr *message)
{
	const struct sockaddr_nl *sender = message->msg_name;
	struct ucred credentials;

	if (message->msg_namelen != sizeof(*sender) || sender->nl_pid != 0 ||
	    sender->nl_groups != GROUP_KERNEL)
		return false;
	for (struct cmsghdr *c = CMSG_FIRSTHDR(message); c; c = CMSG_NXTHDR(message, c)) {
		if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_CREDENTIALS)
			continue;
		memcpy(&credentials, CMSG_DATA(c), sizeof(credentials));
		return credentials.pid == 0 && credentials.uid == 0;
	}
	return false;
}

int uevent_receive(int fd, struct uevent *ret_uevent)
{
	char bytes[UEVENT_SIZE_MAX];
	char control[CMSG_SPACE(sizeof(struct ucred))] __attribute__((aligned(8)));
	struct sockaddr_nl sender;
	struct iovec vector = {bytes, sizeof(bytes)};
	struct msghdr message = {
		.msg_name = &sender,
		.msg_namelen = sizeof(sender),
		.msg_iov = &vector,
		.msg_iovlen = 1,
		.msg_control = control,
		.msg_controllen = sizeof(control),
	};
	ssize_t length;

	length = recvmsg(fd, &message, MSG_DONTWAIT);
	if (length < 0)
		return errno == EINTR ? -EAGAIN : -errno;
	if ((message.msg_flags & MSG_TRUNC) || !is_from_kernel(&message))
		return -EBADMSG;
	return uevent_parse(bytes, (size_t)length, ret_uevent);
}
