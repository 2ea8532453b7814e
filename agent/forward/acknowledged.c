#include "acknowledged.h"

#include "file.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#define PLACE(half) ((off_t)(half) * (ACKNOWLEDGED_FILE_SIZE / 2)) /* in blocks of their own */
#define MAGIC	    UINT64_C(0x31464b5345534b53)

struct slot {
	uint64_t magic;
	uint64_t generation;
	uint64_t sequence;
	uint8_t hash[JOURNAL_HASH_SIZE];
	char host[JOURNAL_ID_SIZE];
	char epoch[JOURNAL_ID_SIZE];
	char unused[6];
	uint8_t check[JOURNAL_HASH_SIZE]; /* SHA-256 of what is above */
};
_Static_assert(sizeof(struct slot) == 160, "the slot is the file's format");

static bool is_id(const char id[static JOURNAL_ID_SIZE])
{
	return id[JOURNAL_ID_SIZE - 1] == '\0' &&
	       strspn(id, "0123456789abcdef") == JOURNAL_ID_SIZE - 1;
}

/* 1: a good slot. 0: never written. -EBADMSG, -errno. */
static int read_slot(int fd, unsigned int half, struct slot *ret_slot)
{
	static const struct slot empty;
	uint8_t check[JOURNAL_HASH_SIZE];
	ssize_t count = file_read_at(fd, ret_slot, sizeof(*ret_slot), PLACE(half));

	if (count < 0)
		return (int)count;
	if (count != (ssize_t)sizeof(*ret_slot))
		return -EBADMSG;
	if (memcmp(ret_slot, &empty, sizeof(empty)) == 0)
		return 0;
	journal_hash(ret_slot, offsetof(struct slot, check), check);
	if (ret_slot->magic != MAGIC || memcmp(check, ret_slot->check, sizeof(check)) != 0 ||
	    !is_id(ret_slot->host) || !is_id(ret_slot->epoch) || ret_slot->generation == 0 ||
	    ret_slot->sequence > JOURNAL_SEQUENCE_MAX)
		return -EBADMSG;
	return 1;
}

int acknowledged_read(int fd, struct acknowledged *ret_acknowledged)
{
	const struct slot *newest = NULL;
	struct slot slots[2];
	bool damaged = false;

	for (unsigned int half = 0; half < 2; half++) {
		int r = read_slot(fd, half, &slots[half]);

		if (r < 0 && r != -EBADMSG)
			return r;
		damaged = damaged || r < 0;
		if (r > 0 && (!newest || slots[half].generation > newest->generation))
			newest = &slots[half];
	}
	/* A first write that was cut short leaves one damaged and one that was never written. */
	if (!newest && damaged)
		return -EBADMSG;
	*ret_acknowledged = (struct acknowledged){};
	if (!newest)
		return 0;
	memcpy(ret_acknowledged->host, newest->host, JOURNAL_ID_SIZE);
	memcpy(ret_acknowledged->epoch, newest->epoch, JOURNAL_ID_SIZE);
	ret_acknowledged->head.sequence = newest->sequence;
	memcpy(ret_acknowledged->head.hash, newest->hash, JOURNAL_HASH_SIZE);
	ret_acknowledged->generation = newest->generation;
	return 0;
}

int acknowledged_write(int fd, struct acknowledged *acknowledged)
{
	struct slot slot = {
		.magic = MAGIC,
		.generation = acknowledged->generation + 1,
		.sequence = acknowledged->head.sequence,
	};
	int r;

	memcpy(slot.hash, acknowledged->head.hash, JOURNAL_HASH_SIZE);
	memcpy(slot.host, acknowledged->host, JOURNAL_ID_SIZE);
	memcpy(slot.epoch, acknowledged->epoch, JOURNAL_ID_SIZE);
	journal_hash(&slot, offsetof(struct slot, check), slot.check);
	r = file_write_durable(fd, &slot, sizeof(slot), PLACE(slot.generation % 2));
	if (r == 0)
		acknowledged->generation = slot.generation;
	return r;
}
