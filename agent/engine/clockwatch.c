#include "clockwatch.h"

#include "clock.h"
#include "journal_format.h"

#include <errno.h>
#include <inttypes.h>
#include <sys/timerfd.h>
#include <unistd.h>

static int64_t now_us(clockid_t clock)
{
	return (int64_t)clock_us(clock);
}

/* A timer that never runs out and is cancelled when the clock is set. */
static int arm(int fd)
{
	const struct itimerspec never = {.it_value.tv_sec = INT64_MAX};

	return timerfd_settime(fd, TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET, &never, NULL) < 0
		       ? -errno
		       : 0;
}

int clockwatch_open(struct clockwatch *watch)
{
	int r;

	watch->fd = timerfd_create(CLOCK_REALTIME, TFD_CLOEXEC | TFD_NONBLOCK);
	r = watch->fd < 0 ? -errno : arm(watch->fd);
	if (r < 0) {
		clockwatch_close(watch);
		return r;
	}
	/* Looked at after the timer is set, so that no step comes in between unseen. */
	watch->difference_us = now_us(CLOCK_REALTIME) - now_us(CLOCK_BOOTTIME);
	return 0;
}

void clockwatch_close(struct clockwatch *watch)
{
	if (watch->fd >= 0)
		close(watch->fd);
	watch->fd = -1;
}

bool clockwatch_judge(int64_t *difference_us, int64_t realtime_us, int64_t boottime_us,
		      struct clockwatch_step *ret_step)
{
	int64_t step = realtime_us - boottime_us - *difference_us;

	if (step > -CLOCKWATCH_STEP_US && step < CLOCKWATCH_STEP_US)
		return false;
	ret_step->before_us = realtime_us - step;
	ret_step->after_us = realtime_us;
	*difference_us += step;
	return true;
}

bool clockwatch_dispatch(struct clockwatch *watch, struct clockwatch_step *ret_step)
{
	uint64_t count;

	if (read(watch->fd, &count, sizeof(count)) < 0 && errno == EAGAIN)
		return false;
	arm(watch->fd);
	return clockwatch_judge(&watch->difference_us, now_us(CLOCK_REALTIME),
				now_us(CLOCK_BOOTTIME), ret_step);
}

static void set_time(struct event *event, const char *key, int64_t time_us)
{
	char text[JOURNAL_TIME_SIZE];

	if (time_us >= 0 && journal_format_time((uint64_t)time_us, text) == 0)
		event_set(event, key, text);
}

void clockwatch_describe(const struct clockwatch_step *step, struct event *event)
{
	char text[24];

	set_time(event, "before", step->before_us);
	set_time(event, "after", step->after_us);
	snprintf(text, sizeof(text), "%" PRId64, (step->after_us - step->before_us) / 1000);
	event_set(event, "offset_ms", text);
}
