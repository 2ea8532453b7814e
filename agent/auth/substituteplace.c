#include "substituteplace.h"

#include "counter.h"
#include "roster.h"
#include "wire.h"

#include <errno.h>
#include <string.h>

#define LOCK_MS	    2000
#define COUNT_SHIFT 8 /* above the bits of signature counters */
#define COUNT_MAX   0xffffffU

/* What the counters know a place by: no credential and no seed begins like that. */
#define PREFIX "substitute "

struct id {
	char text[sizeof(PREFIX) + ROSTER_USER_MAX];
	size_t length;
};

/* All together have a place that no name can have. */
static struct id id_of(const char *user)
{
	struct id id = {.text = PREFIX};
	const size_t room = sizeof(id.text) - sizeof(PREFIX);

	if (user)
		snprintf(id.text + sizeof(PREFIX), room, "%s", user);
	id.length = sizeof(PREFIX) + (user ? strlen(id.text + sizeof(PREFIX)) + 1 : 0);
	return id;
}

static struct substituteplace unpack(const struct counter *counter)
{
	return (struct substituteplace){counter->value, counter->flags >> COUNT_SHIFT};
}

int substituteplace_peek(int fd, const char *user, struct substituteplace *ret_place)
{
	const struct id id = id_of(user);
	struct counter counter;
	int r = counter_peek(fd, id.text, id.length, &counter);

	if (r == 0)
		*ret_place = unpack(&counter);
	return r;
}

static uint32_t count_on(const struct counter *counter, uint32_t day)
{
	return counter->value == day ? unpack(counter).count : 0;
}

static int add_one(struct counter *counter, uint32_t day)
{
	const uint32_t count = count_on(counter, day);

	return counter_store(counter, day, (count < COUNT_MAX ? count + 1 : count) << COUNT_SHIFT);
}

enum failure substituteplace_use(int fd, const char *user, uint32_t today, uint32_t before,
				 uint32_t *ret_count)
{
	const int64_t deadline = wire_now() + LOCK_MS;
	const struct id mine = id_of(user), all = id_of(NULL);
	struct counter counter, total;

	/* A name's place first, everywhere: no two wait for each other. */
	if (counter_lock(fd, mine.text, mine.length, deadline, &counter) < 0 ||
	    counter_lock(fd, all.text, all.length, deadline, &total) < 0)
		return FAILURE_COUNTER_STORE;
	/* No name's day is later than that of all, but for those from before a reset. */
	if (today == 0 || total.value > today)
		return FAILURE_SUBSTITUTE_CLOCK;
	if (count_on(&counter, today) != before)
		return FAILURE_SUBSTITUTE_USED;
	/* The user's own is what makes it single, and comes last: the day of all is never behind.
	 */
	if (add_one(&total, today) < 0 || add_one(&counter, today) < 0)
		return FAILURE_COUNTER_STORE;
	*ret_count = count_on(&counter, today);
	return FAILURE_NONE;
}

int substituteplace_reset(int fd, uint32_t today, uint32_t *ret_day)
{
	const struct id all = id_of(NULL);
	struct counter total;
	int r = counter_lock(fd, all.text, all.length, wire_now() + LOCK_MS, &total);

	if (r < 0)
		return r;
	*ret_day = total.value;
	if (today == 0 || total.value <= today)
		return 0;
	r = counter_store(&total, today, 0);
	return r < 0 ? r : 1;
}
