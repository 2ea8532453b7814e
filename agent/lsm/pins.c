#include "pins.h"

#include "cleanup.h"

#include <dirent.h>
#include <errno.h>
#include <unistd.h>

const struct pin_row pin_rows[] = {
	{"guard_mount", false},	 {"guard_super", false}, {"guard_ioctl", false},
	{"guard_compat", true},	 {"guard_uring", true},	 {"guard_open", false},
	{"guard_socket", false}, {"see_policy", true},	 {"see_mode", true},
};

const size_t pin_count = ARRAY_SIZE(pin_rows);
_Static_assert(ARRAY_SIZE(pin_rows) <= PINS_MAX, "PINS_MAX");

int pins_remove(const char *folder)
{
	DIR *directory = opendir(folder);
	const struct dirent *entry;
	int r = 0;

	if (!directory)
		return errno == ENOENT ? 0 : -errno;
	while ((entry = readdir(directory)))
		if (entry->d_name[0] != '.' && unlinkat(dirfd(directory), entry->d_name, 0) < 0)
			r = -errno;
	closedir(directory);
	return r == 0 && rmdir(folder) < 0 ? -errno : r;
}
