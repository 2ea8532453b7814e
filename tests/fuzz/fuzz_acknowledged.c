/* Any bytes as the file that says how far a collector acknowledged, each slot with the right
 * checksum where the first byte has its bit: what is read is a place in a journal, what is written
 * then is read again, and a write that is cut short takes back that one alone. */
#include "agent/forward/acknowledged.h"

#include "cleanup.h"
#include "file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define SLOT	 160
#define SLOT_SUM (SLOT - JOURNAL_HASH_SIZE) /* what is above the checksum */
#define HALF	 (ACKNOWLEDGED_FILE_SIZE / 2)

static bool is_place(const struct acknowledged *found)
{
	return found->head.sequence <= JOURNAL_SEQUENCE_MAX &&
	       memchr(found->host, '\0', sizeof(found->host)) &&
	       memchr(found->epoch, '\0', sizeof(found->epoch)) &&
	       (found->generation == 0 || strlen(found->host) == JOURNAL_ID_SIZE - 1);
}

static uint64_t generation_in(int fd, unsigned int half)
{
	uint64_t head[2] = {};

	file_read_at(fd, head, sizeof(head), (off_t)half * HALF);
	return head[1];
}

/* Does it stand where it was written, and there alone? Then the other half is the one that is
 * written next. */
static bool is_in_its_half(int fd, const struct acknowledged *found)
{
	unsigned int half = found->generation % 2;

	return found->generation > 0 && generation_in(fd, half) == found->generation &&
	       generation_in(fd, 1 - half) != found->generation;
}

static void put_slots(int fd, const uint8_t *data, size_t size)
{
	uint8_t slots[2][SLOT] = {};

	memcpy(slots, data + 1, size - 1 < sizeof(slots) ? size - 1 : sizeof(slots));
	for (unsigned int half = 0; half < 2; half++) {
		if (data[0] & 1 << half)
			journal_hash(slots[half], SLOT_SUM, slots[half] + SLOT_SUM);
		if (file_write_at(fd, slots[half], SLOT, (off_t)half * HALF) < 0)
			__builtin_trap();
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_close_ int fd = memfd_create("acknowledged", MFD_CLOEXEC);
	struct acknowledged found, next, again;
	uint8_t cut = 0;
	bool in_its_half;
	int r;

	if (size == 0 || fd < 0 || ftruncate(fd, ACKNOWLEDGED_FILE_SIZE) < 0)
		return 0;
	put_slots(fd, data, size);
	r = acknowledged_read(fd, &found);
	if (r == -EBADMSG)
		return 0;
	if (r < 0 || !is_place(&found))
		__builtin_trap();
	/* The last of all generations would be followed by none. */
	if (found.generation >= UINT64_MAX - 1)
		return 0;
	in_its_half = is_in_its_half(fd, &found);
	next = found;
	memset(next.host, 'a', JOURNAL_ID_SIZE - 1);
	memset(next.epoch, 'b', JOURNAL_ID_SIZE - 1);
	next.head.sequence = 17;
	if (acknowledged_write(fd, &next) < 0 || acknowledged_read(fd, &again) < 0 ||
	    memcmp(&next, &again, sizeof(next)) != 0)
		__builtin_trap();
	if (!in_its_half)
		return 0;
	if (file_write_at(fd, &cut, 1, (off_t)(next.generation % 2) * HALF) < 0 ||
	    acknowledged_read(fd, &again) < 0 || memcmp(&found, &again, sizeof(found)) != 0)
		__builtin_trap();
	return 0;
}
