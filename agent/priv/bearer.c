#include "bearer.h"

#include "below.h"
#include "cleanup.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

/* 1: it is there, 0: it isn't; -errno: that can't be told. */
static int is_there(int sysfs, const char *place, const char *file)
{
	_cleanup_close_ int fd = below_open(sysfs, O_PATH, "%s/%s", place, file);

	if (fd == -ENOENT || fd == -ENOTDIR)
		return 0;
	return fd < 0 ? fd : 1;
}

/* 1: what is at the place can be taken away, 0: it can't; -errno: that can't be told. */
static int find_way(int sysfs, struct bearer *bearer)
{
	int r = is_there(sysfs, bearer->place, "delete");

	bearer->is_deleted = r > 0;
	return r == 0 ? is_there(sysfs, bearer->place, "driver") : r;
}

/* "nvme1" below the subsystem that several controllers may lead to. */
static int see_controller(void *user, const char *name)
{
	static const char digits[] = "0123456789";

	if (strncmp(name, "nvme", 4) != 0 || strspn(name + 4, digits) == 0 ||
	    name[4 + strspn(name + 4, digits)] != '\0')
		return 0;
	snprintf(user, NAME_MAX, "%s", name);
	return 1;
}

/* An NVMe controller's own folder has no driver: its PCI function has. */
int bearer_of_disk(int sysfs, const char *disk, struct bearer *bearer)
{
	char controller[NAME_MAX] = ".", target[PATH_MAX] = "/";
	int r;

	snprintf(bearer->place, sizeof(bearer->place), "block/%.*s/device", NAME_MAX, disk);
	r = find_way(sysfs, bearer);
	if (r == 0) {
		r = below_each(sysfs, bearer->place, see_controller, controller);
		if (r < 0 && r != -ENOENT && r != -ENOTDIR)
			return r;
		snprintf(bearer->place, sizeof(bearer->place), "block/%.*s/device/%.48s/device",
			 NAME_MAX, disk, controller);
		r = find_way(sysfs, bearer);
	}
	if (r <= 0)
		return r < 0 ? r : -EOPNOTSUPP;
	/* Its name is where the link leads. */
	if (readlinkat(sysfs, bearer->place, target + 1, sizeof(target) - 2) < 0)
		return -errno;
	snprintf(bearer->name, sizeof(bearer->name), "%.*s", NAME_MAX - 1,
		 strrchr(target, '/') + 1);
	return below_inode(below_open(sysfs, O_PATH, "%s", bearer->place), &bearer->inode);
}

int bearer_of_function(int sysfs, const char *name, struct bearer *bearer)
{
	bearer->is_deleted = false;
	snprintf(bearer->name, sizeof(bearer->name), "%.48s", name);
	snprintf(bearer->place, sizeof(bearer->place), "bus/pci/devices/%s", bearer->name);
	return below_inode(below_open(sysfs, O_PATH, "%s", bearer->place), &bearer->inode);
}

int bearer_carries(int sysfs, const struct bearer *bearer, const char *disk)
{
	char path[NAME_MAX + 16], part[NAME_MAX + 4], target[PATH_MAX] = "";
	struct bearer own = {};
	int r;

	snprintf(path, sizeof(path), "block/%s", disk);
	snprintf(part, sizeof(part), "/%s/", bearer->name);
	if (readlinkat(sysfs, path, target, sizeof(target) - 1) > 0 && strstr(target, part))
		return 1;
	/* A namespace that two controllers may lead to lies below none. */
	r = bearer_of_disk(sysfs, disk, &own);
	if (r == -ENOENT || r == -ENODEV || r == -EOPNOTSUPP)
		return 0;
	return r < 0 ? r : own.inode == bearer->inode;
}

int bearer_take_away(int sysfs, const struct bearer *bearer)
{
	int fd = below_open(sysfs, O_WRONLY, "%s/%s", bearer->place,
			    bearer->is_deleted ? "delete" : "driver/unbind");

	return below_write(fd, bearer->is_deleted ? "1" : bearer->name);
}
