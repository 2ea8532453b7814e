#include "rootdisk.h"

#include "cleanup.h"
#include "file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#define MOUNTINFO_MAX 1048576u /* bytes */
#define DEPTH_MAX     8 /* of devices made of devices */

struct found {
	char (*names)[DISK_NAME_MAX];
	size_t max, count;
};

/* proc(5): "36 35 8:1 / / rw,noatime shared:1 - ext4 /dev/sda1 rw". The last one at / is what is
 * seen there. The kernel writes blanks within a word as \040. */
static int find_mount(char *text, const char **ret_number, const char **ret_source)
{
	int r = -ENODATA;

	for (char *line = strsep(&text, "\n"); line; line = strsep(&text, "\n")) {
		const char *number = NULL, *place = NULL, *source = NULL, *word;
		int column = 0, after = 0;

		while ((word = strsep(&line, " "))) {
			column++;
			if (column == 3)
				number = word;
			else if (column == 5)
				place = word;
			else if (after > 0 && ++after == 3)
				source = word;
			else if (column > 6 && after == 0 && strcmp(word, "-") == 0)
				after = 1;
		}
		if (!source || strcmp(place, "/") != 0)
			continue;
		*ret_number = number;
		*ret_source = source;
		r = 0;
	}
	return r;
}

/* "dm-0" for a name that the device mapper was given. */
static int find_mapped(int sysfs, const char *wanted, char name[static NAME_MAX + 1])
{
	_cleanup_close_ int fd = openat(sysfs, "block", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *directory = fd < 0 ? NULL : fdopendir(fd);
	const struct dirent *entry;
	char path[NAME_MAX + 16], text[256];
	int r = -ENODATA;

	if (!directory)
		return -ENODATA;
	steal_fd(&fd);
	while (r < 0 && (entry = readdir(directory))) {
		snprintf(path, sizeof(path), "%s/dm/name", entry->d_name);
		if (file_read_line(dirfd(directory), path, text, sizeof(text)) < 0 ||
		    strcmp(text, wanted) != 0)
			continue;
		snprintf(name, NAME_MAX + 1, "%s", entry->d_name);
		r = 0;
	}
	closedir(directory);
	return r;
}

/* File systems that span disks (btrfs) have a number that is no device's: 0:NN. Then what was
 * mounted is looked up by its name. */
static int name_device(int sysfs, const char *number, const char *source,
		       char name[static NAME_MAX + 1])
{
	static const char nodes[] = "/dev/", mapped[] = "/dev/mapper/";
	char path[64], target[PATH_MAX];
	const char *slash;
	ssize_t length;

	snprintf(path, sizeof(path), "dev/block/%s", number);
	length = readlinkat(sysfs, path, target, sizeof(target) - 1);
	if (length > 0) {
		target[length] = '\0';
		slash = strrchr(target, '/');
		return snprintf(name, NAME_MAX + 1, "%s", slash ? slash + 1 : target) > NAME_MAX
			       ? -ENODATA
			       : 0;
	}
	if (strncmp(source, mapped, strlen(mapped)) == 0)
		return find_mapped(sysfs, source + strlen(mapped), name);
	if (strncmp(source, nodes, strlen(nodes)) != 0 || strchr(source + strlen(nodes), '/'))
		return -ENODATA;
	return snprintf(name, NAME_MAX + 1, "%s", source + strlen(nodes)) > NAME_MAX ? -ENODATA : 0;
}

/* "sda" for "sda1", whose folder lies in its disk's. */
static int find_whole(int sysfs, const char *name, char whole[static NAME_MAX + 1])
{
	char path[NAME_MAX + 32], target[PATH_MAX];
	const char *slash;
	ssize_t length;

	snprintf(path, sizeof(path), "class/block/%s", name);
	length = readlinkat(sysfs, path, target, sizeof(target) - 1);
	if (length < 0)
		return -ENODATA;
	target[length] = '\0';
	snprintf(path, sizeof(path), "class/block/%s/partition", name);
	if (faccessat(sysfs, path, F_OK, 0) == 0)
		*strrchr(target, '/') = '\0';
	slash = strrchr(target, '/');
	snprintf(whole, NAME_MAX + 1, "%.*s", NAME_MAX, slash ? slash + 1 : target);
	return 0;
}

static int add(struct found *found, const char *name)
{
	for (size_t i = 0; i < found->count; i++)
		if (strcmp(found->names[i], name) == 0)
			return 0;
	if (found->count == found->max || strlen(name) >= DISK_NAME_MAX)
		return -ENODATA;
	memcpy(found->names[found->count++], name, strlen(name) + 1);
	return 0;
}

/* What @name is made of, down to what is made of nothing else. */
static int descend(int sysfs, const char *name, int depth, struct found *found)
{
	char whole[NAME_MAX + 1], path[NAME_MAX + 16];
	_cleanup_close_ int fd = -1;
	const struct dirent *entry;
	DIR *directory;
	bool bottom = true;
	int r = find_whole(sysfs, name, whole);

	if (r < 0 || depth == DEPTH_MAX)
		return -ENODATA;
	snprintf(path, sizeof(path), "block/%s/slaves", whole);
	fd = openat(sysfs, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	directory = fd < 0 ? NULL : fdopendir(fd);
	if (!directory)
		return add(found, whole);
	steal_fd(&fd);
	while (r == 0 && (entry = readdir(directory))) {
		if (entry->d_name[0] == '.')
			continue;
		bottom = false;
		r = descend(sysfs, entry->d_name, depth + 1, found);
	}
	closedir(directory);
	return r == 0 && bottom ? add(found, whole) : r;
}

int rootdisk_find(int sysfs, int mountinfo, char names[][DISK_NAME_MAX], size_t max,
		  size_t *ret_count)
{
	struct found found = {.names = names, .max = max};
	_cleanup_free_ char *text = NULL;
	const char *number = NULL, *source = NULL;
	char name[NAME_MAX + 1];
	size_t length;
	int r = file_read_all(mountinfo, MOUNTINFO_MAX, &text, &length);

	if (r == 0)
		r = find_mount(text, &number, &source);
	if (r == 0)
		r = name_device(sysfs, number, source, name);
	if (r == 0)
		r = descend(sysfs, name, 0, &found);
	if (r < 0)
		return -ENODATA;
	*ret_count = found.count;
	return 0;
}

int rootdisk_covered(int sysfs, int mountinfo, const struct inventory *inventory,
		     char ret_name[static DISK_NAME_MAX])
{
	char names[ROOTDISK_MAX][DISK_NAME_MAX];
	struct disk disk;
	size_t count;
	int r = rootdisk_find(sysfs, mountinfo, names, ROOTDISK_MAX, &count);

	if (r < 0)
		return r;
	for (size_t i = 0; i < count; i++) {
		if (disk_read(sysfs, names[i], &disk) == 0 && inventory_find(inventory, &disk))
			continue;
		memcpy(ret_name, names[i], DISK_NAME_MAX);
		return -ENXIO;
	}
	return 0;
}
