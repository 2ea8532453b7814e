/* PCI functions that are plugged in: the list of the start, the engine's question, the root half's
 * answer, and the lock. */
#include "disk_fixture.h"
#include "told_fixture.h"

#include "agent/engine/slots.h"
#include "agent/exits/exits.h"
#include "agent/priv/closeslot.h"
#include "agent/priv/verb.h"
#include "pcifunction.h"

#define CARD "0000:03:00.0"

struct fixture {
	char root[48], path[80], known[80];
	int top, sysfs;
	struct privlink link;
	struct gate gate;
	struct slots slots;
	struct machine machine;
	struct told told;
};

static int busy; /* what a claim of a disk is answered */

static int claim(const char *name, const char *number, int tries)
{
	(void)name, (void)number, (void)tries;
	return busy < 0 ? busy : open("/dev/null", O_RDONLY | O_CLOEXEC);
}

/* A function of the class @class; all have the same other numbers. */
static void put_function(const struct fixture *fixture, const char *name, const char *class)
{
	static const char *const numbers[] = {"vendor", "device", "subsystem_vendor",
					      "subsystem_device"};
	char path[96];

	for (size_t i = 0; i < ARRAY_SIZE(numbers); i++) {
		snprintf(path, sizeof(path), "sys/bus/pci/devices/%s/%s", name, numbers[i]);
		put_file(fixture->root, path, "0x1234\n");
	}
	snprintf(path, sizeof(path), "sys/bus/pci/devices/%s/class", name);
	put_file(fixture->root, path, class);
	snprintf(path, sizeof(path), "sys/bus/pci/devices/%s/driver_override", name);
	put_file(fixture->root, path, "(null)\n");
}

#define NUMBERS "0x1234:0x1234:0x1234:0x1234\n"

static int set_up(void **state)
{
	struct fixture *fixture = calloc(1, sizeof(*fixture));

	snprintf(fixture->root, sizeof(fixture->root), "/tmp/sekisho-slots-XXXXXX");
	assert_non_null(mkdtemp(fixture->root));
	put_function(fixture, "0000:00:02.0", "0x030000\n");
	put_file(fixture->root, PCIFUNCTION_KNOWN, "0000:00:02.0 " NUMBERS);
	put_file(fixture->root, "sys/block/x", "");
	snprintf(fixture->path, sizeof(fixture->path), "%s/sys", fixture->root);
	snprintf(fixture->known, sizeof(fixture->known), "%s/" PCIFUNCTION_KNOWN, fixture->root);
	fixture->top = open(fixture->root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	fixture->sysfs = open(fixture->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	fixture->link.fd = open("/dev/null", O_RDWR | O_CLOEXEC);
	fixture->gate = (struct gate){
		.devices = -1, .link = &fixture->link, .tell = told_hear, .user = &fixture->told};
	fixture->slots = (struct slots){.sysfs = fixture->path,
					.root = fixture->top,
					.known = PCIFUNCTION_KNOWN,
					.gate = &fixture->gate};
	fixture->machine = (struct machine){.root = fixture->top, .devices = json_array()};
	busy = 0;
	*state = fixture;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *fixture = *state;

	json_decref(fixture->machine.devices);
	privlink_close(&fixture->link);
	close(fixture->sysfs);
	close(fixture->top);
	assert_int_equal(tree_remove(fixture->root), 0);
	free(fixture);
	return 0;
}

static int run(const struct fixture *fixture, const char *name)
{
	struct pcifunction function;

	assert_int_equal(pcifunction_read(fixture->sysfs, name, &function), 0);
	return closeslot_run(fixture->sysfs, fixture->known, name, function.inode, claim);
}

static void expect_lock(const struct fixture *fixture, enum lock_state state)
{
	struct lock_finding finding;

	look_slots(&fixture->machine, &finding);
	if (finding.state != state)
		fail_msg("%s", finding.text);
}

/* Asked about newcomers alone: not what was there, no bridge, no USB controller. */
static void test_asked(void **state)
{
	struct fixture *fixture = *state;
	struct uevent uevent = {
		.action = UEVENT_ADD, .type = UEVENT_OTHER_BUS, .name = CARD, .bus = "pci"};

	put_function(fixture, CARD, "0x020000\n");
	put_function(fixture, "0000:04:00.0", "0x060400\n");
	put_function(fixture, "0000:05:00.0", "0x0c0330\n");
	fixture->slots.rescan = true;
	slots_scan(&fixture->slots);
	assert_int_equal(fixture->link.count, 1);
	assert_int_equal(fixture->link.queue[0].request.verb, PRIV_SLOT_CLOSE);
	assert_string_equal(fixture->link.queue[0].request.name, CARD);
	slots_uevent(&fixture->slots, &uevent);
	assert_int_equal(fixture->link.count, 2);
	uevent.action = UEVENT_REMOVE;
	slots_uevent(&fixture->slots, &uevent);
	/* While the machine starts there is no list. */
	assert_int_equal(unlinkat(fixture->top, PCIFUNCTION_KNOWN, 0), 0);
	uevent.action = UEVENT_ADD;
	slots_uevent(&fixture->slots, &uevent);
	assert_int_equal(fixture->link.count, 2);
	assert_int_equal(run(fixture, CARD), -EPERM);
}

static void test_told(void **state)
{
	struct fixture *fixture = *state;
	const struct priv_request request = {.verb = PRIV_SLOT_CLOSE, .name = CARD};

	put_function(fixture, CARD, "0x020000\n");
	slots_done(&fixture->slots, &request, 0);
	slots_done(&fixture->slots, &request, -EBUSY);
	assert_string_equal(fixture->told.texts[0],
			    "device.blocked {\"device\":\"pci " CARD "\",\"product\":\"1234\","
			    "\"reason\":\"slot-closed\",\"vendor\":\"1234\"}");
	assert_non_null(strstr(fixture->told.texts[1], "engine.fault"));
	assert_non_null(strstr(fixture->told.texts[1], "slot-not-closed"));

	/* It is tried again, and told again once it is another story. */
	fixture->slots.rescan = false;
	slots_retry(&fixture->slots);
	assert_true(fixture->slots.rescan);
	fixture->slots.rescan = false;
	slots_retry(&fixture->slots);
	assert_false(fixture->slots.rescan);
	slots_done(&fixture->slots, &request, -EBUSY);
	assert_int_equal(fixture->told.count, 2);
	slots_done(&fixture->slots, &request, 0);
	assert_int_equal(fixture->told.count, 3);
}

static void test_closed(void **state)
{
	struct fixture *fixture = *state;
	struct pcifunction function;

	expect_lock(fixture, LOCK_HOLDS);
	put_function(fixture, CARD, "0x020000\n");
	expect_lock(fixture, LOCK_BROKEN);
	assert_int_equal(run(fixture, CARD), 0);
	expect_lock(fixture, LOCK_HOLDS);
	/* A driver has it all the same. */
	put_file(fixture->root, "sys/bus/pci/drivers/e1000e/unbind", "");
	put_link(fixture->root, "sys/bus/pci/devices/" CARD "/driver", "../../drivers/e1000e");
	assert_int_equal(run(fixture, CARD), -EIO);
	expect_lock(fixture, LOCK_BROKEN);
	/* Another one has its name. */
	assert_int_equal(pcifunction_read(fixture->sysfs, CARD, &function), 0);
	assert_int_equal(
		closeslot_run(fixture->sysfs, fixture->known, CARD, function.inode + 1, claim),
		-ESTALE);
}

/* A USB controller may come; what says that it is one and has another driver is none. */
static void test_a_class_is_a_claim(void **state)
{
	struct fixture *fixture = *state;

	put_function(fixture, CARD, "0x0c0330\n");
	expect_lock(fixture, LOCK_HOLDS);
	put_link(fixture->root, "sys/bus/pci/devices/" CARD "/driver", "../../drivers/xhci_hcd");
	expect_lock(fixture, LOCK_HOLDS);
	assert_int_equal(unlinkat(fixture->sysfs, "bus/pci/devices/" CARD "/driver", 0), 0);
	put_link(fixture->root, "sys/bus/pci/devices/" CARD "/driver", "../../drivers/e1000e");
	expect_lock(fixture, LOCK_BROKEN);
}

/* Not what was there at the start, whoever asks; not what has a disk behind it that is in use. */
static void test_guards(void **state)
{
	struct fixture *fixture = *state;

	assert_int_equal(run(fixture, "0000:00:02.0"), -EPERM);
	put_nvme(fixture->root);
	put_function(fixture, "0000:01:00.0", "0x010802\n");
	busy = -EBUSY;
	assert_int_equal(run(fixture, "0000:01:00.0"), -EBUSY);
	busy = 0;
	assert_int_equal(run(fixture, "0000:01:00.0"), 0);
	/* At its place with other numbers it is another card. */
	put_file(fixture->root, "sys/bus/pci/devices/0000:00:02.0/device", "0x1235\n");
	assert_int_equal(run(fixture, "0000:00:02.0"), 0);
}

static void test_names(void **state)
{
	static const char *const bad[] = {
		"", "03:00.0", "0000:03:00", "0000:03:00.0/", "0000:03:00.00", "../0000:03:00.0"};
	struct priv_request request;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		request = (struct priv_request){.version = PRIV_VERSION, .verb = PRIV_SLOT_CLOSE};
		memcpy(request.name, bad[i], strlen(bad[i]));
		assert_int_equal(verb_check(&request), -EINVAL);
	}
	request = (struct priv_request){
		.version = PRIV_VERSION, .verb = PRIV_SLOT_CLOSE, .name = "10000:e1:00.0"};
	assert_int_equal(verb_check(&request), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_asked),  TEST(test_told),
		TEST(test_closed), TEST(test_a_class_is_a_claim),
		TEST(test_guards), cmocka_unit_test(test_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
