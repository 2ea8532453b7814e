#include "notify.h"

#include "cleanup.h"
#include "number.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#define LISTEN_FIRST 3

int notify_send(const char *text)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	const char *path = getenv("NOTIFY_SOCKET");
	_cleanup_close_ int fd = -1;
	size_t length;

	if (!path)
		return 0;
	length = strlen(path);
	if (length < 2 || length >= sizeof(address.sun_path) || (*path != '/' && *path != '@'))
		return -EINVAL;
	memcpy(address.sun_path, path, length);
	/* A leading @ stands for the abstract namespace's zero (unix(7)). */
	if (*path == '@')
		address.sun_path[0] = '\0';
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	if (sendto(fd, text, strlen(text), MSG_NOSIGNAL, (struct sockaddr *)&address,
		   (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length)) < 0)
		return -errno;
	return 0;
}

/* A variable that counts if the one beside it holds our process id. */
static int read_number(const char *name, const char *pid_name, uint64_t *ret_value)
{
	const char *text = getenv(name), *pid = getenv(pid_name);
	uint64_t owner;

	if (!text)
		return -ENOENT;
	if (pid && (number_parse(pid, 1, INT32_MAX, &owner) < 0 || (pid_t)owner != getpid()))
		return -ENOENT;
	return number_parse(text, 1, INT64_MAX, ret_value);
}

int64_t notify_watchdog(void)
{
	uint64_t microseconds;

	if (read_number("WATCHDOG_USEC", "WATCHDOG_PID", &microseconds) < 0)
		return 0;
	return (int64_t)(microseconds / 2000);
}

int notify_listener(const char *name)
{
	const char *names = getenv("LISTEN_FDNAMES");
	size_t length = strlen(name);
	uint64_t count;

	if (!names || read_number("LISTEN_FDS", "LISTEN_PID", &count) < 0)
		return -ENOENT;
	for (uint64_t i = 0; i < count && *names; i++) {
		size_t part = strcspn(names, ":");

		if (part == length && strncmp(names, name, length) == 0)
			return LISTEN_FIRST + (int)i;
		names += part + (names[part] == ':');
	}
	return -ENOENT;
}
