/* The gate and the root half's verbs together, on a made-up sysfs. */
#ifndef SEKISHO_GATE_FIXTURE_H
#define SEKISHO_GATE_FIXTURE_H

#include "tree_fixture.h"

#include "agent/engine/gate.h"
#include "agent/priv/verb.h"

#include "parcel.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

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
	char fields[1024]; /* of the last one, as JSON */
	char asked[64][64]; /* "3 1-1" */
	size_t n_asked;
	int fail_verb, fail_error; /* this verb is answered with this error */
	bool claims; /* interfaces can be claimed: plays usbfs */
	bool configured_again; /* and once, the interface has become another one meanwhile */
};

static inline void put(const struct fixture *fixture, const char *path, const void *bytes,
		       size_t length)
{
	tree_put(fixture->root, path, bytes, length);
}

static inline void put_text(const struct fixture *fixture, const char *directory, const char *name,
			    const char *text)
{
	char path[256];

	snprintf(path, sizeof(path), "%s/%s", directory, name);
	put(fixture, path, text, strlen(text));
}

static inline void expect_text(const struct fixture *fixture, const char *path,
			       const char *expected)
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

static inline void put_bus(const struct fixture *fixture, const char *name)
{
	char path[64];

	snprintf(path, sizeof(path), "bus/usb/devices/%s", name);
	put_text(fixture, path, "authorized", "1\n");
	put_text(fixture, path, "authorized_default", "1\n");
	put_text(fixture, path, "interface_authorized_default", "1\n");
	put_text(fixture, path, "descriptors", "");
}

/* What the kernel does when a driver takes a device or an interface. */
static inline void be_driven(const struct fixture *fixture, const char *name, const char *driver)
{
	char path[192], target[64];

	snprintf(path, sizeof(path), "%s/bus/usb/devices/%s/driver", fixture->root, name);
	snprintf(target, sizeof(target), "../../../../bus/usb/drivers/%s", driver);
	assert_true(unlink(path) == 0 || errno == ENOENT);
	assert_int_equal(symlink(target, path), 0);
}

/* A device of up to four interfaces, as descriptors and as the directories the kernel makes of an
 * authorized one. */
static inline void put_device(const struct fixture *fixture, const char *name,
			      const char *authorized, size_t count, const uint8_t *classes)
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
	put_text(fixture, path, "bConfigurationValue", "1\n");
	be_driven(fixture, name, "usb");
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

static inline void remove_device(const struct fixture *fixture, const char *name)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/bus/usb/devices/%s", fixture->root, name);
	assert_int_equal(tree_remove(path), 0);
}

static inline void told(void *user, const struct event *event)
{
	struct fixture *fixture = user;
	const char *words[4], *suppressed;
	static const char *const keys[] = {"device", "opened", "refused", "error"};

	assert_int_equal(event->error, 0);
	assert_null(event_stray_field(event->kind, event->fields));
	/* Anybody can plug something in, and what a device does is its maker's will. */
	assert_int_equal(event_rows[event->kind].weight, EVENT_ORDINARY);
	assert_true(fixture->n_told < TOLD_MAX);
	for (size_t i = 0; i < 4; i++) {
		words[i] = json_string_value(json_object_get(event->fields, keys[i]));
		if (!words[i])
			words[i] = "-";
	}
	suppressed = json_string_value(json_object_get(event->fields, "suppressed"));
	fixture->fields[json_dumpb(event->fields, fixture->fields, sizeof(fixture->fields) - 1,
				   JSON_SORT_KEYS | JSON_COMPACT)] = '\0';
	snprintf(fixture->told[fixture->n_told++], sizeof(fixture->told[0]), "%s %s %s %s %s%s%s",
		 event_rows[event->kind].name, words[0], words[1], words[2], words[3],
		 suppressed ? " suppressed=" : "", suppressed ? suppressed : "");
}

static inline int setup(void **state)
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

static inline int teardown(void **state)
{
	struct fixture *fixture = *state;

	gate_release(&fixture->gate);
	rules_free(&fixture->rules);
	privlink_close(&fixture->link);
	close(fixture->peer);
	close(fixture->sysfs);
	close(fixture->gate.devices);
	tree_remove(fixture->root);
	free(fixture);
	return 0;
}

/* New interfaces in the place of the old ones. */
static inline void configure_again(const struct fixture *fixture, const char *name)
{
	char old[160], kept[160];

	snprintf(old, sizeof(old), "%s/bus/usb/devices/%s/%s:1.0", fixture->root, name, name);
	snprintf(kept, sizeof(kept), "%s/old",
		 fixture->root); /* so that its inode is not given anew */
	assert_int_equal(rename(old, kept), 0);
	put_device(fixture, name, "1\n", 1, (const uint8_t[]){3});
}

static inline int claim(const struct fixture *fixture, const char *name, int *ret_fd)
{
	char path[96];

	snprintf(path, sizeof(path), "bus/usb/devices/%s", name);
	put_text(fixture, path, "authorized", "1\n");
	be_driven(fixture, name, "usbfs");
	*ret_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	return 0;
}

/* The root half: does what is asked, once. False if nothing was. */
static inline bool serve_one(struct fixture *fixture)
{
	struct priv_request request;
	struct priv_reply reply = {.version = PRIV_VERSION};
	int passed = -1;

	if (recv(fixture->peer, &request, sizeof(request), 0) != (ssize_t)sizeof(request))
		return false;
	snprintf(fixture->asked[fixture->n_asked++ % 64], sizeof(fixture->asked[0]), "%u %s",
		 request.verb, request.name);
	reply.verb = request.verb;
	/* The kernel notes that a device is authorized before it finds that it can't be configured.
	 */
	if ((int)request.verb != fixture->fail_verb || request.verb == PRIV_DEVICE_OPEN)
		reply.error = verb_run(fixture->sysfs, fixture->sysfs, &request, &passed);
	if (fixture->claims && request.verb == PRIV_INTERFACE_CLAIM)
		reply.error = claim(fixture, request.name, &passed);
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
	assert_int_equal(parcel_send(fixture->peer, &reply, sizeof(reply), passed, 0), 0);
	if (passed >= 0)
		close(passed);
	return true;
}

static inline void settle(struct fixture *fixture)
{
	do
		assert_int_equal(privlink_dispatch(&fixture->link, 0, gate_done, &fixture->gate),
				 0);
	while (serve_one(fixture));
}

static inline void announce(struct fixture *fixture, const struct uevent *uevent)
{
	gate_uevent(&fixture->gate, uevent);
	gate_catch_up(&fixture->gate);
}

static inline void happen(struct fixture *fixture, enum uevent_action action, const char *name)
{
	struct uevent uevent = {.action = action, .type = UEVENT_DEVICE};

	snprintf(uevent.name, sizeof(uevent.name), "%s", name);
	announce(fixture, &uevent);
}

static inline void begin(struct fixture *fixture)
{
	assert_int_equal(gate_scan(&fixture->gate), 0);
	settle(fixture);
	assert_true(gate_idle(&fixture->gate));
	assert_true(gate_closed(&fixture->gate));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

/* The rules of the fixture are @text from now on; nothing is judged by them yet. */
static inline void load_rules(struct fixture *fixture, const char *text)
{
	char path[128];
	struct config_error error;

	put_text(fixture, ".", "rules.conf", text);
	snprintf(path, sizeof(path), "%s/rules.conf", fixture->root);
	rules_free(&fixture->rules);
	assert_int_equal(rules_load(path, getuid(), &fixture->rules, &error), 0);
}

#endif
