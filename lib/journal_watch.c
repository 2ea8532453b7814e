#include "journal_watch.h"

#include "cleanup.h"

#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <string.h>
#include <sys/inotify.h>
#include <time.h>
#include <unistd.h>

int journal_watch_open(const char *directory)
{
	_cleanup_close_ int watch = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);

	if (watch < 0 || inotify_add_watch(watch, directory,
					   IN_MODIFY | IN_MOVED_TO | IN_MOVE_SELF | IN_DELETE_SELF |
						   IN_ONLYDIR) < 0)
		return -errno;
	return steal_fd(&watch);
}

/* Is it still the directory that is called so? A journal that is restored from a copy may be
 * another one, where nobody would tell us of anything. */
static bool is_gone(const char *events, size_t length)
{
	struct inotify_event event;

	for (size_t at = 0; at + sizeof(event) <= length; at += sizeof(event) + event.len) {
		memcpy(&event, events + at, sizeof(event));
		if (event.mask & (IN_MOVE_SELF | IN_DELETE_SELF | IN_IGNORED | IN_UNMOUNT))
			return true;
	}
	return false;
}

int journal_watch_wait(int watch)
{
	const struct timespec pause = {.tv_nsec = JOURNAL_WATCH_SETTLE_MS * 1000000L};
	struct pollfd poll_fd = {.fd = watch, .events = POLLIN};
	char events[4096];
	ssize_t length;

	if (poll(&poll_fd, 1, -1) < 0)
		return errno == EINTR ? 0 : -errno;
	nanosleep(&pause, NULL);
	/* What was changed does not matter: everything new is read. */
	length = read(watch, events, sizeof(events));
	if (length < 0)
		return errno == EAGAIN ? 0 : -errno;
	return is_gone(events, (size_t)length) ? -ESTALE : 0;
}
