/* Serial ports of the mainboard, which the device policy of sessions can't tell from consoles. */
#include "exits.h"

#include "cleanup.h"
#include "file.h"
#include "gettext.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#define PORTS	  "sys/class/tty"
#define NAME_SIZE 32
#define GROUP_TTY 5 /* everywhere; has no members: write(1) is of that group */

/* The kernel has places for more ports than there are: a port without hardware is of type 0. */
static bool is_port(int ports, const char *name)
{
	char path[NAME_SIZE + 8], value[8];

	if (strncmp(name, "ttyS", 4) != 0)
		return false;
	snprintf(path, sizeof(path), "%.*s/type", NAME_SIZE, name);
	return file_read_line(ports, path, value, sizeof(value)) < 0 || strcmp(value, "0") != 0;
}

/* True if people can't open /dev/@name, but for one who logged in there and owns it; else @finding
 * tells. */
static bool is_closed(const struct machine *machine, const char *name, struct lock_finding *finding)
{
	char path[NAME_SIZE + 8];
	struct stat status;

	snprintf(path, sizeof(path), "dev/%.*s", NAME_SIZE, name);
	if (fstatat(machine->root, path, &status, AT_SYMLINK_NOFOLLOW) < 0) {
		if (errno == ENOENT)
			return true;
		lock_found(finding, LOCK_UNSEEN, "/%s: %s", path, strerror(errno));
		return false;
	}
	if ((status.st_mode & 007) == 0 &&
	    ((status.st_mode & 070) == 0 || status.st_gid == 0 || status.st_gid == GROUP_TTY))
		return true;
	lock_found(finding, LOCK_BROKEN, _("/%s opens for group %u or for all: mode %o"), path,
		   (unsigned int)status.st_gid, (unsigned int)status.st_mode & 0777);
	return false;
}

void look_serial(const struct machine *machine, struct lock_finding *finding)
{
	int fd = openat(machine->root, PORTS, O_RDONLY | O_DIRECTORY | O_CLOEXEC), count = 0;
	DIR *directory = fd < 0 ? NULL : fdopendir(fd);
	const struct dirent *entry;
	bool well = true;

	if (!directory && errno != ENOENT) {
		lock_found(finding, LOCK_UNSEEN, "/" PORTS ": %s", strerror(errno));
		return;
	}
	while (well && directory && (entry = readdir(directory))) {
		if (!is_port(fd, entry->d_name))
			continue;
		well = is_closed(machine, entry->d_name, finding);
		count++;
	}
	if (directory)
		closedir(directory);
	if (well)
		lock_found(finding, LOCK_HOLDS, _("%d serial ports, none open to people"), count);
}
