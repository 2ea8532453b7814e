#include "slotfile.h"

#include "file.h"
#include "storefile.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

off_t slotfile_offset(const struct slotfile *file, uint32_t place, unsigned int half)
{
	return (off_t)(((size_t)half * file->places + place) * SLOTFILE_SLOT);
}

static uint64_t sequence_of(const struct slotfile *file, const uint8_t *slot)
{
	uint64_t sequence;

	memcpy(&sequence, slot + file->sequence, sizeof(sequence));
	return sequence;
}

uint64_t slotfile_next(uint64_t sequence)
{
	return sequence == UINT64_MAX ? 2 : sequence + 1;
}

static unsigned int half_of(uint64_t sequence)
{
	return sequence % 2 == 0;
}

static int read_half(const struct slotfile *file, int fd, uint32_t place, unsigned int half,
		     uint8_t slot[static SLOTFILE_SLOT], enum slotfile_state *ret_state)
{
	static const uint8_t empty[SLOTFILE_SLOT];
	uint8_t check[DIGEST_CUT];
	ssize_t count;
	int r;

	count = file_read_at(fd, slot, SLOTFILE_SLOT, slotfile_offset(file, place, half));
	if (count < 0)
		return (int)count;
	if (count != (ssize_t)SLOTFILE_SLOT)
		return -EINVAL;
	if (memcmp(slot, empty, sizeof(empty)) == 0) {
		*ret_state = SLOTFILE_EMPTY;
		return 0;
	}
	r = digest_cut(slot, SLOTFILE_SEALED, check);
	if (r < 0)
		return r;
	*ret_state = memcmp(check, slot + SLOTFILE_SEALED, sizeof(check)) == 0 ? SLOTFILE_GOOD
									       : SLOTFILE_DAMAGED;
	return 0;
}

/* Whether slotfile_write() leaves that sequence there. If not, the next write might not go to the
 * older slot, and never count. */
static bool belongs(uint64_t sequence, unsigned int half)
{
	return sequence != 0 && half_of(sequence) == half;
}

/* As serial numbers are compared (RFC 1982), so that something follows the last one too. */
static bool is_newer(uint64_t sequence, uint64_t than)
{
	return (int64_t)(sequence - than) > 0;
}

/* A damaged slot counts as never written if the other is good: that is what an interrupted write
 * leaves. */
int slotfile_read(const struct slotfile *file, int fd, uint32_t place, void *ret_slot,
		  enum slotfile_state *ret_state)
{
	enum slotfile_state state[2] = {SLOTFILE_DAMAGED, SLOTFILE_DAMAGED};
	uint8_t slot[2][SLOTFILE_SLOT];
	bool good[2];
	bool is_foreign = false;
	bool is_second;

	for (unsigned int half = 0; half < 2; half++) {
		int r = read_half(file, fd, place, half, slot[half], &state[half]);

		if (r < 0)
			return r;
		if (state[half] == SLOTFILE_GOOD && !belongs(sequence_of(file, slot[half]), half)) {
			state[half] = SLOTFILE_DAMAGED;
			is_foreign = true;
		}
		good[half] = state[half] == SLOTFILE_GOOD;
	}
	memset(ret_slot, 0, SLOTFILE_SLOT);
	if (!good[0] && !good[1]) {
		/* The very first write, to the first half, may have been cut; what is whole was
		 * not. */
		*ret_state = is_foreign ? SLOTFILE_DAMAGED : state[1];
		return 0;
	}
	is_second = !good[0] ||
		    (good[1] && is_newer(sequence_of(file, slot[1]), sequence_of(file, slot[0])));
	memcpy(ret_slot, slot[is_second], SLOTFILE_SLOT);
	*ret_state = SLOTFILE_GOOD;
	return 0;
}

int slotfile_write(const struct slotfile *file, int fd, uint32_t place, void *slot)
{
	const unsigned int half = half_of(sequence_of(file, slot));
	int r = digest_cut(slot, SLOTFILE_SEALED, (uint8_t *)slot + SLOTFILE_SEALED);

	return r < 0 ? r
		     : file_write_at(fd, slot, SLOTFILE_SLOT, slotfile_offset(file, place, half));
}

int slotfile_sync(int fd)
{
	return fdatasync(fd) < 0 ? -errno : 0;
}

/* The first byte of the place's first slot stands for it. */
static off_t lock_of(uint32_t place)
{
	return (off_t)(place * SLOTFILE_SLOT);
}

int slotfile_lock(int fd, uint32_t place, int64_t deadline)
{
	return storefile_lock(fd, lock_of(place), deadline);
}

void slotfile_unlock(int fd, uint32_t place)
{
	storefile_unlock(fd, lock_of(place));
}
