#include "journal_watch.h"

#include "cleanup.h"

#include <errno.h>
#include <poll.h>
#include <sys/inotify.h>
#include <time.h>
#include <unistd.h>

int journal_watch_open(const char *directory)
{
	_cleanup_close_ int watch = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);

	if (watch < 0 ||
	    inotify_add_watch(watch, directory, IN_MODIFY | IN_MOVED_TO | IN_ONLYDIR) < 0)
		return -errno;
	return steal_fd(&watch);
}

int journal_watch_wait(int watch)
{
	const struct timespec pause = {.tv_nsec = JOURNAL_WATCH_SETTLE_MS * 1000000L};
	struct pollfd poll_fd = {.fd = watch, .events = POLLIN};
	char events[4096];

	if (poll(&poll_fd, 1, -1) < 0)
		return errno == EINTR ? 0 : -errno;
	nanosleep(&pause, NULL);
	/* What was changed does not matter: everything new is read. */
	return read(watch, events, sizeof(events)) < 0 && errno != EAGAIN ? -errno : 0;
}
