/* Disks by what they tell of themselves, the inventory, and the disks below the root file system.
 */
#include "disk_fixture.h"

#include "inventory.h"
#include "rootdisk.h"

#include "cleanup.h"

static void test_read(void **state)
{
	static const struct disk expected[] = {
		{.name = "nvme0n1",
		 .bus = "nvme",
		 .wwid = "eui.0025",
		 .serial = "S4%231",
		 .model = "Fast_disk%3b_%5bA%5d%3d1",
		 .path = "0000:01:00.0"},
		{.name = "nvme1n1", .bus = "nvme", .wwid = "uuid.77", .path = "0000:02:00.0"},
		{.name = "sda",
		 .bus = "scsi",
		 .model = "QEMU_HARDDISK",
		 .path = "0000:00:1f.2/0:0:0"},
		{.name = "vda", .bus = "virtio", .serial = "ROOT_1", .path = "0000:00:02.0"},
	};
	const struct disk_fixture *fixture = *state;
	_cleanup_free_ struct disk *list = NULL;
	size_t count;

	assert_int_equal(disk_list(fixture->sysfs, &list, &count), 0);
	assert_int_equal(count, ARRAY_SIZE(expected));
	for (size_t i = 0; i < count; i++) {
		assert_string_equal(list[i].name, expected[i].name);
		assert_string_equal(list[i].bus, expected[i].bus);
		assert_string_equal(list[i].wwid, expected[i].wwid);
		assert_string_equal(list[i].serial, expected[i].serial);
		assert_string_equal(list[i].model, expected[i].model);
		assert_string_equal(list[i].path, expected[i].path);
		assert_int_equal(disk_is_weak(&list[i]), i == 2);
	}
}

/* Made of others, of files; on USB; a drive for discs, a floppy; and names that are none. */
static void test_others(void **state)
{
	static const char *const names[] = {"loop0", "dm-0", "sdb", "sr0", "fd0"};
	const struct disk_fixture *fixture = *state;
	struct disk disk;

	put_block(fixture->root, "virtual/block/loop0", "7:0\n", NULL);
	put_block(fixture->root, "virtual/block/dm-0", "253:0\n", NULL);
	put_bearer(fixture->root, "pci0000:00/usb1/1-1/1-1:1.0/host6/6:0:0:0", "scsi", "sd");
	put_block(fixture->root, "pci0000:00/usb1/1-1/1-1:1.0/host6/6:0:0:0/block/sdb", "8:16\n",
		  "../../../6:0:0:0");
	put_bearer(fixture->root, "pci0000:00/host2/2:0:0:0", "scsi", "sr");
	put_file(fixture->root, "sys/devices/pci0000:00/host2/2:0:0:0/type", "5\n");
	put_block(fixture->root, "pci0000:00/host2/2:0:0:0/block/sr0", "11:0\n",
		  "../../../2:0:0:0");
	put_bearer(fixture->root, "platform/floppy.0", "platform", "floppy");
	put_block(fixture->root, "platform/floppy.0/block/fd0", "2:0\n", "../../../floppy.0");
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		assert_int_equal(disk_read(fixture->sysfs, names[i], &disk), -ENOTBLK);
	assert_int_equal(disk_read(fixture->sysfs, "../block/vda", &disk), -ENOTBLK);
	assert_int_equal(disk_read(fixture->sysfs, "nvme1c1n1", &disk), -ENOTBLK);
	assert_int_equal(disk_read(fixture->sysfs, "vdz", &disk), -ENOENT);
}

/* A serial number without end, one of bytes that are no text: no more than the field holds. */
static void test_hostile_texts(void **state)
{
	const struct disk_fixture *fixture = *state;
	char text[256];
	struct disk disk;

	memset(text, '\xff', sizeof(text));
	text[200] = '\0';
	put_file(fixture->root, "sys/devices/" VDA "/block/vda/serial", text);
	assert_int_equal(disk_read(fixture->sysfs, "vda", &disk), 0);
	assert_true(strlen(disk.serial) < DISK_TEXT_MAX);
	assert_memory_equal(disk.serial, "%ff%ff", 6);
	put_file(fixture->root, "sys/devices/" VDA "/block/vda/serial", "\n[Disk x]\nBus=virtio\n");
	assert_int_equal(disk_read(fixture->sysfs, "vda", &disk), 0);
	assert_null(strpbrk(disk.serial, "\n[]= "));
}

static void load(const struct disk_fixture *fixture, const char *text,
		 struct inventory *ret_inventory)
{
	struct config_error error;
	char path[80];

	put_file(fixture->root, "disks.conf", text);
	snprintf(path, sizeof(path), "%s/disks.conf", fixture->root);
	if (inventory_load(path, geteuid(), ret_inventory, &error) < 0)
		fail_msg("%s", error.text);
}

/* What was written is read again, and fits the disk it was written of and no other. */
static void test_written_fits(void **state)
{
	const struct disk_fixture *fixture = *state;
	struct inventory inventory;
	_cleanup_free_ struct disk *list = NULL;
	struct disk other;
	char *text = NULL;
	size_t count, length;
	FILE *out = open_memstream(&text, &length);

	assert_int_equal(disk_list(fixture->sysfs, &list, &count), 0);
	for (size_t i = 0; i < count; i++)
		inventory_write(&list[i], out);
	assert_int_equal(fclose(out), 0);
	load(fixture, text, &inventory);
	free(text);
	assert_int_equal(inventory.count, count);
	for (size_t i = 0; i < count; i++) {
		assert_ptr_equal(inventory_find(&inventory, &list[i]), &inventory.list[i]);
		assert_string_equal(inventory.list[i].label, list[i].name);
		other = list[i];
		other.wwid[0] ^= 1, other.serial[0] ^= 1, other.path[0] ^= 1;
		assert_null(inventory_find(&inventory, &other));
		/* Its own place counts only where it has no number. */
		other = list[i];
		other.path[0] ^= 1;
		assert_int_equal(!inventory_find(&inventory, &other), disk_is_weak(&other));
	}
	inventory_free(&inventory);
}

static void test_wrong_files(void **state)
{
	static const struct {
		const char *text, *error;
	} wrong[] = {
		{"Bus=nvme\n", ":1: no section heading stands above Bus"},
		{"[Disks]\nBus=nvme\n", ":1: unknown section"},
		{"[Disk a]\nSerial=1\n", ":1: the section has no Bus="},
		{"[Disk a]\nBus=nvme\nModel=x\n", ":1: the section needs Wwid="},
		{"[Disk a]\nBus=nvme\nSerial=1\n[Disk b]\n", ":4: the section has no Bus="},
		{"[Disk a]\nBus=nvme\nSerial=\n", ":3: Serial="},
		{"[Disk a]\nBus=nvme\nSerial=a b\n", ":3: Serial="},
		{"[Disk a]\nBus=nvme\nSerial=1\nSerial=2\n", ":4: Serial= is given twice"},
		{"[Disk a]\nBus=nvme\nSize=1\n", ":3: unknown key 'Size'"},
	};
	const struct disk_fixture *fixture = *state;
	struct inventory inventory = {};
	struct config_error error;
	char path[80];

	snprintf(path, sizeof(path), "%s/disks.conf", fixture->root);
	assert_int_equal(inventory_load(path, geteuid(), &inventory, &error), -ENOENT);
	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
		put_file(fixture->root, "disks.conf", wrong[i].text);
		assert_true(inventory_load(path, geteuid(), &inventory, &error) < 0);
		if (!strstr(error.text, wrong[i].error))
			fail_msg("%s: %s", wrong[i].text, error.text);
		assert_null(inventory.list);
	}
	put_file(fixture->root, "disks.conf", "[Disk a]\nBus=nvme\nSerial=1\n");
	assert_int_equal(chmod(path, 0664), 0);
	assert_int_equal(inventory_load(path, geteuid(), &inventory, &error), -EPERM);
}

static int covered(const struct disk_fixture *fixture, const char *mounts,
		   const char *inventory_text, char name[static DISK_NAME_MAX])
{
	_cleanup_close_ int fd = -1;
	struct inventory inventory;
	char path[80];
	int r;

	put_file(fixture->root, "proc/self/mountinfo", mounts);
	snprintf(path, sizeof(path), "%s/proc/self/mountinfo", fixture->root);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	load(fixture, inventory_text, &inventory);
	r = rootdisk_covered(fixture->sysfs, fd, &inventory, name);
	inventory_free(&inventory);
	return r;
}

#define ON_VDA	"[Disk vda]\nBus=virtio\nSerial=ROOT_1\n"
#define ON_NVME "[Disk nvme]\nBus=nvme\nWwid=eui.0025\n"

static void test_root(void **state)
{
	static const char two_disks[] = "29 1 253:0 / / rw,relatime - ext4 /dev/mapper/vg-root rw\n"
					"30 29 254:1 / /boot rw - ext4 /dev/vda1 rw\n";
	const struct disk_fixture *fixture = *state;
	char name[DISK_NAME_MAX] = "";

	assert_int_equal(covered(fixture, MOUNTED_VDA1, ON_VDA, name), 0);
	assert_int_equal(covered(fixture, MOUNTED_VDA1, ON_NVME, name), -ENXIO);
	assert_string_equal(name, "vda");
	/* LVM over two disks: both have to be named. */
	put_block(fixture->root, "virtual/block/dm-0", "253:0\n", NULL);
	put_file(fixture->root, "sys/devices/virtual/block/dm-0/dm/name", "vg-root\n");
	put_link(fixture->root, "sys/devices/virtual/block/dm-0/slaves/vda1", "/x");
	put_link(fixture->root, "sys/devices/virtual/block/dm-0/slaves/nvme0n1", "/x");
	assert_int_equal(covered(fixture, two_disks, ON_VDA ON_NVME, name), 0);
	assert_int_equal(covered(fixture, two_disks, ON_VDA, name), -ENXIO);
	assert_string_equal(name, "nvme0n1");
	/* btrfs has a number of its own: by the source's name. */
	assert_int_equal(covered(fixture, "29 1 0:25 /@ / rw - btrfs /dev/vda1 rw\n", ON_VDA, name),
			 0);
	assert_int_equal(covered(fixture, "29 1 0:25 / / rw - btrfs /dev/mapper/vg-root rw\n",
				 ON_VDA ON_NVME, name),
			 0);
	/* What was mounted over it is what is seen. */
	assert_int_equal(covered(fixture,
				 "29 1 259:0 / / rw - ext4 /dev/nvme0n1 rw\n"
				 "31 29 254:1 / / rw a:1 b:2 - ext4 /dev/vda1 rw\n",
				 ON_VDA, name),
			 0);
}

static void test_root_unknown(void **state)
{
	static const char *const mounts[] = {
		"",
		"29 1 0:25 / / rw - overlay overlay rw\n",
		"29 1 0:25 / / rw - nfs4 server:/x rw\n",
		"29 1 99:1 / / rw - ext4 /dev/../x rw\n",
		"29 1 254:1 / /home rw - ext4 /dev/vda1 rw\n",
		"29 1 254:1 / / rw\n",
		"29\n",
	};
	const struct disk_fixture *fixture = *state;
	char name[DISK_NAME_MAX];

	for (size_t i = 0; i < ARRAY_SIZE(mounts); i++)
		if (covered(fixture, mounts[i], ON_VDA, name) != -ENODATA)
			fail_msg("%s", mounts[i]);
	/* Devices made of each other, without end. */
	put_block(fixture->root, "virtual/block/dm-1", "253:1\n", NULL);
	put_link(fixture->root, "sys/devices/virtual/block/dm-1/slaves/dm-1", "/x");
	assert_int_equal(covered(fixture, "29 1 253:1 / / rw - ext4 /dev/x rw\n", ON_VDA, name),
			 -ENODATA);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, disk_set_up, disk_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_read),	 TEST(test_others),	 TEST(test_hostile_texts),
		TEST(test_written_fits), TEST(test_wrong_files), TEST(test_root),
		TEST(test_root_unknown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
