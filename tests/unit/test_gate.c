/* The gate and the root half's verbs together, on a made-up sysfs: what is written where, in which
 * order, what is told, and what happens when something leaves or fails midway. The kernel itself is
 * in the lab (tests/vm/test_usb.py). */
#include "agent/engine/gate.h"
#include "agent/priv/verb.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#define TOLD_MAX 32

struct fixture {
	char root[48]; /* plays /sys */
	int sysfs;
	int peer; /* the root half's end */
	struct privlink link;
	struct rules rules;
	struct gate gate;
	char told[TOLD_MAX][512]; /* "device.allowed 1-1 opened=030101 refused=..." */
	size_t n_told;
	char asked[64][64]; /* "3 1-1" */
	size_t n_asked;
	int fail_verb, fail_error; /* this verb is answered with this error */
	bool configured_again; /* and once, the interface has become another one meanwhile */
};

static void put(const struct fixture *fixture, const char *path, const void *bytes, size_t length)
{
	char whole[512];
	FILE *file;

	snprintf(whole, sizeof(whole), "%s/%s", fixture->root, path);
	for (char *slash = strchr(whole + strlen(fixture->root) + 1, '/'); slash;
	     slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		if (mkdir(whole, 0755) < 0)
			assert_int_equal(errno, EEXIST);
		*slash = '/';
	}
	file = fopen(whole, "w");
	assert_non_null(file);
	if (length > 0)
		assert_int_equal(fwrite(bytes, length, 1, file), 1);
	assert_int_equal(fclose(file), 0);
}

static void put_text(const struct fixture *fixture, const char *directory, const char *name,
		     const char *text)
{
	char path[256];

	snprintf(path, sizeof(path), "%s/%s", directory, name);
	put(fixture, path, text, strlen(text));
}

static void expect_text(const struct fixture *fixture, const char *path, const char *expected)
{
	char whole[256], text[64] = "";
	FILE *file;

	snprintf(whole, sizeof(whole), "%s/%s", fixture->root, path);
	file = fopen(whole, "r");
	assert_non_null(file);
	assert_true(fread(text, 1, sizeof(text) - 1, file) > 0);
	(void)fclose(file);
	text[strcspn(text, "\n")] = '\0';
	assert_string_equal(text, expected);
}

static void put_bus(const struct fixture *fixture, const char *name)
{
	char path[64];

	snprintf(path, sizeof(path), "bus/usb/devices/%s", name);
	put_text(fixture, path, "authorized", "1\n");
	put_text(fixture, path, "authorized_default", "1\n");
	put_text(fixture, path, "interface_authorized_default", "1\n");
	put_text(fixture, path, "descriptors", "");
}

/* A device of up to four interfaces, as descriptors and as the directories the kernel makes of an
 * authorized one. */
static void put_device(const struct fixture *fixture, const char *name, const char *authorized,
		       size_t count, const uint8_t *classes)
{
	uint8_t bytes[18 + 9 + 4 * 9] = {18, 1, 0, 2, 0, 0, 0, 8, 0x6d, 4, 1, 0, 0, 1};
	char path[64], interface[128], digits[8];

	bytes[18] = 9;
	bytes[19] = 2;
	bytes[20] = (uint8_t)(9 + 9 * count);
	bytes[23] = 1;
	for (size_t i = 0; i < count; i++) {
		uint8_t *one = bytes + 27 + 9 * i;

		one[0] = 9;
		one[1] = 4;
		one[2] = (uint8_t)i;
		one[5] = classes[i];
	}
	snprintf(path, sizeof(path), "bus/usb/devices/%s", name);
	put_text(fixture, path, "authorized", authorized);
	put_text(fixture, path, "serial", "S1\n");
	snprintf(interface, sizeof(interface), "%s/descriptors", path);
	put(fixture, interface, bytes, 27 + 9 * count);
	for (size_t i = 0; i < count; i++) {
		char real[160], linked[160];

		snprintf(interface, sizeof(interface), "%s/%s:1.%zu", path, name, i);
		put_text(fixture, interface, "authorized", "0\n");
		snprintf(digits, sizeof(digits), "%02x\n", classes[i]);
		put_text(fixture, interface, "bInterfaceClass", digits);
		put_text(fixture, interface, "bInterfaceSubClass", "00\n");
		put_text(fixture, interface, "bInterfaceProtocol", "00\n");
		put_text(fixture, interface, "power", "on\n");
		snprintf(real, sizeof(real), "%s/%s:1.%zu", name, name, i);
		snprintf(linked, sizeof(linked), "%s/bus/usb/devices/%s:1.%zu", fixture->root, name,
			 i);
		if (symlink(real, linked) < 0)
			assert_int_equal(errno, EEXIST);
	}
}

static int remove_one(const char *path, const struct stat *status, int flag, struct FTW *walk)
{
	(void)status;
	(void)flag;
	(void)walk;
	return remove(path);
}

static void remove_device(const struct fixture *fixture, const char *name)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/bus/usb/devices/%s", fixture->root, name);
	assert_int_equal(nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS), 0);
}

static void told(void *user, const struct event *event)
{
	struct fixture *fixture = user;
	const char *words[4], *suppressed;
	static const char *const keys[] = {"device", "opened", "refused", "error"};

	assert_int_equal(event->error, 0);
	assert_true(fixture->n_told < TOLD_MAX);
	for (size_t i = 0; i < 4; i++) {
		words[i] = json_string_value(json_object_get(event->fields, keys[i]));
		if (!words[i])
			words[i] = "-";
	}
	suppressed = json_string_value(json_object_get(event->fields, "suppressed"));
	snprintf(fixture->told[fixture->n_told++], sizeof(fixture->told[0]), "%s %s %s %s %s%s%s",
		 event_rows[event->kind].name, words[0], words[1], words[2], words[3],
		 suppressed ? " suppressed=" : "", suppressed ? suppressed : "");
}

static int setup(void **state)
{
	struct fixture *fixture = calloc(1, sizeof(*fixture));
	char path[128];
	struct config_error error;
	int pair[2];
	FILE *file;

	snprintf(fixture->root, sizeof(fixture->root), "/tmp/sekisho-gate-XXXXXX");
	if (!mkdtemp(fixture->root) ||
	    socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, pair) < 0)
		return -1;
	snprintf(path, sizeof(path), "%s/devices.conf", fixture->root);
	file = fopen(path, "w");
	if (!file ||
	    fputs("[Device input]\nMatchInterface=03:*:* 09:*:*\nAccess=allow\n", file) < 0 ||
	    fclose(file) != 0 || rules_load(path, getuid(), &fixture->rules, &error) < 0)
		return -1;
	put(fixture, "module/usbcore/parameters/authorized_default", "1\n", 2);
	put(fixture, "bus/usb/drivers_probe", "", 0);
	put(fixture, "bus/usb/drivers/usbhid/bind", "", 0);
	put(fixture, "bus/usb/drivers/hub/bind", "", 0);
	put_bus(fixture, "usb1");
	snprintf(path, sizeof(path), "%s/bus/usb/devices", fixture->root);
	fixture->sysfs = open(fixture->root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	fixture->link.fd = pair[0];
	fixture->peer = pair[1];
	fixture->gate = (struct gate){
		.devices = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC),
		.link = &fixture->link,
		.rules = &fixture->rules,
		.tell = told,
		.user = fixture,
	};
	*state = fixture;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *fixture = *state;

	gate_release(&fixture->gate);
	rules_free(&fixture->rules);
	privlink_close(&fixture->link);
	close(fixture->peer);
	close(fixture->sysfs);
	close(fixture->gate.devices);
	nftw(fixture->root, remove_one, 16, FTW_DEPTH | FTW_PHYS);
	free(fixture);
	return 0;
}

/* What the kernel does of a driver's "bind". */
static void be_driven(const struct fixture *fixture, const char *interface, const char *driver)
{
	char path[192], target[64];

	snprintf(path, sizeof(path), "%s/bus/usb/devices/%s/driver", fixture->root, interface);
	snprintf(target, sizeof(target), "../../../../bus/usb/drivers/%s", driver);
	assert_true(unlink(path) == 0 || errno == ENOENT);
	assert_int_equal(symlink(target, path), 0);
}

/* New interfaces in the place of the old ones. */
static void configure_again(const struct fixture *fixture, const char *name)
{
	char old[160], kept[160];

	snprintf(old, sizeof(old), "%s/bus/usb/devices/%s/%s:1.0", fixture->root, name, name);
	snprintf(kept, sizeof(kept), "%s/old",
		 fixture->root); /* so that its inode is not given anew */
	assert_int_equal(rename(old, kept), 0);
	put_device(fixture, name, "1\n", 1, (const uint8_t[]){3});
}

/* The root half: does what is asked, once. False if nothing was. */
static bool serve_one(struct fixture *fixture)
{
	struct priv_request request;
	struct priv_reply reply = {.version = PRIV_VERSION};

	if (recv(fixture->peer, &request, sizeof(request), 0) != (ssize_t)sizeof(request))
		return false;
	snprintf(fixture->asked[fixture->n_asked++ % 64], sizeof(fixture->asked[0]), "%u %s",
		 request.verb, request.name);
	reply.verb = request.verb;
	/* The kernel notes that a device is authorized before it finds that it can't be configured.
	 */
	if ((int)request.verb != fixture->fail_verb || request.verb == PRIV_DEVICE_OPEN)
		reply.error = verb_run(fixture->sysfs, &request);
	if ((int)request.verb == fixture->fail_verb)
		reply.error = fixture->fail_error;
	if (reply.error < 0 && fixture->configured_again) {
		configure_again(fixture, "1-3");
		fixture->configured_again = false;
		fixture->fail_verb = 0;
	}
	if (reply.error == 0 && request.verb == PRIV_INTERFACE_BIND_HID)
		be_driven(fixture, request.name, "usbhid");
	if (reply.error == 0 && request.verb == PRIV_INTERFACE_BIND_HUB)
		be_driven(fixture, request.name, "hub");
	assert_int_equal(send(fixture->peer, &reply, sizeof(reply), 0), sizeof(reply));
	return true;
}

static void settle(struct fixture *fixture)
{
	do
		assert_int_equal(privlink_dispatch(&fixture->link, 0, gate_done, &fixture->gate),
				 0);
	while (serve_one(fixture));
}

static void happen(struct fixture *fixture, enum uevent_action action, const char *name)
{
	struct uevent uevent = {.action = action, .type = UEVENT_DEVICE};

	snprintf(uevent.name, sizeof(uevent.name), "%s", name);
	gate_uevent(&fixture->gate, &uevent);
}

static void begin(struct fixture *fixture)
{
	assert_int_equal(gate_scan(&fixture->gate), 0);
	settle(fixture);
	assert_true(gate_idle(&fixture->gate));
	assert_true(gate_closed(&fixture->gate));
}

static void the_kernel_is_closed_first(void **state)
{
	struct fixture *fixture = *state;

	put_device(fixture, "1-1", "0\n", 1, (const uint8_t[]){3});
	begin(fixture);
	expect_text(fixture, "module/usbcore/parameters/authorized_default", "0");
	expect_text(fixture, "bus/usb/devices/usb1/authorized_default", "0");
	expect_text(fixture, "bus/usb/devices/usb1/interface_authorized_default", "0");
	assert_string_equal(fixture->asked[0], "1 ");
	assert_string_equal(fixture->asked[1], "2 usb1");
	assert_string_equal(fixture->asked[2], "3 1-1");
	assert_string_equal(fixture->asked[3], "5 1-1:1.0");
	assert_string_equal(fixture->asked[4], "8 1-1:1.0");
	assert_int_equal(fixture->n_asked, 5);
	expect_text(fixture, "bus/usb/drivers/usbhid/bind", "1-1:1.0");
	/* And again with every bus and every scan, whoever has changed it. */
	put_text(fixture, "module/usbcore/parameters", "authorized_default", "1\n");
	put_bus(fixture, "usb2");
	happen(fixture, UEVENT_ADD, "usb2");
	settle(fixture);
	expect_text(fixture, "module/usbcore/parameters/authorized_default", "0");
	put_text(fixture, "module/usbcore/parameters", "authorized_default", "1\n");
	begin(fixture);
	expect_text(fixture, "module/usbcore/parameters/authorized_default", "0");
}

/* Nothing is opened below a bus that could not be closed. */
static void nothing_opens_below_an_open_bus(void **state)
{
	struct fixture *fixture = *state;

	fixture->fail_verb = PRIV_BUS_DENY;
	fixture->fail_error = -EIO;
	put_device(fixture, "1-1", "0\n", 1, (const uint8_t[]){3});
	assert_int_equal(gate_scan(&fixture->gate), 0);
	settle(fixture);
	expect_text(fixture, "bus/usb/devices/1-1/authorized", "0");
	assert_false(gate_closed(&fixture->gate));
	assert_string_equal(fixture->told[0], "engine.fault usb1 - - Input/output error");
	/* The next scan tries again. */
	fixture->fail_verb = 0;
	begin(fixture);
	expect_text(fixture, "bus/usb/devices/1-1/authorized", "1");
}

/* A bus is pulled and another one has its name, open; the kernel's messages of it were lost. */
static void a_bus_behind_our_back_is_closed_first(void **state)
{
	struct fixture *fixture = *state;

	begin(fixture);
	remove_device(fixture, "usb1");
	put_bus(fixture, "usb2");
	put_bus(fixture, "usb1");
	put_device(fixture, "1-1", "0\n", 1, (const uint8_t[]){3});
	gate_overrun(&fixture->gate);
	fixture->n_asked = 0;
	happen(fixture, UEVENT_ADD, "1-1");
	settle(fixture);
	assert_int_equal(fixture->n_asked, 0);
	assert_false(gate_idle(&fixture->gate));
	begin(fixture);
	expect_text(fixture, "bus/usb/devices/usb1/interface_authorized_default", "0");
	expect_text(fixture, "bus/usb/devices/1-1:1.0/authorized", "1");
	assert_int_equal(fixture->gate.n_buses, 2);
	/* One that left unseen is not waited for. */
	remove_device(fixture, "usb2");
	begin(fixture);
	assert_int_equal(fixture->gate.n_buses, 1);
	put_bus(fixture, "usb2");
	happen(fixture, UEVENT_ADD, "usb2");
	remove_device(fixture, "usb2");
	settle(fixture);
	assert_true(gate_closed(&fixture->gate));
}

/* The kernel makes a root hub's interface after it told of the bus, which may be closed by then. */
static void a_closed_bus_keeps_its_root_hub(void **state)
{
	struct fixture *fixture = *state;
	struct uevent uevent = {.action = UEVENT_ADD, .type = UEVENT_INTERFACE, .name = "1-0:1.0"};
	char link[128];

	begin(fixture);
	put_text(fixture, "bus/usb/devices/usb1/1-0:1.0", "authorized", "0\n");
	snprintf(link, sizeof(link), "%s/bus/usb/devices/1-0:1.0", fixture->root);
	assert_int_equal(symlink("usb1/1-0:1.0", link), 0);
	gate_uevent(&fixture->gate, &uevent);
	settle(fixture);
	expect_text(fixture, "bus/usb/devices/1-0:1.0/authorized", "1");
	expect_text(fixture, "bus/usb/drivers/hub/bind", "1-0:1.0");
	put_text(fixture, "bus/usb/devices/1-0:1.0", "authorized", "0\n");
	begin(fixture);
	expect_text(fixture, "bus/usb/devices/1-0:1.0/authorized", "1");
}

/* The root half looks for itself. */
static void the_root_half_opens_nothing_below_an_open_bus(void **state)
{
	struct fixture *fixture = *state;

	begin(fixture);
	put_device(fixture, "1-1", "0\n", 1, (const uint8_t[]){3});
	put_text(fixture, "bus/usb/devices/usb1", "interface_authorized_default", "1\n");
	happen(fixture, UEVENT_ADD, "1-1");
	settle(fixture);
	expect_text(fixture, "bus/usb/devices/1-1/authorized", "0");
	assert_string_equal(fixture->told[0], "engine.fault 1-1 - - Operation not permitted");
}

static void storage_stays_closed(void **state)
{
	struct fixture *fixture = *state;

	begin(fixture);
	put_device(fixture, "1-2", "0\n", 1, (const uint8_t[]){8});
	happen(fixture, UEVENT_ADD, "1-2");
	settle(fixture);
	expect_text(fixture, "bus/usb/devices/1-2/authorized", "0");
	assert_int_equal(fixture->n_told, 1);
	assert_string_equal(fixture->told[0], "device.blocked 1-2 - - -");
	/* Told once, however often the kernel or udevadm mentions it. */
	happen(fixture, UEVENT_ADD, "1-2");
	happen(fixture, UEVENT_CHANGE, "1-2");
	settle(fixture);
	assert_int_equal(fixture->n_told, 1);
	remove_device(fixture, "1-2");
	happen(fixture, UEVENT_REMOVE, "1-2");
	assert_string_equal(fixture->told[1], "device.gone 1-2 - - -");
	assert_int_equal(fixture->gate.n_list, 0);
}

/* A stick that somebody, or a kernel without our parameter, let in before us. */
static void what_is_open_is_closed(void **state)
{
	struct fixture *fixture = *state;

	put_device(fixture, "1-2", "1\n", 1, (const uint8_t[]){8});
	begin(fixture);
	expect_text(fixture, "bus/usb/devices/1-2/authorized", "0");
	assert_string_equal(fixture->told[0], "device.blocked 1-2 - - -");
	put_text(fixture, "bus/usb/devices/1-2", "authorized", "1\n");
	happen(fixture, UEVENT_CHANGE, "1-2");
	settle(fixture);
	expect_text(fixture, "bus/usb/devices/1-2/authorized", "0");
	assert_int_equal(fixture->n_told, 2);
	assert_string_equal(fixture->told[1], "device.blocked 1-2 - - -");
}

static void a_composite_works_in_part(void **state)
{
	struct fixture *fixture = *state;

	begin(fixture);
	put_device(fixture, "1-3", "0\n", 3, (const uint8_t[]){3, 8, 3});
	happen(fixture, UEVENT_ADD, "1-3");
	settle(fixture);
	expect_text(fixture, "bus/usb/devices/1-3/authorized", "1");
	expect_text(fixture, "bus/usb/devices/1-3:1.0/authorized", "1");
	expect_text(fixture, "bus/usb/devices/1-3:1.1/authorized", "0");
	expect_text(fixture, "bus/usb/devices/1-3:1.2/authorized", "1");
	assert_int_equal(fixture->n_told, 2);
	assert_string_equal(fixture->told[0], "device.allowed 1-3 030000 080000 -");
	assert_string_equal(fixture->told[1], "device.blocked 1-3 030000 080000 -");
	/* All of them are open before the first looks for a driver. */
	assert_string_equal(fixture->asked[fixture->n_asked - 2], "8 1-3:1.0");
	assert_string_equal(fixture->asked[fixture->n_asked - 1], "8 1-3:1.2");
	/* Somebody opens the closed one. */
	put_text(fixture, "bus/usb/devices/1-3:1.1", "authorized", "1\n");
	happen(fixture, UEVENT_CHANGE, "1-3");
	settle(fixture);
	expect_text(fixture, "bus/usb/devices/1-3:1.1/authorized", "0");
}

/* A disk's numbers and a keyboard's class: usb-storage would take it by its numbers. */
static void a_foreign_driver_closes_the_device(void **state)
{
	struct fixture *fixture = *state;
	struct uevent bound = {.action = UEVENT_BIND, .type = UEVENT_INTERFACE, .name = "1-3:1.0"};

	begin(fixture);
	put_device(fixture, "1-3", "0\n", 1, (const uint8_t[]){3});
	happen(fixture, UEVENT_ADD, "1-3");
	settle(fixture);
	assert_string_equal(fixture->told[0], "device.allowed 1-3 030000 - -");
	gate_uevent(&fixture->gate, &bound);
	settle(fixture);
	assert_int_equal(fixture->n_told, 1);
	be_driven(fixture, "1-3:1.0", "usb-storage");
	gate_uevent(&fixture->gate, &bound);
	settle(fixture);
	expect_text(fixture, "bus/usb/devices/1-3/authorized", "0");
	assert_string_equal(fixture->told[1], "device.blocked 1-3 - - -");
	/* And stays so, whatever the rules become. */
	happen(fixture, UEVENT_CHANGE, "1-3");
	gate_judge_again(&fixture->gate, &fixture->rules);
	settle(fixture);
	expect_text(fixture, "bus/usb/devices/1-3/authorized", "0");
	assert_int_equal(fixture->n_told, 2);
}

/* A keyboard's class and no keyboard: usbhid does not take it, and no driver loaded later may. */
static void what_its_driver_does_not_take_is_closed(void **state)
{
	struct fixture *fixture = *state;
	struct uevent bound = {.action = UEVENT_BIND, .type = UEVENT_INTERFACE, .name = "1-3:1.1"};

	begin(fixture);
	fixture->fail_verb = PRIV_INTERFACE_BIND_HID;
	fixture->fail_error = -ENODEV;
	put_device(fixture, "1-3", "0\n", 2, (const uint8_t[]){3, 9});
	happen(fixture, UEVENT_ADD, "1-3");
	settle(fixture);
	expect_text(fixture, "bus/usb/devices/1-3:1.0/authorized", "0");
	expect_text(fixture, "bus/usb/devices/1-3:1.1/authorized", "1");
	assert_int_equal(fixture->n_told, 3);
	assert_string_equal(fixture->told[0],
			    "engine.fault 1-3 090000 030000 Operation not supported");
	assert_string_equal(fixture->told[2],
			    "device.blocked 1-3 090000 030000 Operation not supported");
	/* It is neither tried again nor forgotten. */
	fixture->n_asked = 0;
	happen(fixture, UEVENT_CHANGE, "1-3");
	settle(fixture);
	assert_int_equal(fixture->n_asked, 0);
	put_text(fixture, "bus/usb/devices/1-3:1.0", "authorized", "1\n");
	happen(fixture, UEVENT_CHANGE, "1-3");
	settle(fixture);
	expect_text(fixture, "bus/usb/devices/1-3:1.0/authorized", "0");
	assert_int_equal(fixture->n_told, 3);
	be_driven(fixture, "1-3:1.1", "usb-storage");
	gate_uevent(&fixture->gate, &bound);
	settle(fixture);
	expect_text(fixture, "bus/usb/devices/1-3/authorized", "0");
	assert_string_equal(fixture->told[3], "device.blocked 1-3 - - -");
}

/* The kernel has made the directory of an interface, but the bus does not know it yet: a driver
 * could not be bound, and a keyboard would be closed for it. */
static void an_interface_waits_for_its_uevent(void **state)
{
	struct fixture *fixture = *state;
	struct uevent added = {.action = UEVENT_ADD, .type = UEVENT_INTERFACE, .name = "1-3:1.0"};
	char power[128];

	begin(fixture);
	put_device(fixture, "1-3", "0\n", 1, (const uint8_t[]){3});
	snprintf(power, sizeof(power), "%s/bus/usb/devices/1-3/1-3:1.0/power", fixture->root);
	assert_int_equal(unlink(power), 0);
	happen(fixture, UEVENT_ADD, "1-3");
	settle(fixture);
	expect_text(fixture, "bus/usb/devices/1-3/authorized", "1");
	expect_text(fixture, "bus/usb/devices/1-3:1.0/authorized", "0");
	assert_int_equal(fixture->n_told, 0);
	put_text(fixture, "bus/usb/devices/1-3/1-3:1.0", "power", "on\n");
	gate_uevent(&fixture->gate, &added);
	settle(fixture);
	expect_text(fixture, "bus/usb/devices/1-3:1.0/authorized", "1");
	assert_int_equal(fixture->n_told, 1);
	assert_string_equal(fixture->told[0], "device.allowed 1-3 030000 - -");
}

/* A device that was let in before the kernel was through with it is configured twice; the interface
 * that could not be bound is gone, and the one of its name is a keyboard that has to work. */
static void a_successor_of_an_interface_is_bound(void **state)
{
	struct fixture *fixture = *state;

	begin(fixture);
	fixture->fail_verb = PRIV_INTERFACE_BIND_HID;
	fixture->fail_error = -ENODEV;
	fixture->configured_again = true;
	put_device(fixture, "1-3", "0\n", 1, (const uint8_t[]){3});
	happen(fixture, UEVENT_ADD, "1-3");
	settle(fixture);
	expect_text(fixture, "bus/usb/devices/1-3:1.0/authorized", "1");
	assert_string_equal(fixture->asked[fixture->n_asked - 1], "8 1-3:1.0");
	assert_int_equal(fixture->n_told, 1);
	assert_string_equal(fixture->told[0], "device.allowed 1-3 030000 - -");
}

/* An engine that was killed between opening an interface and giving it to its driver. */
static void an_open_interface_gets_its_driver(void **state)
{
	struct fixture *fixture = *state;

	put_device(fixture, "1-3", "1\n", 1, (const uint8_t[]){3});
	put_text(fixture, "bus/usb/devices/1-3:1.0", "authorized", "1\n");
	begin(fixture);
	assert_string_equal(fixture->asked[fixture->n_asked - 1], "8 1-3:1.0");
}

/* The judged device is pulled and another one takes its place before the root half acts. */
static void a_successor_gets_nothing(void **state)
{
	struct fixture *fixture = *state;

	begin(fixture);
	put_device(fixture, "1-4", "0\n", 1, (const uint8_t[]){3});
	happen(fixture, UEVENT_ADD, "1-4");
	remove_device(fixture, "1-4");
	put_device(fixture, "9-9", "0\n", 1, (const uint8_t[]){3});
	remove_device(fixture, "1-4:1.0");
	put_device(fixture, "1-4", "0\n", 1, (const uint8_t[]){8});
	settle(fixture);
	expect_text(fixture, "bus/usb/devices/1-4/authorized", "0");
	happen(fixture, UEVENT_REMOVE, "1-4");
	happen(fixture, UEVENT_ADD, "1-4");
	settle(fixture);
	expect_text(fixture, "bus/usb/devices/1-4/authorized", "0");
	assert_string_equal(fixture->told[fixture->n_told - 1], "device.blocked 1-4 - - -");
}

/* While the root half configures a device the kernel makes readers of its strings wait: here, a
 * pipe that nobody writes to. */
static void a_device_being_configured_is_not_waited_for(void **state)
{
	struct fixture *fixture = *state;
	char path[128];

	begin(fixture);
	put_device(fixture, "1-4", "0\n", 1, (const uint8_t[]){3});
	happen(fixture, UEVENT_ADD, "1-4");
	snprintf(path, sizeof(path), "%s/bus/usb/devices/1-4/serial", fixture->root);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(mkfifo(path, 0600), 0);
	alarm(60);
	happen(fixture, UEVENT_CHANGE, "1-4");
	assert_int_equal(gate_scan(&fixture->gate), 0);
	settle(fixture);
	alarm(0);
	expect_text(fixture, "bus/usb/devices/1-4/authorized", "1");
	assert_string_equal(fixture->told[0], "device.allowed 1-4 030000 - -");
}

/* A stick that comes and goes without end fills no disk; how often it did is told later. */
static void a_port_is_told_of_so_often(void **state)
{
	struct fixture *fixture = *state;

	begin(fixture);
	for (int i = 0; i < 30; i++) {
		put_device(fixture, "1-2", "0\n", 1, (const uint8_t[]){8});
		happen(fixture, UEVENT_ADD, "1-2");
		settle(fixture);
		expect_text(fixture, "bus/usb/devices/1-2/authorized", "0");
		remove_device(fixture, "1-2");
		happen(fixture, UEVENT_REMOVE, "1-2");
	}
	assert_int_equal(fixture->n_told, THROTTLE_EVENTS);
	/* Another port is another matter. */
	put_device(fixture, "1-3", "0\n", 1, (const uint8_t[]){8});
	happen(fixture, UEVENT_ADD, "1-3");
	assert_int_equal(fixture->n_told, THROTTLE_EVENTS + 1);
	/* What is there when the window ends is told then. */
	put_device(fixture, "1-2", "0\n", 1, (const uint8_t[]){8});
	happen(fixture, UEVENT_ADD, "1-2");
	gate_tick(&fixture->gate);
	assert_int_equal(fixture->n_told, THROTTLE_EVENTS + 1);
	assert_int_equal(gate_deadline(&fixture->gate), THROTTLE_WINDOW_MS);
	fixture->gate.now = THROTTLE_WINDOW_MS;
	gate_tick(&fixture->gate);
	gate_tick(&fixture->gate);
	assert_int_equal(fixture->n_told, THROTTLE_EVENTS + 2);
	assert_string_equal(fixture->told[THROTTLE_EVENTS + 1],
			    "device.blocked 1-2 - - - suppressed=41");
	assert_int_equal(gate_deadline(&fixture->gate), INT64_MAX);
}

/* Nothing is there when the window ends: what was not told is told as a number. */
static void what_left_is_counted(void **state)
{
	struct fixture *fixture = *state;
	char name[16];

	begin(fixture);
	for (int i = 0; i < 11; i++) {
		put_device(fixture, "1-2", "0\n", 1, (const uint8_t[]){8});
		happen(fixture, UEVENT_ADD, "1-2");
		remove_device(fixture, "1-2");
		happen(fixture, UEVENT_REMOVE, "1-2");
	}
	fixture->gate.now = THROTTLE_WINDOW_MS;
	gate_tick(&fixture->gate);
	assert_int_equal(fixture->n_told, THROTTLE_EVENTS + 1);
	assert_string_equal(fixture->told[THROTTLE_EVENTS], "engine.fault 1-2 - - - suppressed=2");
	/* A port that had to be forgotten for others passes its number on. */
	for (int i = 0; i < 21; i++)
		assert_int_equal(throttle_allow(&fixture->gate.throttle, "1-2", fixture->gate.now,
						&(uint64_t){0}),
				 i < THROTTLE_EVENTS - 1);
	for (int i = 0; i < THROTTLE_PORTS; i++) {
		uint64_t suppressed;

		snprintf(name, sizeof(name), "1-2.%d", i);
		assert_true(throttle_allow(&fixture->gate.throttle, name, fixture->gate.now + 1,
					   &suppressed));
		assert_int_equal(suppressed, i == THROTTLE_PORTS - 1 ? 2 : 0);
	}
}

static void a_refusal_of_the_kernel_is_told(void **state)
{
	struct fixture *fixture = *state;

	begin(fixture);
	fixture->fail_verb = PRIV_DEVICE_OPEN;
	fixture->fail_error = -EPROTO;
	put_device(fixture, "1-5", "0\n", 1, (const uint8_t[]){3});
	happen(fixture, UEVENT_ADD, "1-5");
	settle(fixture);
	assert_int_equal(fixture->n_told, 1);
	assert_string_equal(fixture->told[0], "engine.fault 1-5 - - Protocol error");
	assert_true(gate_idle(&fixture->gate));
	expect_text(fixture, "bus/usb/devices/1-5/authorized", "0");
	fixture->fail_verb = 0;
	happen(fixture, UEVENT_CHANGE, "1-5");
	settle(fixture);
	expect_text(fixture, "bus/usb/devices/1-5/authorized", "0");
	/* Somebody else could. */
	put_text(fixture, "bus/usb/devices/1-5", "authorized", "1\n");
	happen(fixture, UEVENT_CHANGE, "1-5");
	settle(fixture);
	assert_int_equal(fixture->gate.list[0]->error, 0);
	assert_string_equal(fixture->told[1], "device.allowed 1-5 030000 - -");
}

/* The link breaks with requests under way: a scan after it is back does what is missing. */
static void a_lost_link_is_made_good(void **state)
{
	struct fixture *fixture = *state;
	int pair[2];

	begin(fixture);
	put_device(fixture, "1-6", "0\n", 1, (const uint8_t[]){3});
	happen(fixture, UEVENT_ADD, "1-6");
	assert_int_equal(privlink_dispatch(&fixture->link, 0, gate_done, &fixture->gate), 0);
	close(fixture->peer);
	assert_true(privlink_dispatch(&fixture->link, 0, gate_done, &fixture->gate) < 0);
	privlink_close(&fixture->link);
	gate_unlinked(&fixture->gate);
	assert_false(gate_idle(&fixture->gate));
	/* Meanwhile another one came. */
	put_device(fixture, "1-7", "0\n", 1, (const uint8_t[]){3});
	happen(fixture, UEVENT_ADD, "1-7");
	assert_int_equal(
		socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, pair), 0);
	fixture->link.fd = pair[0];
	fixture->peer = pair[1];
	begin(fixture);
	expect_text(fixture, "bus/usb/devices/1-6:1.0/authorized", "1");
	expect_text(fixture, "bus/usb/devices/1-7:1.0/authorized", "1");
}

static void a_silent_root_half_is_noticed(void **state)
{
	struct fixture *fixture = *state;

	begin(fixture);
	put_device(fixture, "1-6", "0\n", 1, (const uint8_t[]){3});
	happen(fixture, UEVENT_ADD, "1-6");
	assert_int_equal(privlink_dispatch(&fixture->link, 1000, gate_done, &fixture->gate), 0);
	assert_int_equal(privlink_deadline(&fixture->link), 1000 + PRIVLINK_STUCK_MS);
	assert_int_equal(privlink_dispatch(&fixture->link, 1000 + PRIVLINK_STUCK_MS, gate_done,
					   &fixture->gate),
			 -ETIMEDOUT);
}

static void new_rules_count_at_once(void **state)
{
	struct fixture *fixture = *state;
	struct config_error error;
	struct rules rules;
	char path[128];
	FILE *file;

	put_device(fixture, "1-1", "0\n", 1, (const uint8_t[]){3});
	begin(fixture);
	expect_text(fixture, "bus/usb/devices/1-1/authorized", "1");
	snprintf(path, sizeof(path), "%s/devices.conf", fixture->root);
	file = fopen(path, "w");
	assert_non_null(file);
	assert_true(fputs("[Device stolen]\nMatchSerial=S1\nAccess=block\n", file) >= 0);
	assert_int_equal(fclose(file), 0);
	assert_int_equal(rules_load(path, getuid(), &rules, &error), 0);
	gate_judge_again(&fixture->gate, &rules);
	settle(fixture);
	rules_free(&fixture->rules);
	fixture->rules = rules;
	fixture->gate.rules = &fixture->rules;
	begin(fixture);
	expect_text(fixture, "bus/usb/devices/1-1/authorized", "0");
	assert_string_equal(fixture->told[1], "device.blocked 1-1 - - -");
}

/* Five hundred devices at once are more requests than the queue takes. */
static void more_than_the_queue_takes(void **state)
{
	struct fixture *fixture = *state;
	char name[16];

	for (int i = 1; i <= 500; i++) {
		snprintf(name, sizeof(name), "1-1.%d", i);
		put_device(fixture, name, "0\n", 1, (const uint8_t[]){9});
	}
	fixture->n_told = 0;
	do {
		assert_int_equal(gate_scan(&fixture->gate), 0);
		do {
			fixture->n_told = 0;
			assert_int_equal(
				privlink_dispatch(&fixture->link, 0, gate_done, &fixture->gate), 0);
		} while (serve_one(fixture));
	} while (!gate_idle(&fixture->gate));
	expect_text(fixture, "bus/usb/devices/1-1.500:1.0/authorized", "1");
	assert_int_equal(fixture->gate.n_list, 500);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_kernel_is_closed_first),
		TEST(nothing_opens_below_an_open_bus),
		TEST(a_bus_behind_our_back_is_closed_first),
		TEST(a_closed_bus_keeps_its_root_hub),
		TEST(the_root_half_opens_nothing_below_an_open_bus),
		TEST(storage_stays_closed),
		TEST(what_is_open_is_closed),
		TEST(a_composite_works_in_part),
		TEST(a_foreign_driver_closes_the_device),
		TEST(what_its_driver_does_not_take_is_closed),
		TEST(an_interface_waits_for_its_uevent),
		TEST(a_successor_of_an_interface_is_bound),
		TEST(an_open_interface_gets_its_driver),
		TEST(a_successor_gets_nothing),
		TEST(a_device_being_configured_is_not_waited_for),
		TEST(a_port_is_told_of_so_often),
		TEST(what_left_is_counted),
		TEST(a_refusal_of_the_kernel_is_told),
		TEST(a_lost_link_is_made_good),
		TEST(a_silent_root_half_is_noticed),
		TEST(new_rules_count_at_once),
		TEST(more_than_the_queue_takes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
