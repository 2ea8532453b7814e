#include "closedisk.h"

#include "cleanup.h"
#include "below.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#define WAYS_MAX  4 /* controllers of one namespace, one after the other */
#define PLACE_MAX ((size_t)3 * NAME_MAX)

void closedisk_release(const struct closedisk_claims *claims)
{
	for (size_t i = 0; i < claims->count; i++)
		close(claims->fds[i]);
}

int closedisk_claim(const char *name, const char *number)
{
	char path[NAME_MAX + 8], found[32];
	_cleanup_close_ int fd = -1;
	struct stat status;

	snprintf(path, sizeof(path), "/dev/%s", name);
	for (char *bang = strchr(path, '!'); bang; bang = strchr(bang, '!'))
		*bang = '/'; /* as the kernel names it below /sys */
	fd = open(path, O_RDONLY | O_EXCL | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	if (fstat(fd, &status) < 0)
		return -errno;
	snprintf(found, sizeof(found), "%u:%u", major(status.st_rdev), minor(status.st_rdev));
	if (!S_ISBLK(status.st_mode) || strcmp(found, number) != 0)
		return -ESTALE;
	return steal_fd(&fd);
}

static int inode_of(int sysfs, const char *path, uint64_t *ret_inode)
{
	_cleanup_close_ int fd = below_open(sysfs, path, O_PATH | O_DIRECTORY);
	struct stat status;

	if (fd < 0)
		return fd;
	if (fstat(fd, &status) < 0)
		return -errno;
	*ret_inode = status.st_ino;
	return 0;
}

static bool is_there(int sysfs, const char *place, const char *file)
{
	char path[PLACE_MAX + 16];
	_cleanup_close_ int fd = -1;

	snprintf(path, sizeof(path), "%s/%s", place, file);
	fd = below_open(sysfs, path, O_PATH);
	return fd >= 0;
}

/* "nvme1" below the subsystem that several controllers may lead to. */
static bool find_controller(int sysfs, const char *device, char *name, size_t size)
{
	int fd = below_open(sysfs, device, O_RDONLY | O_DIRECTORY);
	DIR *directory = fd < 0 ? NULL : fdopendir(fd);
	const struct dirent *entry;
	bool found = false;

	if (!directory) {
		if (fd >= 0)
			close(fd);
		return false;
	}
	while (!found && (entry = readdir(directory))) {
		const char *number = entry->d_name + strspn(entry->d_name, "nvme");

		if (strncmp(entry->d_name, "nvme", 4) != 0 || *number == '\0' ||
		    number[strspn(number, "0123456789")] != '\0')
			continue;
		found = snprintf(name, size, "%s", entry->d_name) < (int)size;
	}
	closedir(directory);
	return found;
}

/* The link below sysfs to what is to lose its driver, or to be deleted. An NVMe controller's own
 * folder has no driver: its PCI function has. */
static int find_place(int sysfs, const char *name, char place[static PLACE_MAX])
{
	char controller[NAME_MAX];

	snprintf(place, PLACE_MAX, "block/%.*s/device", NAME_MAX, name);
	if (is_there(sysfs, place, "delete") || is_there(sysfs, place, "driver"))
		return 0;
	if (find_controller(sysfs, place, controller, sizeof(controller)))
		snprintf(place, PLACE_MAX, "block/%.*s/device/%.*s/device", NAME_MAX, name, 48,
			 controller);
	else
		snprintf(place, PLACE_MAX, "block/%.*s/device/device", NAME_MAX, name);
	return is_there(sysfs, place, "driver") ? 0 : -EOPNOTSUPP;
}

static int claim_one(int sysfs, const char *name, closedisk_claim_fn *claim,
		     struct closedisk_claims *claims)
{
	char path[NAME_MAX + 32], number[32];
	int fd, r;

	snprintf(path, sizeof(path), "block/%s/hidden", name);
	if (below_read(sysfs, path, number, sizeof(number)) == 0 && strcmp(number, "1") == 0)
		return 0; /* a way to a namespace that is there under its own name */
	snprintf(path, sizeof(path), "block/%s/dev", name);
	r = below_read(sysfs, path, number, sizeof(number));
	if (r < 0)
		return r;
	if (claims->count == CLOSEDISK_CLAIMS_MAX)
		return -E2BIG;
	fd = claim(name, number);
	if (fd < 0)
		return fd;
	claims->fds[claims->count++] = fd;
	return 0;
}

/* All disks that go with @place: mostly one. */
static int claim_all(int sysfs, const char *place, closedisk_claim_fn *claim,
		     struct closedisk_claims *claims)
{
	char other[PLACE_MAX];
	uint64_t target = 0, inode = 0;
	const struct dirent *entry;
	DIR *directory;
	int fd, r = inode_of(sysfs, place, &target);

	if (r < 0)
		return r;
	fd = below_open(sysfs, "block", O_RDONLY | O_DIRECTORY);
	directory = fd < 0 ? NULL : fdopendir(fd);
	if (!directory)
		return fd < 0 ? fd : -errno;
	while (r == 0 && (entry = readdir(directory)))
		if (entry->d_name[0] != '.' && find_place(sysfs, entry->d_name, other) == 0 &&
		    inode_of(sysfs, other, &inode) == 0 && inode == target)
			r = claim_one(sysfs, entry->d_name, claim, claims);
	closedir(directory);
	return r;
}

/* A namespace that two controllers may lead to lies below none: by its place. */
static bool is_behind(int sysfs, const char *name, const char *function, uint64_t inode)
{
	char path[NAME_MAX + 16], part[64], target[PATH_MAX] = "", place[PLACE_MAX];
	uint64_t found = 0;

	snprintf(path, sizeof(path), "block/%s", name);
	snprintf(part, sizeof(part), "/%.48s/", function);
	if (readlinkat(sysfs, path, target, sizeof(target) - 1) > 0 && strstr(target, part))
		return true;
	return find_place(sysfs, name, place) == 0 && inode_of(sysfs, place, &found) == 0 &&
	       found == inode;
}

int closedisk_claim_behind(int sysfs, const char *name, closedisk_claim_fn *claim,
			   struct closedisk_claims *claims)
{
	char path[NAME_MAX + 32];
	const struct dirent *entry;
	DIR *directory;
	uint64_t inode = 0;
	int fd, r;

	snprintf(path, sizeof(path), "bus/pci/devices/%s", name);
	r = inode_of(sysfs, path, &inode);
	if (r < 0)
		return r;
	fd = below_open(sysfs, "block", O_RDONLY | O_DIRECTORY);
	if (fd == -ENOENT)
		return 0;
	directory = fd < 0 ? NULL : fdopendir(fd);
	if (!directory)
		return fd < 0 ? fd : -errno;
	while (r == 0 && (entry = readdir(directory)))
		if (entry->d_name[0] != '.' && is_behind(sysfs, entry->d_name, name, inode))
			r = claim_one(sysfs, entry->d_name, claim, claims);
	closedir(directory);
	return r;
}

static int take_away(int sysfs, const char *place)
{
	char path[PLACE_MAX + 16], target[PATH_MAX];
	_cleanup_close_ int fd = -1;
	const char *slash;
	ssize_t length;

	snprintf(path, sizeof(path), "%s/delete", place);
	if (is_there(sysfs, place, "delete"))
		return below_write(sysfs, path, "1");
	/* The device's name is where its link leads. */
	fd = below_open(sysfs, place, O_PATH | O_NOFOLLOW);
	if (fd < 0)
		return fd;
	length = readlinkat(fd, "", target, sizeof(target) - 1);
	if (length < 0)
		return -errno;
	target[length] = '\0';
	slash = strrchr(target, '/');
	snprintf(path, sizeof(path), "%s/driver/unbind", place);
	return below_write(sysfs, path, slash ? slash + 1 : target);
}

/* While it is held its name is given to no other disk: the kernel frees the number with the last
 * descriptor. */
static int close_way(int sysfs, const char *name, uint64_t inode, closedisk_claim_fn *claim)
{
	struct closedisk_claims claims = {};
	char place[PLACE_MAX], folder[NAME_MAX + 16];
	uint64_t now = 0;
	int r = find_place(sysfs, name, place);

	if (r == 0)
		r = claim_all(sysfs, place, claim, &claims);
	snprintf(folder, sizeof(folder), "block/%s", name);
	if (r == 0)
		r = inode_of(sysfs, folder, &now);
	if (r == 0 && now != inode)
		r = -ESTALE;
	if (r == 0)
		r = take_away(sysfs, place);
	closedisk_release(&claims);
	return r;
}

int closedisk_run(int sysfs, const char *name, uint64_t inode, closedisk_claim_fn *claim)
{
	char folder[NAME_MAX + 16];
	uint64_t now = 0;
	int r;

	snprintf(folder, sizeof(folder), "block/%s", name);
	r = inode_of(sysfs, folder, &now);
	if (r < 0)
		return r;
	if (now != inode)
		return -ESTALE;
	for (int way = 0; way < WAYS_MAX; way++) {
		r = close_way(sysfs, name, inode, claim);
		if (r < 0)
			return r;
		if (inode_of(sysfs, folder, &now) < 0 || now != inode)
			return 0;
	}
	return -EIO;
}
