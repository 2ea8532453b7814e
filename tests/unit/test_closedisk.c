/* The root half's way of taking a disk away, on a made-up /sys. */
#include "disk_fixture.h"

#include "agent/priv/closedisk.h"
#include "agent/priv/verb.h"
#include "diskhold.h"

static struct {
	char asked[4096]; /* "nvme0n1 259:0 " */
	const char *busy; /* that disk is in use */
	const char *root; /* what is taken away when it is asked for: its folder is gone */
	const char *gone;
	const char *missing; /* that disk has no node */
	const char *dead; /* that disk does not answer */
	const char *late; /* a file that is there when it is asked for the third time */
	int times;
} world;

/* As the kernel: whoever writes to unbind or delete, finds the disk gone. */
static int claim(const char *name, const char *number, int tries)
{
	char path[256];

	(void)tries;
	snprintf(world.asked + strlen(world.asked), sizeof(world.asked) - strlen(world.asked),
		 "%s %s ", name, number);
	if (world.busy && strcmp(name, world.busy) == 0)
		return -EBUSY;
	if (world.missing && strcmp(name, world.missing) == 0)
		return -ENOENT;
	if (world.dead && strcmp(name, world.dead) == 0)
		return -EIO;
	if (world.gone) {
		snprintf(path, sizeof(path), "%s/sys/block/%s", world.root, world.gone);
		assert_int_equal(unlink(path), 0);
		world.gone = NULL;
	}
	if (world.late && ++world.times == 3)
		put_file(world.root, world.late, "");
	return open("/dev/null", O_RDONLY | O_CLOEXEC);
}

static int set_up(void **state)
{
	const struct disk_fixture *fixture;
	int r = disk_set_up(state);

	fixture = *state;
	world.asked[0] = '\0';
	world.busy = world.gone = world.missing = world.dead = world.late = NULL;
	world.times = 0;
	world.root = fixture->root;
	return r;
}

static uint64_t inode_of(const struct disk_fixture *fixture, const char *name)
{
	struct stat status;
	char path[64];

	snprintf(path, sizeof(path), "block/%s", name);
	assert_int_equal(fstatat(fixture->sysfs, path, &status, 0), 0);
	return status.st_ino;
}

static int run(const struct disk_fixture *fixture, const char *name)
{
	return closedisk_run(fixture->sysfs, name, inode_of(fixture, name), claim);
}

static void expect(const struct disk_fixture *fixture, const char *path, const char *expected)
{
	int fd = openat(fixture->sysfs, path, O_RDONLY | O_CLOEXEC);
	char text[64] = "";

	assert_true(fd >= 0);
	assert_true(read(fd, text, sizeof(text) - 1) >= 0);
	close(fd);
	assert_string_equal(text, expected);
}

/* Nothing takes it away here, so it is there all the same: -EIO after the last way. */
static void test_what_is_written(void **state)
{
	static const struct {
		const char *name, *asked, *path, *text;
	} cases[] = {
		{"vda", "vda 254:0 ", "bus/virtio/drivers/virtio_blk/unbind", "virtio0"},
		{"sda", "sda 8:0 ", "devices/" SATA "/delete", "1"},
		{"nvme0n1", "nvme0n1 259:0 ", "bus/pci/drivers/nvme/unbind", "0000:01:00.0"},
		{"nvme1n1", "nvme1n1 259:4 ", "bus/pci/drivers/nvme/unbind", "0000:02:00.0"},
	};
	const struct disk_fixture *fixture = *state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		world.asked[0] = '\0';
		put_file(fixture->root, "sys/bus/pci/drivers/nvme/unbind", "");
		assert_int_equal(run(fixture, cases[i].name), -EIO);
		assert_memory_equal(world.asked, cases[i].asked, strlen(cases[i].asked));
		expect(fixture, cases[i].path, cases[i].text);
	}
}

static void test_in_use(void **state)
{
	const struct disk_fixture *fixture = *state;

	world.busy = "sda";
	assert_int_equal(run(fixture, "sda"), -EBUSY);
	expect(fixture, "devices/" SATA "/delete", "");
	/* Another namespace of the controller is in use. */
	put_block(fixture->root, NVME "/nvme/nvme0/nvme0n2", "259:1\n", "../../nvme0");
	world.busy = "nvme0n2";
	assert_int_equal(run(fixture, "nvme0n1"), -EBUSY);
	expect(fixture, "bus/pci/drivers/nvme/unbind", "");
}

/* A driver that is being loaded has the disk already, and no "unbind" yet: that it is not found
 * does not mean that the disk has left. */
static void test_driver_being_loaded(void **state)
{
	static const char unbind[] = "sys/bus/virtio/drivers/virtio_blk/unbind";
	const struct disk_fixture *fixture = *state;

	assert_int_equal(unlinkat(fixture->sysfs, unbind + strlen("sys/"), 0), 0);
	assert_int_equal(run(fixture, "vda"), -EIO);
	world.late = unbind;
	assert_int_equal(run(fixture, "vda"), -EIO); /* nothing takes it away here */
	expect(fixture, unbind + strlen("sys/"), "virtio0");
}

/* What can't be told might be in use: a look that fails, a node that is missing. */
static void test_cannot_be_told(void **state)
{
	const struct disk_fixture *fixture = *state;
	char path[96];

	snprintf(path, sizeof(path), "%s/sys/block/loops", fixture->root);
	assert_int_equal(mkdir(path, 0755), 0);
	snprintf(path, sizeof(path), "%s/sys/block/loops/device", fixture->root);
	assert_int_equal(symlink("device", path), 0);
	assert_int_equal(run(fixture, "vda"), -ELOOP);
	expect(fixture, "bus/virtio/drivers/virtio_blk/unbind", "");
	assert_int_equal(unlink(path), 0);
	world.missing = "vda";
	assert_int_equal(run(fixture, "vda"), -ENOTBLK);
	expect(fixture, "bus/virtio/drivers/virtio_blk/unbind", "");
}

/* A device has another disk that does not answer, or a hundred of them: it goes all the same,
 * unless one is in use. */
static void test_many(void **state)
{
	const struct disk_fixture *fixture = *state;
	char name[96], number[32];

	put_block(fixture->root, NVME "/nvme/nvme0/nvme0n2", "259:1\n", "../../nvme0");
	world.dead = "nvme0n2";
	assert_int_equal(run(fixture, "nvme0n1"), -EIO); /* nothing takes it away here */
	expect(fixture, "bus/pci/drivers/nvme/unbind", "0000:01:00.0");
	/* Not the one that it is about: nothing would hold it. */
	put_file(fixture->root, "sys/bus/pci/drivers/nvme/unbind", "");
	world.dead = "nvme0n1";
	assert_int_equal(run(fixture, "nvme0n1"), -EIO);
	expect(fixture, "bus/pci/drivers/nvme/unbind", "");
	world.dead = NULL;
	for (int i = 3; i < 103; i++) {
		snprintf(name, sizeof(name), NVME "/nvme/nvme0/nvme0n%d", i);
		snprintf(number, sizeof(number), "259:%d\n", 100 + i);
		put_block(fixture->root, name, number, "../../nvme0");
	}
	world.asked[0] = '\0';
	world.busy = "nvme0n102";
	assert_int_equal(run(fixture, "nvme0n1"), -EBUSY);
	expect(fixture, "bus/pci/drivers/nvme/unbind", "");
	world.asked[0] = '\0';
	world.busy = NULL;
	assert_int_equal(run(fixture, "nvme0n1"), -EIO);
	expect(fixture, "bus/pci/drivers/nvme/unbind", "0000:01:00.0");
}

/* It left before, or while it was claimed; another one has its name. */
static void test_left(void **state)
{
	const struct disk_fixture *fixture = *state;
	uint64_t inode = inode_of(fixture, "vda");

	assert_int_equal(closedisk_run(fixture->sysfs, "vdz", 1, claim), -ENOENT);
	assert_int_equal(closedisk_run(fixture->sysfs, "vda", inode + 1, claim), -ESTALE);
	assert_string_equal(world.asked, "");
	world.gone = "vda";
	assert_int_equal(closedisk_run(fixture->sysfs, "vda", inode, claim), -ENOENT);
	expect(fixture, "bus/virtio/drivers/virtio_blk/unbind", "");
}

/* Made of others: there is nothing to take away. */
static void test_no_way(void **state)
{
	const struct disk_fixture *fixture = *state;

	put_block(fixture->root, "virtual/block/dm-0", "253:0\n", NULL);
	assert_int_equal(run(fixture, "dm-0"), -EOPNOTSUPP);
}

/* The node is not that device's: a file, a name that is not there. */
static void test_claim(void **state)
{
	(void)state;
	assert_int_equal(diskhold_open("null", "1:3", 1), -ESTALE);
	assert_int_equal(diskhold_open("no!such", "1:3", 1), -ENOENT);
}

static void test_names(void **state)
{
	static const char *const bad[] = {
		"", ".", "../vda", "vda/x", "VDA", "vd a", "abcdefghijklmnopqrstuvwxyz0123456789"};
	const struct disk_fixture *fixture = *state;
	struct priv_request request;

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		request = (struct priv_request){.version = PRIV_VERSION, .verb = PRIV_DISK_CLOSE};
		memcpy(request.name, bad[i], strlen(bad[i]));
		assert_int_equal(verb_check(&request), -EINVAL);
	}
	request = (struct priv_request){
		.version = PRIV_VERSION, .verb = PRIV_DISK_CLOSE, .name = "cciss!c0d0"};
	assert_int_equal(verb_check(&request), 0);
	assert_int_equal(verb_run(fixture->sysfs, -1, &request, NULL), -ENOENT);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, disk_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_what_is_written), TEST(test_in_use), TEST(test_driver_being_loaded),
		TEST(test_cannot_be_told),  TEST(test_left),   TEST(test_many),
		TEST(test_no_way),	    TEST(test_claim),  TEST(test_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
