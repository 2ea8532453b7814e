/* How far the mirror has come, and what it reads once the journal is another one than it was. */
#include "journal_fixture.h"

#include "agent/mirror/position.h"
#include "agent/mirror/reader.h"

#define OTHER_BOOT "00000000000000000000000000000001"
#define SEGMENT	   "0000000000000001.seg"

struct scene {
	struct fixture *journal;
	struct reader reader;
	struct position position;
};

static int setup(void **state)
{
	struct scene *scene = calloc(1, sizeof(*scene));
	void *fixture = NULL;

	if (!scene || fixture_setup(&fixture) < 0)
		return -1;
	scene->journal = fixture;
	scene->journal->options.segment_size = 16u * JOURNAL_LINE_MAX;
	fixture_open(scene->journal);
	snprintf(scene->position.boot, sizeof(scene->position.boot), "%s", FIXTURE_BOOT);
	*state = scene;
	return reader_begin(&scene->reader, scene->journal->dirfd);
}

static int teardown(void **state)
{
	struct scene *scene = *state;
	void *fixture = scene->journal;

	reader_end(&scene->reader);
	free(scene);
	return fixture_teardown(&fixture);
}

/* The numbers of fixture_request's events that are copied, each with a comma; * is the journal's
 * own word. */
static void assert_copied(struct scene *scene, const char *expected)
{
	static const char ours[] = "event-";
	struct journal_record record;
	struct journal_span line;
	char text[256] = "";
	int r;

	while ((r = reader_next(&scene->reader, &record, &line)) > 0) {
		const size_t skip = sizeof(ours) - 1;
		bool is_ours = memcmp(record.id.bytes, ours, skip) == 0;

		if (!position_is_new(&scene->position, &record))
			continue;
		position_pass(&scene->position, &record);
		snprintf(text + strlen(text), sizeof(text) - strlen(text), "%.*s,",
			 is_ours ? (int)(record.id.length - skip) : 1,
			 is_ours ? record.id.bytes + skip : "*");
	}
	assert_int_equal(r, 0);
	assert_string_equal(text, expected);
}

/* Puts the bytes of an earlier day back, into the same file or into another one of its name. */
static void restore(struct scene *scene, const char *bytes, size_t length, bool in_place)
{
	if (!in_place)
		assert_int_equal(unlinkat(scene->journal->dirfd, SEGMENT, 0), 0);
	fixture_write_file(scene->journal, SEGMENT, bytes, length);
}

static void go_back(struct scene *scene, bool in_place)
{
	char *bytes;
	size_t length;

	fixture_fill(scene->journal, 1, 3);
	assert_copied(scene, "1,2,3,");
	fixture_close(scene->journal);
	fixture_read(scene->journal, SEGMENT, &bytes, &length);
	fixture_open(scene->journal);
	fixture_fill(scene->journal, 4, 8);
	assert_int_equal(reader_look(&scene->reader), 0);
	assert_copied(scene, "4,5,6,7,8,");
	fixture_close(scene->journal);
	restore(scene, bytes, length, in_place);
	free(bytes);
	assert_int_equal(reader_look(&scene->reader), 1);
	assert_copied(scene, "");
	fixture_open(scene->journal);
	fixture_fill(scene->journal, 9, 10);
	assert_int_equal(reader_look(&scene->reader), 0);
	assert_copied(scene, "9,10,");
	fixture_expect(scene->journal, "", NULL);
}

static void test_back_in_the_same_file(void **state)
{
	go_back(*state, true);
}

static void test_back_in_another_file(void **state)
{
	go_back(*state, false);
}

/* By the time that somebody looks it has gone on, beyond where it was. */
static void test_back_and_beyond(void **state)
{
	struct scene *scene = *state;
	char *bytes;
	size_t length;

	fixture_fill(scene->journal, 1, 3);
	fixture_close(scene->journal);
	fixture_read(scene->journal, SEGMENT, &bytes, &length);
	fixture_open(scene->journal);
	fixture_fill(scene->journal, 4, 6);
	assert_copied(scene, "1,2,3,4,5,6,");
	fixture_fill(scene->journal, 7, 8);
	fixture_close(scene->journal);
	restore(scene, bytes, length, true);
	free(bytes);
	fixture_open(scene->journal);
	fixture_fill(scene->journal, 11, 19);
	assert_int_equal(reader_look(&scene->reader), 1);
	assert_copied(scene, "11,12,13,14,15,16,17,18,19,");
}

/* Another epoch: deleted, and begun anew. */
static void test_another_journal(void **state)
{
	struct scene *scene = *state;

	fixture_fill(scene->journal, 1, 3);
	assert_copied(scene, "1,2,3,");
	fixture_close(scene->journal);
	fixture_empty(scene->journal->dirfd);
	assert_int_equal(reader_look(&scene->reader), 1);
	assert_copied(scene, "");
	fixture_open(scene->journal);
	fixture_fill(scene->journal, 1, 2);
	assert_int_equal(reader_look(&scene->reader), 0);
	assert_copied(scene, "1,2,");
}

/* After a disk error the same events stand in two files. */
static void test_written_again(void **state)
{
	struct scene *scene = *state;

	fixture_fill(scene->journal, 1, 2);
	assert_copied(scene, "1,2,");
	scene->journal->disk.flush.fail = 1;
	scene->journal->disk.flush.error = -EIO;
	fixture_fill(scene->journal, 3, 3);
	assert_int_equal(reader_look(&scene->reader), 0);
	assert_copied(scene, "3,*,");
	reader_end(&scene->reader);
	assert_int_equal(reader_begin(&scene->reader, scene->journal->dirfd), 0);
	assert_copied(scene, "");
}

static struct journal_record record_of(const char *boot, uint64_t monotonic_us, uint64_t sequence)
{
	return (struct journal_record){
		.boot = {boot, strlen(boot)},
		.monotonic_us = monotonic_us,
		.sequence = sequence,
	};
}

static void test_what_is_new(void **state)
{
	static const struct {
		const char *boot;
		uint64_t monotonic_us, sequence;
		bool new;
	} cases[] = {
		{FIXTURE_BOOT, 5001, 101, true},  {FIXTURE_BOOT, 5000, 101, true},
		{FIXTURE_BOOT, 5000, 100, false}, {FIXTURE_BOOT, 5000, 99, false},
		{FIXTURE_BOOT, 5001, 7, true}, /* back, and written after */
		{FIXTURE_BOOT, 4999, 101, false}, {OTHER_BOOT, 9000, 101, false},
		{"", 9000, 101, false},
	};
	const struct position position = {FIXTURE_BOOT, 5000, 100};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct journal_record record =
			record_of(cases[i].boot, cases[i].monotonic_us, cases[i].sequence);

		assert_int_equal(position_is_new(&position, &record), cases[i].new);
	}
}

static void test_the_position_is_kept(void **state)
{
	static const char *const wrong[] = {"", "x", FIXTURE_BOOT " 7\n", FIXTURE_BOOT " 7 x\n",
					    FIXTURE_BOOT " -7 1\n", OTHER_BOOT " 5000 100\n",
					    /* as it was before: the journal's epoch, a number */
					    "0123456789abcdef0123456789abcdef 99\n"};
	const struct position stored = {FIXTURE_BOOT, UINT64_MAX, UINT64_MAX};
	struct scene *scene = *state;
	struct position position;

	position_load(scene->journal->dirfd, FIXTURE_BOOT, &position);
	assert_string_equal(position.boot, FIXTURE_BOOT);
	assert_int_equal(position.monotonic_us, 0);
	assert_int_equal(position_store(scene->journal->dirfd, &stored), 0);
	position_load(scene->journal->dirfd, FIXTURE_BOOT, &position);
	assert_true(position.monotonic_us == UINT64_MAX && position.sequence == UINT64_MAX);
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		fixture_write_file(scene->journal, "position", wrong[i], strlen(wrong[i]));
		position_load(scene->journal->dirfd, FIXTURE_BOOT, &position);
		assert_string_equal(position.boot, FIXTURE_BOOT);
		assert_int_equal(position.monotonic_us, 0);
		assert_int_equal(position.sequence, 0);
	}
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_back_in_the_same_file), TEST(test_back_in_another_file),
		TEST(test_back_and_beyond),	  TEST(test_another_journal),
		TEST(test_written_again),	  TEST(test_what_is_new),
		TEST(test_the_position_is_kept),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
