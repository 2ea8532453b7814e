#include "tally.h"

#include <errno.h>
#include <unistd.h>

#define STEP_MS 200 /* between two looks at whether the person is still there */

enum failure tally_open(int state_dirfd, struct tally *tally)
{
	*tally = (struct tally){.fd = -1};
	return counter_open(state_dirfd, TALLY_FILE, &tally->fd) < 0 ? FAILURE_COUNTER_STORE
								     : FAILURE_NONE;
}

void tally_close(struct tally *tally)
{
	/* The locks belong to the descriptor. */
	if (tally->fd >= 0)
		close(tally->fd);
	*tally = (struct tally){.fd = -1};
}

static struct counter *find(struct tally *tally, const struct roster_entry *entry)
{
	for (size_t i = 0; i < tally->count; i++)
		if (tally->entries[i] == entry)
			return &tally->counters[i];
	return NULL;
}

static enum failure lock_one(struct tally *tally, const struct roster_entry *entry,
			     const struct person *person, int64_t deadline)
{
	for (;;) {
		int64_t until = wire_now() + STEP_MS;
		int r;

		r = counter_lock(tally->fd, entry->credential, entry->credential_length,
				 until < deadline ? until : deadline,
				 &tally->counters[tally->count]);
		if (r == 0) {
			tally->entries[tally->count++] = entry;
			return FAILURE_NONE;
		}
		if (r != -ETIMEDOUT)
			return FAILURE_COUNTER_STORE;
		r = person_check(person);
		if (r < 0)
			return r == -ECANCELED ? FAILURE_CANCELLED : FAILURE_PROTOCOL;
		if (wire_now() >= deadline)
			return FAILURE_KEY_BUSY;
	}
}

enum failure tally_lock(struct tally *tally, const struct roster_entry *entries, size_t count,
			const struct person *person, int64_t deadline)
{
	size_t suspects = 0;

	for (size_t i = 0; i < count; i++) {
		const struct counter *counter = find(tally, &entries[i]);

		if (!counter) {
			enum failure failure = FAILURE_COUNTER_STORE;

			if (tally->count < ROSTER_PER_USER)
				failure = lock_one(tally, &entries[i], person, deadline);
			if (failure != FAILURE_NONE)
				return failure;
			counter = find(tally, &entries[i]);
		}
		suspects += counter && (counter->flags & COUNTER_SUSPECT);
	}
	return suspects == count ? FAILURE_SUSPECT : FAILURE_NONE;
}

enum failure tally_settle(struct tally *tally, const struct roster_entry *entry, uint32_t value,
			  uint32_t instance)
{
	struct counter *counter = find(tally, entry);

	if (!counter)
		return FAILURE_COUNTER_STORE;
	if (counter->flags & COUNTER_SUSPECT)
		return FAILURE_SUSPECT;
	switch (counter_judge(counter->value, value)) {
	case COUNTER_ABSENT:
		return FAILURE_NONE;
	case COUNTER_FORWARD:
		return counter_store(counter, value,
				     (counter->flags & ~COUNTER_INSTANCE) |
					     (instance & COUNTER_INSTANCE)) < 0
			       ? FAILURE_COUNTER_STORE
			       : FAILURE_NONE;
	case COUNTER_BACK:
		break;
	}
	/* Refused whether or not the mark can be stored. */
	counter_store(counter, counter->value, counter->flags | COUNTER_SUSPECT);
	return FAILURE_COUNTER_BACK;
}

void tally_forget(struct tally *tally, const struct roster_entry *entry)
{
	struct counter *counter = find(tally, entry);

	if (counter && (counter->flags & COUNTER_INSTANCE))
		counter_store(counter, counter->value, counter->flags & ~COUNTER_INSTANCE);
}

bool tally_was_with(const struct tally *tally, const struct roster_entry *entry, uint32_t instance)
{
	struct counter counter;

	instance &= COUNTER_INSTANCE;
	return instance != 0 &&
	       counter_peek(tally->fd, entry->credential, entry->credential_length, &counter) ==
		       0 &&
	       (counter.flags & COUNTER_INSTANCE) == instance;
}
