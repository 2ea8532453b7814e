#include "bell.h"

#include "cleanup.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/inotify.h>

int bell_watch(struct bell *bell)
{
	const char *slash = strrchr(bell->path, '/');
	char directory[256];

	if (bell->fd >= 0)
		return 0;
	if (!slash || snprintf(directory, sizeof(directory), "%.*s", (int)(slash - bell->path),
			       bell->path) >= (int)sizeof(directory))
		return -EINVAL;
	bell->fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	if (bell->fd < 0)
		return -errno;
	/* The directory, for the file comes with the first refusal and both go with the agent. */
	if (inotify_add_watch(bell->fd, directory, IN_CLOSE_WRITE | IN_ONLYDIR) < 0) {
		int r = -errno;

		bell_close(bell);
		return r;
	}
	return 1;
}

void bell_wait(struct bell *bell, int milliseconds)
{
	char buffer[4096] __attribute__((aligned(__alignof__(struct inotify_event))));
	struct pollfd fd = {.fd = bell->fd, .events = POLLIN};
	ssize_t length;

	poll(&fd, 1, milliseconds);
	if (bell->fd < 0)
		return;
	while ((length = read(bell->fd, buffer, sizeof(buffer))) > 0) {
		for (char *at = buffer; at < buffer + length;) {
			const struct inotify_event *event = (const struct inotify_event *)at;

			at += sizeof(*event) + event->len;
			/* The directory went with the agent. */
			if (event->mask & IN_IGNORED) {
				bell_close(bell);
				return;
			}
		}
	}
}

void bell_close(struct bell *bell)
{
	if (bell->fd >= 0)
		close(bell->fd);
	bell->fd = -1;
}
