#include "counter.h"

#include "slotfile.h"
#include "storefile.h"

#include <errno.h>
#include <string.h>

#define TABLE_LOCK                                                                                 \
	((off_t)COUNTER_FILE_SIZE) /* a byte after the end: held while an entry is added */
#define CLAIM(index)                                                                               \
	(TABLE_LOCK + 1 + (off_t)(index)) /* the same for each entry: counter_claim() */

struct slot {
	uint8_t id[32];
	uint64_t sequence; /* 0: never written */
	uint32_t value;
	uint32_t flags;
	uint8_t check[DIGEST_CUT];
};
_Static_assert(sizeof(struct slot) == SLOTFILE_SLOT, "the slot is the file's format");

static const struct slotfile table = {COUNTER_ENTRIES, offsetof(struct slot, sequence)};

enum counter_judgement counter_judge(uint32_t stored, uint32_t seen)
{
	if (stored == 0 && seen == 0)
		return COUNTER_ABSENT;
	return seen > stored ? COUNTER_FORWARD : COUNTER_BACK;
}

/* The credential's entry, or the free one where it would go (*ret_state SLOTFILE_EMPTY). */
static int find(int fd, const uint8_t id[static 32], uint32_t *ret_index, struct slot *ret_slot,
		enum slotfile_state *ret_state)
{
	uint32_t start;

	memcpy(&start, id, sizeof(start));
	for (uint32_t i = 0; i < COUNTER_ENTRIES; i++) {
		uint32_t index = (start + i) % COUNTER_ENTRIES;
		int r = slotfile_read(&table, fd, index, ret_slot, ret_state);

		if (r < 0)
			return r;
		/* Whose entry the damaged one is can't be told: it may be this one's. */
		if (*ret_state == SLOTFILE_DAMAGED)
			return -EBADMSG;
		if (*ret_state == SLOTFILE_EMPTY || memcmp(ret_slot->id, id, 32) == 0) {
			*ret_index = index;
			return 0;
		}
	}
	return -ENOSPC;
}

int counter_store(struct counter *counter, uint32_t value, uint32_t flags)
{
	struct slot slot = {
		.sequence = slotfile_next(counter->sequence), .value = value, .flags = flags};
	int r;

	memcpy(slot.id, counter->id, sizeof(slot.id));
	r = slotfile_write(&table, counter->fd, counter->index, &slot);
	if (r == 0)
		r = slotfile_sync(counter->fd);
	if (r < 0)
		return r;
	counter->sequence = slot.sequence;
	counter->value = value;
	counter->flags = flags;
	return 0;
}

/* Where the credential's entry is, added if it is missing. Entries never move, so that the place
 * found under the table's lock stays right after it. */
static int locate(int fd, const void *credential, size_t length, int64_t deadline,
		  struct counter *ret_counter)
{
	struct counter counter = {.fd = fd};
	enum slotfile_state state = SLOTFILE_DAMAGED;
	struct slot slot;
	int r;

	r = digest_of(credential, length, counter.id);
	if (r == 0)
		r = storefile_lock(fd, TABLE_LOCK, deadline);
	if (r < 0)
		return r;
	r = find(fd, counter.id, &counter.index, &slot, &state);
	if (r == 0 && state == SLOTFILE_EMPTY)
		r = counter_store(&counter, 0, 0);
	storefile_unlock(fd, TABLE_LOCK);
	if (r < 0)
		return r;
	*ret_counter = counter;
	return 0;
}

static void take(struct counter *counter, const struct slot *slot)
{
	counter->sequence = slot->sequence;
	counter->value = slot->value;
	counter->flags = slot->flags;
}

int counter_lock(int fd, const void *credential, size_t length, int64_t deadline,
		 struct counter *ret_counter)
{
	struct counter counter;
	enum slotfile_state state = SLOTFILE_DAMAGED;
	struct slot slot;
	int r;

	r = locate(fd, credential, length, deadline, &counter);
	if (r == 0)
		r = slotfile_lock(fd, counter.index, deadline);
	if (r < 0)
		return r;
	/* Another log-in may have stored a newer one while we waited. */
	r = slotfile_read(&table, fd, counter.index, &slot, &state);
	if (r == 0 && (state != SLOTFILE_GOOD || memcmp(slot.id, counter.id, 32) != 0))
		r = -EBADMSG;
	if (r < 0) {
		slotfile_unlock(fd, counter.index);
		return r;
	}
	take(&counter, &slot);
	*ret_counter = counter;
	return 0;
}

int counter_peek(int fd, const void *credential, size_t length, struct counter *ret_counter)
{
	struct counter counter = {.fd = -1};
	enum slotfile_state state = SLOTFILE_DAMAGED;
	struct slot slot = {};
	int r;

	r = digest_of(credential, length, counter.id);
	if (r == 0)
		r = find(fd, counter.id, &counter.index, &slot, &state);
	if (r < 0)
		return r;
	if (state == SLOTFILE_EMPTY)
		return -ENOENT;
	take(&counter, &slot);
	*ret_counter = counter;
	return 0;
}

int counter_is_suspect(int fd, const void *credential, size_t length, bool *ret_suspect)
{
	struct counter counter = {};
	int r = counter_peek(fd, credential, length, &counter);

	if (r < 0 && r != -ENOENT)
		return r;
	*ret_suspect = r == 0 && (counter.flags & COUNTER_SUSPECT);
	return 0;
}

int counter_claim(int fd, const void *credential, size_t length, int64_t deadline)
{
	struct counter counter;
	int r = locate(fd, credential, length, deadline, &counter);

	return r < 0 ? r : storefile_lock(fd, CLAIM(counter.index), deadline);
}

bool counter_wanted(const struct counter *counter)
{
	return storefile_locked(counter->fd, CLAIM(counter->index));
}

int counter_open(int dirfd, const char *name, int *ret_fd)
{
	return storefile_open(dirfd, name, COUNTER_FILE_SIZE, ret_fd);
}
