/* Built-in optical drives: the kernel takes what is in them for read-only, and nobody opens them.
 */
#include "exits.h"

#include "cleanup.h"
#include "file.h"
#include "gettext.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>

#define BLOCKS	  "sys/class/block"
#define NAME_SIZE 32

/* A drive on USB is there only if a rule of devices.conf let it in. */
static bool is_on_usb(int blocks, const char *name)
{
	char target[512];
	ssize_t length = readlinkat(blocks, name, target, sizeof(target) - 1);

	target[length < 0 ? 0 : length] = '\0';
	return strstr(target, "/usb") != NULL;
}

/* True if root alone opens /dev/@name; else @finding tells. */
static bool is_closed(const struct machine *machine, const char *name, struct lock_finding *finding)
{
	char path[NAME_SIZE + 8];
	int r;

	snprintf(path, sizeof(path), "dev/%.*s", NAME_SIZE, name);
	r = machine_node_is_closed(machine, path);
	if (r == -EACCES)
		lock_found(finding, LOCK_BROKEN, _("/%s is not root's alone"), path);
	else if (r < 0 && r != -ENOENT)
		lock_found(finding, LOCK_UNSEEN, "/%s: %s", path, strerror(-r));
	return r == 0 || r == -ENOENT;
}

/* The same of the drive's generic node (sg), which has its own name. */
static bool is_generic_closed(const struct machine *machine, int blocks, const char *name,
			      struct lock_finding *finding)
{
	char path[NAME_SIZE + 32];
	const struct dirent *entry;
	bool closed = true;
	DIR *directory;
	int fd;

	snprintf(path, sizeof(path), "%.*s/device/scsi_generic", NAME_SIZE, name);
	fd = openat(blocks, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	directory = fd < 0 ? NULL : fdopendir(fd);
	if (!directory && errno != ENOENT) {
		lock_found(finding, LOCK_UNSEEN, "/" BLOCKS "/%s: %s", path, strerror(errno));
		return false;
	}
	while (closed && directory && (entry = readdir(directory)))
		closed = entry->d_name[0] == '.' || is_closed(machine, entry->d_name, finding);
	if (directory)
		closedir(directory);
	return closed;
}

static bool is_read_only(int blocks, const char *name, struct lock_finding *finding)
{
	char path[NAME_SIZE + 8], value[8];
	int r;

	snprintf(path, sizeof(path), "%.*s/ro", NAME_SIZE, name);
	r = file_read_line(blocks, path, value, sizeof(value));
	if (r < 0)
		lock_found(finding, LOCK_UNSEEN, "/" BLOCKS "/%s: %s", path, strerror(-r));
	else if (strcmp(value, "1") != 0)
		lock_found(finding, LOCK_BROKEN, "/" BLOCKS "/%s = %s", path, value);
	return r == 0 && strcmp(value, "1") == 0;
}

void look_optical(const struct machine *machine, struct lock_finding *finding)
{
	int fd = openat(machine->root, BLOCKS, O_RDONLY | O_DIRECTORY | O_CLOEXEC), count = 0;
	DIR *directory = fd < 0 ? NULL : fdopendir(fd);
	const struct dirent *entry;
	bool well = true;

	if (!directory && errno != ENOENT) {
		lock_found(finding, LOCK_UNSEEN, "/" BLOCKS ": %s", strerror(errno));
		return;
	}
	while (well && directory && (entry = readdir(directory))) {
		if (strncmp(entry->d_name, "sr", 2) != 0 || is_on_usb(fd, entry->d_name))
			continue;
		well = is_read_only(fd, entry->d_name, finding) &&
		       is_closed(machine, entry->d_name, finding) &&
		       is_generic_closed(machine, fd, entry->d_name, finding);
		count++;
	}
	if (directory)
		closedir(directory);
	if (well)
		lock_found(finding, LOCK_HOLDS, _("%d built-in drives, read-only and root's alone"),
			   count);
}
