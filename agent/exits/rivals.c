#include "rivals.h"

#include "cleanup.h"
#include "file.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

#define GROUPS "sys/fs/cgroup"

const struct rival rivals[] = {
	{"usbguard", "usbguard.service", false, "usr/sbin/usbguard-daemon", NULL, false},
	/* GNOME's "usb-protection": it asks USBGuard to let devices in. */
	{"gsd-usb-protection", "org.gnome.SettingsDaemon.UsbProtection.service", true,
	 "usr/libexec/gsd-usb-protection", "usbguard.service", false},
	{"bolt", "bolt.service", false, "usr/libexec/boltd", NULL, true},
};
const size_t rival_count = ARRAY_SIZE(rivals);

/* cgroups.txt (admin-guide/cgroup-v2.rst), cgroup.events: is there a process in it? */
static bool is_populated(int groups, const char *group)
{
	_cleanup_close_ int fd = -1;
	_cleanup_free_ char *text = NULL;
	char path[PATH_MAX];
	size_t length;

	snprintf(path, sizeof(path), "%s/cgroup.events", group);
	fd = openat(groups, path, O_RDONLY | O_CLOEXEC);
	return fd >= 0 && file_read_all(fd, 4096, &text, &length) == 0 &&
	       strstr(text, "populated 1") != NULL;
}

static bool runs_in_system(int root, const char *unit)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), GROUPS "/system.slice/%s", unit);
	return is_populated(root, path);
}

/* user.slice/user-1000.slice/user@1000.service, and below it session.slice or none. */
static bool runs_for(int root, const char *slice, const char *unit)
{
	static const char *const below[] = {"session.slice/", "app.slice/", ""};
	const char *uid = slice + strlen("user-");
	char path[PATH_MAX];
	bool runs = false;

	for (size_t i = 0; !runs && i < ARRAY_SIZE(below); i++) {
		snprintf(path, sizeof(path), GROUPS "/user.slice/%s/user@%.*s.service/%s%s", slice,
			 (int)strcspn(uid, "."), uid, below[i], unit);
		runs = is_populated(root, path);
	}
	return runs;
}

static bool runs_in_session(int root, const char *unit)
{
	int fd = openat(root, GROUPS "/user.slice", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *directory = fd < 0 ? NULL : fdopendir(fd);
	const struct dirent *entry;
	bool runs = false;

	while (directory && !runs && (entry = readdir(directory)))
		runs = strncmp(entry->d_name, "user-", 5) == 0 &&
		       runs_for(root, entry->d_name, unit);
	if (directory)
		closedir(directory);
	return runs;
}

enum rival_state rival_look(const struct rival *rival, int root)
{
	bool runs = rival->in_session ? runs_in_session(root, rival->unit)
				      : runs_in_system(root, rival->unit);

	if (runs && (!rival->through || runs_in_system(root, rival->through)))
		return RIVAL_RUNS;
	return runs || faccessat(root, rival->program, F_OK, 0) == 0 ? RIVAL_INSTALLED
								     : RIVAL_ABSENT;
}
