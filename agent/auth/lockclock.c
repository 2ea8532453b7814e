#include "lockclock.h"

#include "lockplace.h"

#include <errno.h>
#include <time.h>

/* A later reading may be of a later start that has run for longer: then less is told than passed.
 * That needs no name of the start, which may be missing, and errs to one side alone. */
int64_t lockclock_passed(int64_t then, int64_t now)
{
	return now >= then ? now - then : now;
}

static int read_boot(int64_t *ret_boot)
{
	struct timespec now;

	/* Suspended, the machine's people wait too. */
	if (clock_gettime(CLOCK_BOOTTIME, &now) < 0)
		return -errno;
	*ret_boot = (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
	return 0;
}

/* A damaged clock begins at 0: places that are ahead of it are set back by whoever reads them. */
static int64_t tell(const struct lockplace *clock, int64_t boot)
{
	if (clock->sequence == 0 || clock->at < 0 || clock->at > INT64_MAX / 2 || clock->boot < 0)
		return 0;
	return clock->at + lockclock_passed(clock->boot, boot);
}

static int move(int fd, struct lockplace *clock, int64_t boot, int64_t *ret_now)
{
	int r;

	clock->at = tell(clock, boot);
	clock->boot = boot;
	r = lockplace_store(fd, clock);
	if (r == 0)
		*ret_now = clock->at;
	return r;
}

/* What runs is read once the place is ours or was read: a log-in that moved the clock on
 * meanwhile would look like a restart, and all that runs since the start be told as passed. */
int lockclock_now(int fd, int64_t deadline, int64_t *ret_now)
{
	struct lockplace clock;
	int64_t boot = 0;
	int r;

	r = lockplace_lock(fd, LOCKPLACE_CLOCK, deadline, &clock);
	if (r < 0)
		return r;
	r = read_boot(&boot);
	if (r == 0)
		r = move(fd, &clock, boot, ret_now);
	lockplace_unlock(fd, &clock);
	return r;
}

int lockclock_peek(int fd, int64_t *ret_now)
{
	struct lockplace clock;
	int64_t boot = 0;
	int r = lockplace_read(fd, LOCKPLACE_CLOCK, &clock);

	if (r == 0)
		r = read_boot(&boot);
	if (r == 0)
		*ret_now = tell(&clock, boot);
	return r;
}
