/* Disks against the inventory, in the engine: who is asked to be closed, and what is told. */
#include "disk_fixture.h"
#include "told_fixture.h"

#include "agent/engine/disks.h"

#define ON_VDA "[Disk vda]\nBus=virtio\nSerial=ROOT_1\n"

struct fixture {
	char root[48];
	char inventory[80], sysfs[80], mountinfo[80];
	struct privlink link;
	struct gate gate;
	struct disks disks;
	struct told told;
};

static int set_up(void **state)
{
	struct fixture *fixture = calloc(1, sizeof(*fixture));

	snprintf(fixture->root, sizeof(fixture->root), "/tmp/sekisho-disks-XXXXXX");
	assert_non_null(mkdtemp(fixture->root));
	put_root_disk(fixture->root);
	snprintf(fixture->inventory, sizeof(fixture->inventory), "%s/disks.conf", fixture->root);
	snprintf(fixture->sysfs, sizeof(fixture->sysfs), "%s/sys", fixture->root);
	snprintf(fixture->mountinfo, sizeof(fixture->mountinfo), "%s/proc/self/mountinfo",
		 fixture->root);
	fixture->link.fd = open("/dev/null", O_RDWR | O_CLOEXEC);
	fixture->gate = (struct gate){
		.devices = -1, .link = &fixture->link, .tell = told_hear, .user = &fixture->told};
	fixture->disks = (struct disks){.path = fixture->inventory,
					.sysfs = fixture->sysfs,
					.mountinfo = fixture->mountinfo,
					.gate = &fixture->gate};
	*state = fixture;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *fixture = *state;

	disks_release(&fixture->disks);
	privlink_close(&fixture->link);
	assert_int_equal(tree_remove(fixture->root), 0);
	free(fixture);
	return 0;
}

static void load(struct fixture *fixture, const char *text)
{
	if (text)
		put_file(fixture->root, "disks.conf", text);
	disks_load(&fixture->disks);
	disks_scan(&fixture->disks);
}

static void answer(struct fixture *fixture, size_t which, int error)
{
	disks_done(&fixture->disks, &fixture->link.queue[which].request, error);
}

static void expect_told(const struct fixture *fixture, size_t which, const char *expected)
{
	assert_true(which < fixture->told.count);
	assert_string_equal(fixture->told.texts[which], expected);
}

/* There at the start, and one that comes. */
static void test_strangers(void **state)
{
	struct fixture *fixture = *state;
	const struct uevent disk = {
		.action = UEVENT_ADD, .type = UEVENT_DISK, .name = "sda", .bus = "block"};

	put_nvme(fixture->root);
	fixture->gate.starting = true;
	load(fixture, ON_VDA);
	assert_int_equal(fixture->link.count, 1);
	assert_int_equal(fixture->link.queue[0].request.verb, PRIV_DISK_CLOSE);
	assert_string_equal(fixture->link.queue[0].request.name, "nvme0n1");
	assert_false(disks_idle(&fixture->disks));
	assert_int_equal(fixture->told.count, 1); /* the inventory; of the disk once it is closed */
	answer(fixture, 0, 0);
	expect_told(fixture, 1,
		    "device.blocked {\"device\":\"nvme nvme0n1\","
		    "\"name\":\"Fast_disk%3b_%5bA%5d%3d1\","
		    "\"path\":\"0000:01:00.0\",\"reason\":\"not-in-inventory\","
		    "\"serial\":\"S4%231\",\"when\":\"start\",\"wwid\":\"eui.0025\"}");
	assert_true(disks_idle(&fixture->disks));
	fixture->gate.starting = false;
	put_sata(fixture->root);
	disks_uevent(&fixture->disks, &disk);
	disks_uevent(&fixture->disks, &disk);
	assert_int_equal(fixture->link.count, 2);
	answer(fixture, 1, 0);
	expect_told(fixture, 2,
		    "device.blocked {\"device\":\"scsi sda\",\"name\":\"QEMU_HARDDISK\","
		    "\"path\":\"0000:00:1f.2/0:0:0\",\"reason\":\"not-in-inventory\"}");
}

/* The inventory is not there, or another machine's: nothing is closed, whatever comes. */
static void test_not_armed(void **state)
{
	struct fixture *fixture = *state;
	const struct uevent disk = {
		.action = UEVENT_ADD, .type = UEVENT_DISK, .name = "nvme0n1", .bus = "block"};

	put_nvme(fixture->root);
	load(fixture, NULL);
	assert_non_null(strstr(fixture->told.texts[0], "policy.rejected"));
	assert_non_null(strstr(fixture->told.texts[0], "sekisho disks enrol"));
	load(fixture, "[Disk nvme]\nBus=nvme\nWwid=eui.0026\n");
	assert_non_null(strstr(fixture->told.texts[1], "does not name vda"));
	put_file(fixture->root, "proc/self/mountinfo", "29 1 0:25 / / rw - overlay overlay rw\n");
	load(fixture, ON_VDA);
	assert_non_null(strstr(fixture->told.texts[2], "can't be told"));
	disks_uevent(&fixture->disks, &disk);
	assert_int_equal(fixture->link.count, 0);
	assert_int_equal(fixture->told.count, 3);
	assert_true(disks_idle(&fixture->disks));
}

/* A wrong file leaves the last good one in force. */
static void test_wrong_file(void **state)
{
	struct fixture *fixture = *state;

	load(fixture, ON_VDA);
	load(fixture, "[Disk vda]\n");
	assert_non_null(strstr(fixture->told.texts[1], "policy.rejected"));
	put_nvme(fixture->root);
	fixture->disks.rescan = true;
	disks_scan(&fixture->disks);
	assert_int_equal(fixture->link.count, 1);
}

static void test_in_use(void **state)
{
	struct fixture *fixture = *state;

	put_sata(fixture->root);
	load(fixture, ON_VDA);
	answer(fixture, 0, -EBUSY);
	expect_told(fixture, 1,
		    "engine.fault {\"device\":\"scsi sda\",\"error\":\"Device or resource busy\","
		    "\"fault\":\"disk-not-closed\",\"name\":\"QEMU_HARDDISK\","
		    "\"path\":\"0000:00:1f.2/0:0:0\",\"reason\":\"not-in-inventory\"}");
	assert_true(disks_idle(&fixture->disks));
	/* One that left by itself was there all the same. */
	fixture->disks.rescan = true;
	disks_scan(&fixture->disks);
	answer(fixture, 1, -ESTALE);
	assert_non_null(strstr(fixture->told.texts[2], "device.blocked"));
}

/* Without the root half nothing can be asked; it comes back, and all is looked at again. */
static void test_link(void **state)
{
	struct fixture *fixture = *state;

	privlink_close(&fixture->link);
	put_sata(fixture->root);
	load(fixture, ON_VDA);
	assert_int_equal(fixture->link.count, 0);
	assert_false(disks_idle(&fixture->disks));
	fixture->link.fd = open("/dev/null", O_RDWR | O_CLOEXEC);
	disks_scan(&fixture->disks);
	assert_int_equal(fixture->link.count, 1);
	disks_unlinked(&fixture->disks);
	disks_scan(&fixture->disks);
	assert_int_equal(fixture->link.count, 2);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_strangers), TEST(test_not_armed), TEST(test_wrong_file),
		TEST(test_in_use),    TEST(test_link),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
