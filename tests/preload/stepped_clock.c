/* Loaded before sekishod by tests/host/engine-events, before a log-in by tests/auth/steppedclock.c:
 * a clock that the test can set without touching the machine's. STEPPED_CLOCK names a file with
 * microseconds to add to the real time, STEPPED_CLOCK_WAKE a FIFO that plays the timer which the
 * kernel cancels when the clock is set. */
#include "number.h"

#include <fcntl.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

static int64_t step_us(void)
{
	char text[32] = "";
	int fd = open(getenv("STEPPED_CLOCK"), O_RDONLY | O_CLOEXEC);
	ssize_t length = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);
	uint64_t step = 0;

	close(fd);
	if (length <= 0 || number_parse(text + 1, 0, INT64_MAX, &step) < 0)
		return 0;
	return text[0] == '-' ? -(int64_t)step : (int64_t)step;
}

int clock_gettime(clockid_t clock, struct timespec *now)
{
	long r = syscall(SYS_clock_gettime, clock, now);

	if (r == 0 && clock == CLOCK_REALTIME) {
		int64_t us = (int64_t)now->tv_sec * 1000000 + now->tv_nsec / 1000 + step_us();

		now->tv_sec = us / 1000000;
		now->tv_nsec = us % 1000000 * 1000;
	}
	return (int)r;
}

/* glibc's own reads the kernel's page and asks nobody. */
time_t time(time_t *ret_now)
{
	struct timespec now = {};

	clock_gettime(CLOCK_REALTIME, &now);
	if (ret_now)
		*ret_now = now.tv_sec;
	return now.tv_sec;
}

int timerfd_create(int clock, int flags)
{
	(void)clock;
	(void)flags;
	/* Its own writer, so that it is readable only when somebody wrote. */
	return open(getenv("STEPPED_CLOCK_WAKE"), O_RDWR | O_NONBLOCK | O_CLOEXEC);
}

int timerfd_settime(int fd, int flags, const struct itimerspec *new, struct itimerspec *old)
{
	(void)fd;
	(void)flags;
	(void)new;
	(void)old;
	return 0;
}
