/* The lock on disks: what is found where the inventory or a disk is not as it should be. */
#include "disk_fixture.h"

#include "agent/exits/exits.h"

struct fixture {
	char root[48], inventory[80];
	struct machine machine;
	struct lock_finding finding;
};

static int set_up(void **state)
{
	struct fixture *fixture = calloc(1, sizeof(*fixture));

	snprintf(fixture->root, sizeof(fixture->root), "/tmp/sekisho-lock-XXXXXX");
	assert_non_null(mkdtemp(fixture->root));
	put_root_disk(fixture->root);
	put_sata(fixture->root);
	put_file(fixture->root, "disks.conf", "[Disk vda]\nBus=virtio\nSerial=ROOT_1\n");
	put_file(fixture->root, "disks.conf.d/second.conf",
		 "[Disk sda]\nBus=scsi\nPath=0000:00:1f.2/0:0:0\n");
	snprintf(fixture->inventory, sizeof(fixture->inventory), "%s/disks.conf", fixture->root);
	fixture->machine = (struct machine){
		.root = open(fixture->root, O_PATH | O_DIRECTORY | O_CLOEXEC),
		.inventory = fixture->inventory,
		.devices = json_array(),
	};
	*state = fixture;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *fixture = *state;

	json_decref(fixture->machine.devices);
	close(fixture->machine.root);
	assert_int_equal(tree_remove(fixture->root), 0);
	free(fixture);
	return 0;
}

static void expect(struct fixture *fixture, enum lock_state state, const char *words)
{
	look_disks(&fixture->machine, &fixture->finding);
	assert_int_equal(fixture->finding.state, state);
	if (!strstr(fixture->finding.text, words))
		fail_msg("%s", fixture->finding.text);
}

static void test_states(void **state)
{
	struct fixture *fixture = *state;

	expect(fixture, LOCK_HOLDS, "2 disks");
	put_nvme(fixture->root);
	expect(fixture, LOCK_BROKEN, "/dev/nvme0n1 is not on the inventory");
	put_file(fixture->root, "disks.conf.d/third.conf", "[Disk fast]\nBus=nvme\n");
	expect(fixture, LOCK_UNSEEN, "third.conf:1: ");
	put_file(fixture->root, "disks.conf.d/third.conf",
		 "[Disk fast]\nBus=nvme\nWwid=eui.0025\n");
	expect(fixture, LOCK_HOLDS, "3 disks");
	put_file(fixture->root, "disks.conf", "");
	expect(fixture, LOCK_BROKEN, ", vda:");
	put_file(fixture->root, "proc/self/mountinfo", "29 1 0:9 / / rw - overlay overlay rw\n");
	expect(fixture, LOCK_BROKEN, "does not name the disk");
	assert_int_equal(unlink(fixture->inventory), 0);
	expect(fixture, LOCK_BROKEN, "sekisho disks enrol");
}

/* All is in order, but nobody would act. */
static void test_silent(void **state)
{
	struct fixture *fixture = *state;

	json_decref(fixture->machine.devices);
	fixture->machine.devices = NULL;
	expect(fixture, LOCK_BROKEN, "sekishod does not answer");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_states, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_silent, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
