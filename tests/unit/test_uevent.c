/* The kernel's messages, and that only the kernel's count. */
#include "agent/engine/uevent.h"

#include <errno.h>
#include <linux/netlink.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#define DEVICE_PATH "/devices/pci0000:00/0000:00:04.0/usb2/2-1"
static const char add_device[] = "add@" DEVICE_PATH "\0ACTION=add\0DEVPATH=" DEVICE_PATH
				 "\0SUBSYSTEM=usb\0MAJOR=189\0DEVTYPE=usb_device\0SEQNUM=1400";

static void devices_and_interfaces(void **state)
{
	static const char interface[] =
		"remove@/a/2-1/2-1:1.0\0ACTION=remove\0DEVPATH=/a/2-1/2-1:1.0\0"
		"SUBSYSTEM=usb\0DEVTYPE=usb_interface";
	struct uevent uevent;

	(void)state;
	assert_int_equal(uevent_parse(add_device, sizeof(add_device), &uevent), 0);
	assert_int_equal(uevent.action, UEVENT_ADD);
	assert_int_equal(uevent.type, UEVENT_DEVICE);
	assert_string_equal(uevent.name, "2-1");
	assert_int_equal(uevent_parse(interface, sizeof(interface), &uevent), 0);
	assert_int_equal(uevent.action, UEVENT_REMOVE);
	assert_int_equal(uevent.type, UEVENT_INTERFACE);
	assert_string_equal(uevent.name, "2-1:1.0");
}

/* Which device it is, and how many messages there were: also when it has left. */
static void numbers(void **state)
{
	static const char device[] =
		"remove@/a/2-1\0ACTION=remove\0DEVPATH=/a/2-1\0SUBSYSTEM=usb\0"
		"DEVTYPE=usb_device\0PRODUCT=46d/c31c/110\0BUSNUM=002\0DEVNUM=017\0SEQNUM=1401";
	static const char strange[] =
		"add@/a/2-1\0ACTION=add\0DEVPATH=/a/2-1\0SUBSYSTEM=usb\0DEVTYPE=usb_device\0"
		"PRODUCT=1ffff/c31c/110\0DEVNUM=0x1\0SEQNUM=-1";
	struct uevent uevent;

	(void)state;
	assert_int_equal(uevent_parse(device, sizeof(device), &uevent), 0);
	assert_int_equal(uevent.sequence, 1401);
	assert_int_equal(uevent.number, 17);
	assert_int_equal(uevent.vendor, 0x46d);
	assert_int_equal(uevent.product, 0xc31c);
	assert_int_equal(uevent_parse(strange, sizeof(strange), &uevent), 0);
	assert_int_equal(uevent.sequence + uevent.number + uevent.vendor + uevent.product, 0);
}

static void others_are_none_of_ours(void **state)
{
	static const char block[] =
		"add@/b/sda1\0ACTION=add\0DEVPATH=/b/sda1\0SUBSYSTEM=block\0DEVTYPE=partition";
	static const char posing[] = "add@/b/2-1\0ACTION=add\0DEVPATH=/b/2-1\0SUBSYSTEM=usbmisc\0"
				     "DEVTYPE=usb_device";
	struct uevent uevent;

	(void)state;
	assert_int_equal(uevent_parse(block, sizeof(block), &uevent), 0);
	assert_int_equal(uevent.type, UEVENT_NOT_OURS);
	assert_int_equal(uevent_parse(posing, sizeof(posing), &uevent), 0);
	assert_int_equal(uevent.type, UEVENT_NOT_OURS);
}

/* Not those on USB, nor what is made of others. */
static void disks(void **state)
{
	static const char disk[] =
		"add@/a/nvme0n1\0ACTION=add\0DEVPATH=/a/nvme0n1\0SUBSYSTEM=block\0DEVTYPE=disk";
	static const char stick[] = "add@/a/usb1/1-1/sda\0ACTION=add\0DEVPATH=/a/usb1/1-1/sda\0"
				    "SUBSYSTEM=block\0DEVTYPE=disk";
	static const char made[] =
		"add@/devices/virtual/block/dm-0\0ACTION=add\0"
		"DEVPATH=/devices/virtual/block/dm-0\0SUBSYSTEM=block\0DEVTYPE=disk";
	struct uevent uevent;

	(void)state;
	assert_int_equal(uevent_parse(disk, sizeof(disk), &uevent), 0);
	assert_int_equal(uevent.type, UEVENT_DISK);
	assert_string_equal(uevent.name, "nvme0n1");
	assert_int_equal(uevent_parse(stick, sizeof(stick), &uevent), 0);
	assert_int_equal(uevent.type, UEVENT_NOT_OURS);
	assert_int_equal(uevent_parse(made, sizeof(made), &uevent), 0);
	assert_int_equal(uevent.type, UEVENT_NOT_OURS);
}

static void other_buses(void **state)
{
	static const char disk[] =
		"add@/a/0:0:0:0\0ACTION=add\0DEVPATH=/a/0:0:0:0\0SUBSYSTEM=scsi\0"
		"DEVTYPE=scsi_device";
	static const char host[] = "add@/a/host0\0ACTION=add\0DEVPATH=/a/host0\0SUBSYSTEM=scsi\0"
				   "DEVTYPE=scsi_host";
	static const char stick[] =
		"add@/d/usb2/2-1/2-1:1.0/host6/target6:0:0/6:0:0:0\0ACTION=add\0"
		"DEVPATH=/d/usb2/2-1/2-1:1.0/host6/target6:0:0/6:0:0:0\0SUBSYSTEM=scsi\0"
		"DEVTYPE=scsi_device";
	static const char card[] =
		"add@/a/mmc0:aaaa\0ACTION=add\0DEVPATH=/a/mmc0:aaaa\0SUBSYSTEM=mmc";
	struct uevent uevent;

	(void)state;
	assert_int_equal(uevent_parse(disk, sizeof(disk), &uevent), 0);
	assert_int_equal(uevent.type, UEVENT_OTHER_BUS);
	assert_string_equal(uevent.bus, "scsi");
	assert_string_equal(uevent.name, "0:0:0:0");
	assert_int_equal(uevent_parse(host, sizeof(host), &uevent), 0);
	assert_int_equal(uevent.type, UEVENT_NOT_OURS);
	/* The disk that was let in with its interface. */
	assert_int_equal(uevent_parse(stick, sizeof(stick), &uevent), 0);
	assert_int_equal(uevent.type, UEVENT_NOT_OURS);
	assert_int_equal(uevent_parse(card, sizeof(card), &uevent), 0);
	assert_int_equal(uevent.type, UEVENT_OTHER_BUS);
	assert_string_equal(uevent.bus, "mmc");
}

#define INTERFACE "/devices/pci0000:00/0000:00:04.0/usb2/2-1/2-1.4/2-1.4:1.0"

static enum uevent_type type_of_unit(const char *where, const char *name, const char *device_type,
				     struct uevent *uevent)
{
	char bytes[512];
	int length;

	length = snprintf(bytes, sizeof(bytes),
			  "add@x%cACTION=add%cDEVPATH=%s/host6/target6:0:0/%s%cSUBSYSTEM=scsi%c"
			  "DEVTYPE=%s",
			  0, 0, where, name, 0, 0, device_type);
	assert_int_equal(uevent_parse(bytes, (size_t)length + 1, uevent), 0);
	return uevent->type;
}

/* What a stick shows beside its first disk: another logical unit, target or channel. */
static void units(void **state)
{
	static const char *const others[] = {"6:0:0:1", "6:0:1:0", "6:1:0:0", "16:0:0:49409",
					     "6:0:0:10"};
	struct uevent uevent;

	(void)state;
	for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++) {
		assert_int_equal(type_of_unit(INTERFACE, others[i], "scsi_device", &uevent),
				 UEVENT_UNIT);
		assert_string_equal(uevent.name, others[i]);
		assert_string_equal(uevent.interface, "2-1.4:1.0");
	}
	assert_int_equal(type_of_unit(INTERFACE, "16:0:0:0", "scsi_device", &uevent),
			 UEVENT_NOT_OURS);
	assert_int_equal(type_of_unit(INTERFACE, "6:0:0:1", "scsi_target", &uevent),
			 UEVENT_NOT_OURS);
	/* No USB, though it is called so. */
	assert_int_equal(type_of_unit("/devices/usb", "6:0:0:1", "scsi_device", &uevent),
			 UEVENT_NOT_OURS);
	assert_int_equal(type_of_unit("/devices/pci0000:00", "6:0:0:1", "scsi_device", &uevent),
			 UEVENT_OTHER_BUS);
}

/* Cut anywhere it is an error, or a message without what was cut off: never read beyond its end. */
static void every_cut(void **state)
{
	struct uevent uevent;

	(void)state;
	for (size_t length = 0; length < sizeof(add_device); length++) {
		char bytes[sizeof(add_device)];
		int r;

		memset(bytes, 'x', sizeof(bytes));
		memcpy(bytes, add_device, length);
		r = uevent_parse(bytes, length, &uevent);
		assert_true(r == -EBADMSG || uevent.type == UEVENT_NOT_OURS ||
			    strcmp(uevent.name, "2-1") == 0);
		if (length == 0 || bytes[length - 1] != '\0')
			assert_int_equal(r, -EBADMSG);
	}
}

static void bad_names(void **state)
{
	static const char slash[] =
		"add@/\0ACTION=add\0DEVPATH=/\0SUBSYSTEM=usb\0DEVTYPE=usb_device";
	static const char none[] =
		"add@x\0ACTION=add\0DEVPATH=x\0SUBSYSTEM=usb\0DEVTYPE=usb_device";
	static const char udev[] = "libudev\0\xfe\xed\xca\xfe";
	char longer[256] = "add@/x\0ACTION=add\0SUBSYSTEM=usb\0DEVTYPE=usb_device\0DEVPATH=/";
	struct uevent uevent;
	size_t at = 4 + 3 + 11 + 14 + 19 + 9;

	(void)state;
	assert_int_equal(uevent_parse(slash, sizeof(slash), &uevent), -EBADMSG);
	assert_int_equal(uevent_parse(none, sizeof(none), &uevent), -EBADMSG);
	assert_int_equal(uevent_parse(udev, sizeof(udev), &uevent), -EBADMSG);
	memset(longer + at, '1', UEVENT_NAME_MAX);
	assert_int_equal(uevent_parse(longer, at + UEVENT_NAME_MAX + 1, &uevent), -EBADMSG);
}

/* Who administers the network may send to one listener, to the group, and by way of the kernel,
 * which then stands as the sender; what it sends is not the kernel's all the same. */
static void a_forged_message_does_not_count(void **state)
{
	struct sockaddr_nl to = {.nl_family = AF_NETLINK};
	struct {
		struct nlmsghdr header;
		char bytes[sizeof(add_device)];
	} relayed = {.header = {.nlmsg_len = sizeof(relayed),
				.nlmsg_type = NLMSG_MIN_TYPE + 1,
				.nlmsg_flags = NLM_F_REQUEST}};
	struct uevent uevent;
	socklen_t length = sizeof(to);
	int listener, forger;
	int expected;

	(void)state;
	/* Out of the way of the machine's own udev; nobody else may send. */
	expected = unshare(CLONE_NEWNET) == 0 ? -EBADMSG : -EAGAIN;
	assert_int_equal(uevent_open(&listener), 0);
	assert_int_equal(uevent_receive(listener, &uevent), -EAGAIN);
	forger = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_KOBJECT_UEVENT);
	assert_true(forger >= 0);
	assert_int_equal(getsockname(listener, (struct sockaddr *)&to, &length), 0);
	to.nl_groups = 0;
	(void)!sendto(forger, add_device, sizeof(add_device), 0, (struct sockaddr *)&to,
		      sizeof(to));
	assert_int_equal(uevent_receive(listener, &uevent), expected);
	to.nl_pid = 0;
	to.nl_groups = 1;
	(void)!sendto(forger, add_device, sizeof(add_device), 0, (struct sockaddr *)&to,
		      sizeof(to));
	assert_int_equal(uevent_receive(listener, &uevent), expected);
	to.nl_groups = 0;
	memcpy(relayed.bytes, add_device, sizeof(add_device));
	(void)!sendto(forger, &relayed, sizeof(relayed), 0, (struct sockaddr *)&to, sizeof(to));
	assert_int_equal(uevent_receive(listener, &uevent), expected);
	assert_int_equal(uevent_receive(listener, &uevent), -EAGAIN);
	close(forger);
	close(listener);
}

/* More messages than the buffer takes: told once, then what was kept comes. */
static void an_overrun_is_told(void **state)
{
	struct sockaddr_nl to = {.nl_family = AF_NETLINK, .nl_groups = 1};
	bool may = unshare(CLONE_NEWNET) == 0;
	struct uevent uevent;
	int listener, sender;

	(void)state;
	assert_int_equal(uevent_open(&listener), 0);
	sender = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_KOBJECT_UEVENT);
	assert_true(sender >= 0);
	for (int i = 0; i < 20000; i++)
		(void)!sendto(sender, add_device, sizeof(add_device), 0, (struct sockaddr *)&to,
			      sizeof(to));
	assert_int_equal(uevent_receive(listener, &uevent), may ? -ENOBUFS : -EAGAIN);
	assert_int_equal(uevent_receive(listener, &uevent), may ? -EBADMSG : -EAGAIN);
	close(sender);
	close(listener);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(devices_and_interfaces),
		cmocka_unit_test(numbers),
		cmocka_unit_test(others_are_none_of_ours),
		cmocka_unit_test(disks),
		cmocka_unit_test(other_buses),
		cmocka_unit_test(units),
		cmocka_unit_test(every_cut),
		cmocka_unit_test(bad_names),
		cmocka_unit_test(a_forged_message_does_not_count),
		cmocka_unit_test(an_overrun_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
