/* What the collector's verify remembers of records: nothing is lost between memory and file, and a
 * record far from all others takes no more room than a few lines do. */
#include "agent/collector/hashes.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#define RECORDS 40000
#define MOST	1300 /* bytes for a record */

struct fixture {
	struct hashes hashes;
	struct hashes_chain chain;
	uint64_t expected, step; /* of the next call of look() */
	uint64_t seen;
};

static int setup(void **state)
{
	struct fixture *fixture = calloc(1, sizeof(*fixture));

	if (!fixture || hashes_open(&fixture->hashes, "/tmp") < 0)
		return -1;
	*state = fixture;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *fixture = *state;

	hashes_release(&fixture->chain);
	hashes_close(&fixture->hashes);
	free(fixture);
	return 0;
}

static void put(struct fixture *fixture, uint64_t sequence)
{
	struct hash_entry *entry;

	assert_int_equal(hashes_at(&fixture->hashes, &fixture->chain, sequence, &entry), 0);
	assert_int_equal(entry->state, HASH_UNKNOWN);
	entry->state = HASH_SEEN;
	memcpy(entry->hash, &sequence, sizeof(sequence));
}

static void look(void *user, uint64_t sequence, const struct hash_entry *entry)
{
	struct fixture *fixture = user;

	assert_int_equal(sequence, fixture->expected);
	assert_memory_equal(entry->hash, &sequence, sizeof(sequence));
	fixture->expected += fixture->step;
	fixture->seen++;
}

static void expect_all(struct fixture *fixture, uint64_t first, uint64_t step, uint64_t count)
{
	fixture->expected = first;
	fixture->step = step;
	fixture->seen = 0;
	assert_int_equal(hashes_each(&fixture->hashes, &fixture->chain, look, fixture), 0);
	assert_int_equal(fixture->seen, count);
}

static off_t bytes_of(const struct fixture *fixture)
{
	struct stat few, all;

	assert_int_equal(fstat(fixture->hashes.few.fd, &few), 0);
	assert_int_equal(fstat(fixture->hashes.all.fd, &all), 0);
	return few.st_size + all.st_size;
}

/* From both ends to the middle, so that pages fill up in no order. */
static void fill(struct fixture *fixture, uint64_t first, uint64_t step, uint64_t count)
{
	for (uint64_t i = 0; i < count / 2; i++) {
		put(fixture, first + i * step);
		put(fixture, first + (count - 1 - i) * step);
	}
}

static void test_dense(void **state)
{
	struct fixture *fixture = *state;

	fill(fixture, 1, 1, RECORDS);
	expect_all(fixture, 1, 1, RECORDS);
	assert_true(bytes_of(fixture) < RECORDS * 42);
}

/* One more in each page than has room among the few: the dearest there are. */
static void test_dearest(void **state)
{
	struct fixture *fixture = *state;

	for (uint64_t i = 0; i < RECORDS; i++)
		put(fixture, i / (HASHES_FEW + 1) * HASHES_PAGE + i % (HASHES_FEW + 1));
	assert_true(bytes_of(fixture) <= (off_t)RECORDS * MOST);
}

static void test_far(void **state)
{
	struct fixture *fixture = *state;

	fill(fixture, 1, 1000000007, RECORDS);
	expect_all(fixture, 1, 1000000007, RECORDS);
	assert_true(bytes_of(fixture) <= (off_t)RECORDS * MOST);
}

/* So many in each page that they just fit, and one more. */
static void test_few(void **state)
{
	struct fixture *fixture = *state;
	struct hash_entry *entry;

	fill(fixture, 0, HASHES_PAGE / HASHES_FEW, RECORDS);
	assert_int_equal(fixture->hashes.all.blocks, 0);
	expect_all(fixture, 0, HASHES_PAGE / HASHES_FEW, RECORDS);
	put(fixture, 1);
	assert_int_equal(fixture->hashes.all.blocks, 1);
	for (uint64_t i = 0; i < HASHES_PAGE; i += HASHES_PAGE / HASHES_FEW) {
		assert_int_equal(hashes_at(&fixture->hashes, &fixture->chain, i, &entry), 0);
		assert_int_equal(entry->state, HASH_SEEN);
		assert_memory_equal(entry->hash, &i, sizeof(i));
	}
}

/* Entries that were only asked for, or named, are none that was seen. */
static void test_named(void **state)
{
	struct fixture *fixture = *state;
	struct hash_entry *entry;

	for (uint64_t i = 0; i < RECORDS; i += 16) {
		assert_int_equal(hashes_at(&fixture->hashes, &fixture->chain, i, &entry), 0);
		entry->state = i % 32 ? HASH_NAMED : HASH_UNKNOWN;
	}
	expect_all(fixture, 0, 0, 0);
}

static void test_no_directory(void **state)
{
	struct hashes hashes;

	(void)state;
	assert_true(hashes_open(&hashes, "/nowhere") < 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_dense), TEST(test_dearest), TEST(test_far),
		TEST(test_few),	  TEST(test_named),   cmocka_unit_test(test_no_directory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
