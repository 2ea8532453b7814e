/* Any bytes as the file of the terminals that may vouch by telephone: whatever stands in it, no
 * name and no key is there twice, and each is found. */
#include "agent/auth/phonegroup.h"

#include "cleanup.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char path[64];

static void clean_up(void)
{
	unlink(path);
}

static void write_file(const uint8_t *data, size_t size)
{
	_cleanup_close_ int fd = -1;

	if (path[0] == '\0') {
		snprintf(path, sizeof(path), "/dev/shm/sekisho-fuzz-%d.group", getpid());
		unlink(path);
		atexit(clean_up);
	}
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0 || write(fd, data, size) != (ssize_t)size)
		__builtin_trap();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct phonegroup group;
	const char *wrong;
	unsigned int line;
	int r;

	write_file(data, size);
	r = phonegroup_load(path, getuid(), &group, &line, &wrong);
	/* An empty file is told by its first line, like any other that is none. */
	if (r < 0 ? r != -EINVAL || !wrong || line < 1 : !!wrong)
		__builtin_trap();
	if (group.count > PHONEGROUP_MAX)
		__builtin_trap();
	for (size_t i = 0; i < group.count; i++)
		if (group.terminals[i].name[0] == '\0' ||
		    phonegroup_of_name(&group, group.terminals[i].name) != &group.terminals[i] ||
		    phonegroup_of_key(&group, group.terminals[i].key) != &group.terminals[i])
			__builtin_trap();
	return 0;
}
