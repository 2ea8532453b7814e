/* Two sealed slots a place: the newest whole one counts, whatever an interrupted write leaves of
 * the other; where both are damaged, that is told. */
#include "agent/auth/slotfile.h"

#include "cleanup.h"
#include "wire.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define PLACES 8u
#define PLACE  3u

struct slot {
	uint32_t value;
	uint32_t unused;
	uint64_t sequence;
	uint8_t room[SLOTFILE_SEALED - 16];
	uint8_t check[DIGEST_CUT];
};
_Static_assert(sizeof(struct slot) == SLOTFILE_SLOT, "a slot");

static const struct slotfile file = {PLACES, offsetof(struct slot, sequence)};

static int new_file(void)
{
	int fd = memfd_create("slots", MFD_CLOEXEC);

	assert_true(fd >= 0);
	assert_int_equal(ftruncate(fd, SLOTFILE_SIZE(PLACES)), 0);
	return fd;
}

static void write_value(int fd, uint32_t place, uint64_t sequence, uint32_t value)
{
	struct slot slot = {.value = value, .sequence = sequence};

	assert_int_equal(slotfile_write(&file, fd, place, &slot), 0);
}

static struct slot read_place(int fd, uint32_t place, enum slotfile_state wanted)
{
	enum slotfile_state state = wanted == SLOTFILE_GOOD ? SLOTFILE_EMPTY : SLOTFILE_GOOD;
	struct slot slot;

	memset(&slot, 0x5a, sizeof(slot));
	assert_int_equal(slotfile_read(&file, fd, place, &slot, &state), 0);
	assert_int_equal(state, wanted);
	return slot;
}

static void assert_nothing_but_zeros(const struct slot *slot)
{
	static const struct slot zeros;

	assert_memory_equal(slot, &zeros, sizeof(zeros));
}

static void damage(int fd, uint32_t place, unsigned int half, size_t byte)
{
	off_t at = slotfile_offset(&file, place, half) + (off_t)byte;
	uint8_t found;

	assert_int_equal(pread(fd, &found, 1, at), 1);
	found ^= 1;
	assert_int_equal(pwrite(fd, &found, 1, at), 1);
}

/* Something follows the last sequence that there is, and counts. */
static void test_after_the_last_sequence(void **state)
{
	_cleanup_close_ int fd = new_file();
	uint64_t sequence = UINT64_MAX - 2;

	(void)state;
	for (uint32_t value = 0; value < 6; value++) {
		write_value(fd, PLACE, sequence, value);
		assert_int_equal(read_place(fd, PLACE, SLOTFILE_GOOD).value, value);
		sequence = slotfile_next(sequence);
	}
	assert_int_equal(slotfile_next(0), 1);
}

/* A whole slot with a sequence that no write leaves in its half is damage, also where the other was
 * never written. */
static void test_foreign(void **state)
{
	static const struct {
		unsigned int half;
		uint64_t sequence;
	} foreign[] = {{0, 2}, {0, 0}, {1, 1}, {1, 0}, {1, UINT64_MAX}};

	(void)state;
	for (size_t i = 0; i < sizeof(foreign) / sizeof(foreign[0]); i++) {
		_cleanup_close_ int fd = new_file();
		const unsigned int other = !foreign[i].half;
		struct slot slot = {.value = 9, .sequence = foreign[i].sequence};

		assert_int_equal(digest_cut(&slot, SLOTFILE_SEALED, slot.check), 0);
		assert_int_equal(pwrite(fd, &slot, sizeof(slot),
					slotfile_offset(&file, PLACE, foreign[i].half)),
				 sizeof(slot));
		slot = read_place(fd, PLACE, SLOTFILE_DAMAGED);
		assert_nothing_but_zeros(&slot);
		write_value(fd, PLACE, other == 0 ? 1 : 2, 7);
		assert_int_equal(read_place(fd, PLACE, SLOTFILE_GOOD).value, 7);
	}
}

/* Every slot has room of its own, and they fill the file. */
static void test_offsets(void **state)
{
	bool taken[2 * PLACES] = {};

	(void)state;
	for (uint32_t place = 0; place < PLACES; place++)
		for (unsigned int half = 0; half < 2; half++) {
			off_t at = slotfile_offset(&file, place, half);

			assert_int_equal(at % (off_t)SLOTFILE_SLOT, 0);
			assert_in_range(at, 0, SLOTFILE_SIZE(PLACES) - SLOTFILE_SLOT);
			assert_false(taken[(size_t)at / SLOTFILE_SLOT]);
			taken[(size_t)at / SLOTFILE_SLOT] = true;
		}
}

static void test_newest_counts(void **state)
{
	_cleanup_close_ int fd = new_file();
	struct slot slot = read_place(fd, PLACE, SLOTFILE_EMPTY);
	struct slot before;

	(void)state;
	assert_nothing_but_zeros(&slot);
	for (uint32_t i = 1; i < 6; i++) {
		unsigned int other = i % 2;

		assert_int_equal(
			pread(fd, &before, sizeof(before), slotfile_offset(&file, PLACE, other)),
			sizeof(before));
		write_value(fd, PLACE, i, 100 + i);
		slot = read_place(fd, PLACE, SLOTFILE_GOOD);
		assert_int_equal(slot.value, 100 + i);
		assert_int_equal(slot.sequence, i);
		/* The one before stays as it was. */
		assert_int_equal(
			pread(fd, &slot, sizeof(slot), slotfile_offset(&file, PLACE, other)),
			sizeof(slot));
		assert_memory_equal(&slot, &before, sizeof(slot));
	}
	assert_int_equal(slotfile_sync(fd), 0);
	/* Its neighbours know nothing of it. */
	read_place(fd, PLACE - 1, SLOTFILE_EMPTY);
	read_place(fd, PLACE + 1, SLOTFILE_EMPTY);
	assert_int_equal(lseek(fd, 0, SEEK_END), SLOTFILE_SIZE(PLACES));
}

/* A write cut at any byte leaves what was there; the first one leaves a place never written. */
static void test_interrupted_write(void **state)
{
	_cleanup_close_ int fd = new_file();

	(void)state;
	for (uint64_t sequence = 1; sequence < 4; sequence++) {
		off_t at = slotfile_offset(&file, PLACE, sequence % 2 == 0);
		uint8_t old[SLOTFILE_SLOT], fresh[SLOTFILE_SLOT], cut[SLOTFILE_SLOT];

		assert_int_equal(pread(fd, old, sizeof(old), at), sizeof(old));
		write_value(fd, PLACE, sequence, (uint32_t)sequence);
		assert_int_equal(pread(fd, fresh, sizeof(fresh), at), sizeof(fresh));
		for (size_t length = 0; length < SLOTFILE_SLOT; length++) {
			struct slot slot;

			memcpy(cut, old, sizeof(cut));
			memcpy(cut, fresh, length);
			assert_int_equal(pwrite(fd, cut, sizeof(cut), at), sizeof(cut));
			if (memcmp(cut, fresh, sizeof(cut)) == 0)
				continue;
			slot = read_place(fd, PLACE,
					  sequence == 1 ? SLOTFILE_EMPTY : SLOTFILE_GOOD);
			assert_int_equal(slot.value, sequence - 1);
		}
		assert_int_equal(pwrite(fd, fresh, sizeof(fresh), at), sizeof(fresh));
		assert_int_equal(read_place(fd, PLACE, SLOTFILE_GOOD).value, sequence);
	}
}

/* Any byte of both, the seal's too. */
static void test_damaged(void **state)
{
	(void)state;
	for (size_t byte = 0; byte < SLOTFILE_SLOT; byte++) {
		_cleanup_close_ int fd = new_file();
		struct slot slot;

		write_value(fd, PLACE, 1, 7);
		write_value(fd, PLACE, 2, 8);
		damage(fd, PLACE, 1, byte);
		assert_int_equal(read_place(fd, PLACE, SLOTFILE_GOOD).value, 7);
		damage(fd, PLACE, 0, byte);
		slot = read_place(fd, PLACE, SLOTFILE_DAMAGED);
		assert_nothing_but_zeros(&slot);
		/* What is written next is good again. */
		write_value(fd, PLACE, 1, 9);
		assert_int_equal(read_place(fd, PLACE, SLOTFILE_GOOD).value, 9);
	}
}

/* Nobody's first write leaves the first slot empty and the second damaged. */
static void test_second_alone_is_damage(void **state)
{
	_cleanup_close_ int fd = new_file();

	(void)state;
	damage(fd, PLACE, 1, 5);
	read_place(fd, PLACE, SLOTFILE_DAMAGED);
}

static void test_file_ends_before(void **state)
{
	_cleanup_close_ int fd = new_file();
	enum slotfile_state found = SLOTFILE_DAMAGED;
	struct slot slot = {};

	(void)state;
	assert_int_equal(ftruncate(fd, slotfile_offset(&file, PLACE, 1) + 1), 0);
	assert_int_equal(slotfile_read(&file, fd, PLACE, &slot, &found), -EINVAL);
	assert_int_equal(slotfile_read(&file, -1, PLACE, &slot, &found), -EBADF);
	assert_int_equal(slotfile_write(&file, -1, PLACE, &slot), -EBADF);
	assert_int_equal(slotfile_sync(-1), -EBADF);
	assert_int_equal(found, SLOTFILE_DAMAGED);
}

/* A place's lock is its own. */
static void test_locks(void **state)
{
	_cleanup_close_ int fd = new_file();
	_cleanup_close_ int other = -1;
	char path[32];

	(void)state;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	other = open(path, O_RDWR | O_CLOEXEC);
	assert_true(other >= 0);
	assert_int_equal(slotfile_lock(fd, PLACE, wire_now()), 0);
	assert_int_equal(slotfile_lock(other, PLACE, wire_now()), -ETIMEDOUT);
	assert_int_equal(slotfile_lock(other, PLACE + 1, wire_now()), 0);
	slotfile_unlock(fd, PLACE);
	assert_int_equal(slotfile_lock(other, PLACE, wire_now()), 0);
	assert_int_equal(slotfile_lock(fd, PLACE + 1, wire_now()), -ETIMEDOUT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_offsets),
		cmocka_unit_test(test_after_the_last_sequence),
		cmocka_unit_test(test_foreign),
		cmocka_unit_test(test_newest_counts),
		cmocka_unit_test(test_interrupted_write),
		cmocka_unit_test(test_damaged),
		cmocka_unit_test(test_second_alone_is_damage),
		cmocka_unit_test(test_file_ends_before),
		cmocka_unit_test(test_locks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
