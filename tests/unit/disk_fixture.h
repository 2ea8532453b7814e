/* A made-up /sys with disks, and the mounts of a machine. */
#ifndef SEKISHO_DISK_FIXTURE_H
#define SEKISHO_DISK_FIXTURE_H

#include "tree_fixture.h"

#include <fcntl.h>
#include <unistd.h>

#define MOUNTED_VDA1 "29 1 254:1 / / rw,relatime shared:1 - ext4 /dev/vda1 rw\n"

/* @root: a path of mkdtemp(3)'s */
static inline void put_file(const char *root, const char *path, const char *text)
{
	tree_put(root, path, text, strlen(text));
}

static inline void put_nothing(const char *root, const char *path)
{
	char whole[512];

	snprintf(whole, sizeof(whole), "%s/%s", root, path);
	assert_int_equal(unlink(whole), 0);
}

static inline void put_link(const char *root, const char *path, const char *target)
{
	char whole[512];

	snprintf(whole, sizeof(whole), "%s/%s", root, path);
	for (char *slash = strchr(whole + strlen(root) + 1, '/'); slash;
	     slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		if (mkdir(whole, 0755) < 0)
			assert_int_equal(errno, EEXIST);
		*slash = '/';
	}
	if (unlink(whole) < 0)
		assert_int_equal(errno, ENOENT);
	assert_int_equal(symlink(target, whole), 0);
}

/* A device below sys/devices/@parent, of the bus or class @subsystem, with the driver @driver if
 * not NULL. */
static inline void put_bearer(const char *root, const char *parent, const char *subsystem,
			      const char *driver)
{
	char path[300], up[128] = "", target[400];

	for (const char *at = parent; at; at = strchr(at + 1, '/'))
		snprintf(up + strlen(up), sizeof(up) - strlen(up), "../");
	snprintf(path, sizeof(path), "sys/devices/%s/subsystem", parent);
	snprintf(target, sizeof(target), "%s../bus/%s", up, subsystem);
	put_link(root, path, target);
	if (!driver)
		return;
	snprintf(path, sizeof(path), "sys/bus/%s/drivers/%s/unbind", subsystem, driver);
	put_file(root, path, "");
	snprintf(path, sizeof(path), "sys/devices/%s/driver", parent);
	snprintf(target, sizeof(target), "%s../bus/%s/drivers/%s", up, subsystem, driver);
	put_link(root, path, target);
}

/* A block device in the folder sys/devices/@where, whose last part is its name; @device: the link
 * to what bears it, from there, NULL for none. */
static inline void put_block(const char *root, const char *where, const char *number,
			     const char *device)
{
	const char *name = strrchr(where, '/') + 1;
	char path[300], target[300];

	snprintf(path, sizeof(path), "sys/devices/%s/dev", where);
	put_file(root, path, number);
	snprintf(target, sizeof(target), "../devices/%s", where);
	snprintf(path, sizeof(path), "sys/block/%s", name);
	put_link(root, path, target);
	snprintf(target, sizeof(target), "../../devices/%s", where);
	snprintf(path, sizeof(path), "sys/class/block/%s", name);
	put_link(root, path, target);
	snprintf(path, sizeof(path), "sys/dev/block/%.*s", (int)strcspn(number, "\n"), number);
	put_link(root, path, target);
	if (!device)
		return;
	snprintf(path, sizeof(path), "sys/devices/%s/device", where);
	put_link(root, path, device);
}

static inline void put_partition(const char *root, const char *disk, const char *name,
				 const char *number)
{
	char path[300], target[300];

	snprintf(path, sizeof(path), "sys/devices/%s/%s/partition", disk, name);
	put_file(root, path, "1\n");
	snprintf(target, sizeof(target), "../../devices/%s/%s", disk, name);
	snprintf(path, sizeof(path), "sys/class/block/%s", name);
	put_link(root, path, target);
	snprintf(path, sizeof(path), "sys/dev/block/%s", number);
	put_link(root, path, target);
}

#define VDA    "pci0000:00/0000:00:02.0/virtio0"
#define NVME   "pci0000:00/0000:00:03.0/0000:01:00.0"
#define SATA   "pci0000:00/0000:00:1f.2/ata1/host0/target0:0:0/0:0:0:0"
#define HEAD   "virtual/nvme-subsystem/nvme-subsys1"
#define SECOND "pci0000:00/0000:00:04.0/0000:02:00.0"

/* The root's disk, of virtio with a serial number. */
static inline void put_root_disk(const char *root)
{
	put_bearer(root, VDA, "virtio", "virtio_blk");
	put_block(root, VDA "/block/vda", "254:0\n", "../../../virtio0");
	put_file(root, "sys/devices/" VDA "/block/vda/serial", "ROOT 1\n");
	put_partition(root, VDA "/block/vda", "vda1", "254:1");
	put_file(root, "proc/self/mountinfo", MOUNTED_VDA1);
}

static inline void put_nvme(const char *root)
{
	put_bearer(root, NVME, "pci", "nvme");
	put_bearer(root, NVME "/nvme/nvme0", "nvme", NULL);
	put_link(root, "sys/devices/" NVME "/nvme/nvme0/device", "../../../0000:01:00.0");
	put_file(root, "sys/devices/" NVME "/nvme/nvme0/model", "Fast  disk; [A]=1 \n");
	put_file(root, "sys/devices/" NVME "/nvme/nvme0/serial", " S4#1   \n");
	put_block(root, NVME "/nvme/nvme0/nvme0n1", "259:0\n", "../../nvme0");
	put_file(root, "sys/devices/" NVME "/nvme/nvme0/nvme0n1/wwid", "eui.0025\n");
}

/* A namespace that two controllers could lead to: below none of them. */
static inline void put_shared_namespace(const char *root)
{
	put_bearer(root, SECOND, "pci", "nvme");
	put_bearer(root, SECOND "/nvme/nvme1", "nvme", NULL);
	put_link(root, "sys/devices/" SECOND "/nvme/nvme1/device", "../../../0000:02:00.0");
	put_bearer(root, HEAD, "nvme-subsystem", NULL);
	put_link(root, "sys/devices/" HEAD "/nvme1",
		 "../../../pci0000:00/0000:00:04.0/0000:02:00.0/nvme/nvme1");
	put_block(root, HEAD "/nvme1n1", "259:4\n", "../../nvme-subsys1");
	put_file(root, "sys/devices/" HEAD "/nvme1n1/wwid", "uuid.77\n");
	put_block(root, SECOND "/nvme/nvme1/nvme1c1n1", "259:3\n", "../../nvme1");
	put_file(root, "sys/devices/" SECOND "/nvme/nvme1/nvme1c1n1/hidden", "1\n");
	put_nothing(root, "sys/devices/" SECOND "/nvme/nvme1/nvme1c1n1/dev");
}

static inline void put_sata(const char *root)
{
	put_bearer(root, SATA, "scsi", "sd");
	put_file(root, "sys/devices/" SATA "/type", "0\n");
	put_file(root, "sys/devices/" SATA "/model", "QEMU HARDDISK   \n");
	put_file(root, "sys/devices/" SATA "/delete", "");
	put_block(root, SATA "/block/sda", "8:0\n", "../../../0:0:0:0");
}

/* A /sys with all of these. */
struct disk_fixture {
	char root[48];
	int sysfs;
};

static inline int disk_set_up(void **state)
{
	struct disk_fixture *fixture = calloc(1, sizeof(*fixture));
	char path[64];

	snprintf(fixture->root, sizeof(fixture->root), "/tmp/sekisho-disk-XXXXXX");
	assert_non_null(mkdtemp(fixture->root));
	put_root_disk(fixture->root);
	put_nvme(fixture->root);
	put_shared_namespace(fixture->root);
	put_sata(fixture->root);
	snprintf(path, sizeof(path), "%s/sys", fixture->root);
	fixture->sysfs = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	*state = fixture;
	return 0;
}

static inline int disk_tear_down(void **state)
{
	struct disk_fixture *fixture = *state;

	close(fixture->sysfs);
	assert_int_equal(tree_remove(fixture->root), 0);
	free(fixture);
	return 0;
}

#endif
