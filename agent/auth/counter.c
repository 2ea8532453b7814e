#include "counter.h"

#include "file.h"
#include "storefile.h"

#include <errno.h>
#include <openssl/evp.h>
#include <string.h>

#define HALF ((off_t)(COUNTER_ENTRIES * COUNTER_SLOT))
#define TABLE_LOCK                                                                                 \
	((off_t)COUNTER_FILE_SIZE) /* a byte after the end: held while an entry is added */
#define CLAIM(index)                                                                               \
	(TABLE_LOCK + 1 + (off_t)(index)) /* the same for each entry: counter_claim() */

struct slot {
	uint8_t id[32];
	uint64_t sequence; /* 0: never written */
	uint32_t value;
	uint32_t flags;
	uint8_t check[16]; /* SHA-256 of what is above, cut */
};
_Static_assert(sizeof(struct slot) == COUNTER_SLOT, "the slot is the file's format");

enum slot_state {
	SLOT_EMPTY,
	SLOT_GOOD,
	SLOT_DAMAGED,
};

enum counter_judgement counter_judge(uint32_t stored, uint32_t seen)
{
	if (stored == 0 && seen == 0)
		return COUNTER_ABSENT;
	return seen > stored ? COUNTER_FORWARD : COUNTER_BACK;
}

static int digest(const void *bytes, size_t length, uint8_t result[static 32])
{
	return EVP_Digest(bytes, length, result, NULL, EVP_sha256(), NULL) == 1 ? 0 : -EIO;
}

static int seal(const struct slot *slot, uint8_t check[static 16])
{
	uint8_t whole[32];
	int r = digest(slot, offsetof(struct slot, check), whole);

	if (r == 0)
		memcpy(check, whole, 16);
	return r;
}

static off_t place_of(uint32_t index, unsigned int half)
{
	return (off_t)half * HALF + (off_t)(index * COUNTER_SLOT);
}

static int read_slot(int fd, uint32_t index, unsigned int half, struct slot *slot,
		     enum slot_state *ret_state)
{
	static const struct slot empty;
	uint8_t check[16];
	ssize_t count;
	int r;

	count = file_read_at(fd, slot, sizeof(*slot), place_of(index, half));
	if (count < 0)
		return (int)count;
	if (count != (ssize_t)sizeof(*slot))
		return -EINVAL;
	if (memcmp(slot, &empty, sizeof(empty)) == 0) {
		*ret_state = SLOT_EMPTY;
		return 0;
	}
	r = seal(slot, check);
	if (r < 0)
		return r;
	*ret_state = memcmp(check, slot->check, sizeof(check)) == 0 ? SLOT_GOOD : SLOT_DAMAGED;
	return 0;
}

/* The newest good slot of an entry. A damaged one counts as never written if the other is good:
 * that is what an interrupted write leaves. */
static int read_entry(int fd, uint32_t index, struct slot *newest, enum slot_state *ret_state)
{
	enum slot_state state[2] = {SLOT_DAMAGED, SLOT_DAMAGED};
	struct slot slot[2];
	unsigned int which;
	int r;

	for (unsigned int half = 0; half < 2; half++) {
		r = read_slot(fd, index, half, &slot[half], &state[half]);
		if (r < 0)
			return r;
	}
	if (state[0] != SLOT_GOOD && state[1] != SLOT_GOOD) {
		/* The very first write of an entry may have been cut: nothing was promised yet. */
		*ret_state = state[1] == SLOT_EMPTY ? SLOT_EMPTY : SLOT_DAMAGED;
		return 0;
	}
	if (state[0] == SLOT_GOOD && state[1] == SLOT_GOOD)
		which = slot[1].sequence > slot[0].sequence;
	else
		which = state[1] == SLOT_GOOD;
	*newest = slot[which];
	*ret_state = SLOT_GOOD;
	return 0;
}

/* The credential's entry, or the free one where it would go (*ret_state SLOT_EMPTY). */
static int find(int fd, const uint8_t id[static 32], uint32_t *ret_index, struct slot *ret_slot,
		enum slot_state *ret_state)
{
	uint32_t start;

	memcpy(&start, id, sizeof(start));
	for (uint32_t i = 0; i < COUNTER_ENTRIES; i++) {
		uint32_t index = (start + i) % COUNTER_ENTRIES;
		int r = read_entry(fd, index, ret_slot, ret_state);

		if (r < 0)
			return r;
		/* Whose entry the damaged one is can't be told: it may be this one's. */
		if (*ret_state == SLOT_DAMAGED)
			return -EBADMSG;
		if (*ret_state == SLOT_EMPTY || memcmp(ret_slot->id, id, 32) == 0) {
			*ret_index = index;
			return 0;
		}
	}
	return -ENOSPC;
}

static int write_slot(const struct counter *counter, uint64_t sequence, uint32_t value,
		      uint32_t flags)
{
	struct slot slot = {.sequence = sequence, .value = value, .flags = flags};
	int r;

	memcpy(slot.id, counter->id, sizeof(slot.id));
	r = seal(&slot, slot.check);
	if (r < 0)
		return r;
	/* Odd sequences go to the first half, even ones to the second. */
	return file_write_durable(counter->fd, &slot, sizeof(slot),
				  place_of(counter->index, sequence % 2 == 0));
}

int counter_store(struct counter *counter, uint32_t value, uint32_t flags)
{
	int r = write_slot(counter, counter->sequence + 1, value, flags);

	if (r < 0)
		return r;
	counter->sequence++;
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
	enum slot_state state;
	struct slot slot;
	int r;

	r = digest(credential, length, counter.id);
	if (r == 0)
		r = storefile_lock(fd, TABLE_LOCK, deadline);
	if (r < 0)
		return r;
	r = find(fd, counter.id, &counter.index, &slot, &state);
	if (r == 0 && state == SLOT_EMPTY)
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
	enum slot_state state;
	struct slot slot;
	int r;

	r = locate(fd, credential, length, deadline, &counter);
	if (r == 0)
		r = storefile_lock(fd, place_of(counter.index, 0), deadline);
	if (r < 0)
		return r;
	/* Another log-in may have stored a newer one while we waited. */
	r = read_entry(fd, counter.index, &slot, &state);
	if (r == 0 && (state != SLOT_GOOD || memcmp(slot.id, counter.id, 32) != 0))
		r = -EBADMSG;
	if (r < 0) {
		storefile_unlock(fd, place_of(counter.index, 0));
		return r;
	}
	take(&counter, &slot);
	*ret_counter = counter;
	return 0;
}

int counter_peek(int fd, const void *credential, size_t length, struct counter *ret_counter)
{
	struct counter counter = {.fd = -1};
	enum slot_state state;
	struct slot slot;
	int r;

	r = digest(credential, length, counter.id);
	if (r == 0)
		r = find(fd, counter.id, &counter.index, &slot, &state);
	if (r < 0)
		return r;
	if (state == SLOT_EMPTY)
		return -ENOENT;
	take(&counter, &slot);
	*ret_counter = counter;
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
