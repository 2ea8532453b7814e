/* The cursor that follows the journal's writer. */
#include "journal_fixture.h"

#include "journal_cursor.h"

#include <sys/wait.h>

static void test_cursor_follows(void **state)
{
	struct fixture *fixture = *state;
	struct journal_cursor *cursor = malloc(sizeof(*cursor));
	struct journal_record record;
	struct journal_span line;
	uint64_t expected = 1;

	assert_non_null(cursor);
	journal_cursor_begin(cursor, fixture->dirfd, true);
	assert_int_equal(journal_cursor_next(cursor, &record, &line), 0);
	fixture_open(fixture);
	for (unsigned int i = 1; i <= 40; i++) {
		fixture_fill(fixture, 10 * i, 10 * i + i % 9);
		if (i == 20) /* a disk error on the way */
			fixture->disk.flush.fail = 1;
		fixture->disk.flush.error = -EIO;
		while (journal_cursor_next(cursor, &record, &line) == 1)
			assert_int_equal(record.sequence, expected++);
	}
	assert_true(expected > 150);
	assert_true(cursor->segment.first > 100);
	journal_cursor_end(cursor);
	free(cursor);
}

/* A line half there is not shown as damage, and shown when it is whole. */
static void test_cursor_waits_for_the_rest(void **state)
{
	struct fixture *fixture = *state;
	struct journal_cursor *cursor = malloc(sizeof(*cursor));
	struct journal_record record;
	struct journal_span line;
	char *bytes, *half;
	size_t length, used;

	assert_non_null(cursor);
	fixture_open(fixture);
	fixture_fill(fixture, 1, 3);
	fixture_read(fixture, "0000000000000001.seg", &bytes, &length);
	used = fixture_used(bytes, length);
	half = malloc(length);
	assert_non_null(half);
	memcpy(half, bytes, length);
	memset(half + used - 100, 0, 100); /* cut short */
	fixture_write_file(fixture, "0000000000000001.seg", half, length);
	journal_cursor_begin(cursor, fixture->dirfd, true);
	for (uint64_t i = 1; i <= 2; i++) {
		assert_int_equal(journal_cursor_next(cursor, &record, &line), 1);
		assert_int_equal(record.sequence, i);
	}
	assert_int_equal(journal_cursor_next(cursor, &record, &line), 0);
	memcpy(half, bytes, length);
	memset(half + used - 100, 0, 50); /* a page that is yet to come */
	fixture_write_file(fixture, "0000000000000001.seg", half, length);
	assert_int_equal(journal_cursor_next(cursor, &record, &line), 0);
	fixture_write_file(fixture, "0000000000000001.seg", bytes, length);
	assert_int_equal(journal_cursor_next(cursor, &record, &line), 1);
	assert_int_equal(record.sequence, 3);
	assert_int_equal(journal_cursor_next(cursor, &record, &line), 0);
	journal_cursor_end(cursor);
	free(cursor);
	free(bytes);
	free(half);
}

static void test_cursor_names_damage(void **state)
{
	struct fixture *fixture = *state;
	struct journal_cursor *cursor = malloc(sizeof(*cursor));
	struct journal_record record;
	struct journal_span line;
	char *bytes;
	size_t length;

	assert_non_null(cursor);
	fixture_open(fixture);
	fixture_fill(fixture, 1, 5);
	fixture_read(fixture, "0000000000000001.seg", &bytes, &length);
	bytes[1000] ^= 1;
	fixture_write_file(fixture, "0000000000000001.seg", bytes, length);
	free(bytes);
	journal_cursor_begin(cursor, fixture->dirfd, true);
	assert_int_equal(journal_cursor_next(cursor, &record, &line), 1);
	assert_int_equal(journal_cursor_next(cursor, &record, &line), 1);
	assert_int_equal(journal_cursor_next(cursor, &record, &line), -EBADMSG);
	assert_string_equal(cursor->file, "0000000000000001.seg");
	assert_int_equal(cursor->line, 4);
	assert_int_equal(journal_cursor_next(cursor, &record, &line), 1);
	assert_int_equal(record.sequence, 4);
	journal_cursor_end(cursor);
	free(cursor);
}

/* One zero byte where a line begins, in an old segment and in the newest, hides nothing. */
static void test_cursor_reads_on_after_zeros(void **state)
{
	struct fixture *fixture = *state;
	struct journal_segment *segments;
	size_t count, length;
	unsigned int damaged;

	fixture_open(fixture);
	fixture_fill(fixture, 1, 100);
	fixture_close(fixture);
	assert_int_equal(fixture_count(fixture, &damaged), 100);
	assert_int_equal(damaged, 0);
	assert_int_equal(journal_segment_list(fixture->dirfd, &segments, &count, NULL), 0);
	assert_int_equal(count, 2);
	for (size_t i = 0; i < count; i++) {
		char name[JOURNAL_NAME_SIZE], *bytes, *line;

		journal_segment_name(&segments[i], name);
		fixture_read(fixture, name, &bytes, &length);
		line = memchr(bytes, '\n', length);
		line[1] = '\0';
		fixture_write_file(fixture, name, bytes, length);
		free(bytes);
		assert_int_equal(fixture_count(fixture, &damaged), 100 - 1 - i);
		assert_int_equal(damaged, 1 + i);
	}
	free(segments);
}

/* Bytes after the last line, of the newest segment or of another, are told. */
static void test_cursor_names_a_tail(void **state)
{
	static const char *const names[] = {"0000000000000001.seg", "0000000000000004.seg"};
	struct fixture *fixture = *state;
	unsigned int damaged;

	fixture_open(fixture);
	fixture_fill(fixture, 1, 3);
	fixture_close(fixture);
	for (size_t i = 0; i < 2; i++) {
		char *bytes;
		size_t length, used;

		fixture_read(fixture, names[0], &bytes, &length);
		used = fixture_used(bytes, length);
		memcpy(bytes + used, "half", 4);
		fixture_write_file(fixture, names[0], bytes, length);
		/* A successor with a header and nothing else. */
		if (i == 1)
			fixture_write_file(fixture, names[1], bytes, strcspn(bytes, "\n") + 1);
		free(bytes);
		assert_int_equal(fixture_count(fixture, &damaged), 3);
		assert_int_equal(damaged, 1);
	}
}

/* Three events, all of them whole. */
static bool reads_three(struct fixture *fixture)
{
	struct journal_cursor *cursor = malloc(sizeof(*cursor));
	struct journal_record record;
	struct journal_span line;
	uint64_t found = 0;

	assert_non_null(cursor);
	journal_cursor_begin(cursor, fixture->dirfd, false);
	cursor->settle_ms = 900;
	while (journal_cursor_next(cursor, &record, &line) == 1)
		assert_int_equal(record.sequence, ++found);
	journal_cursor_end(cursor);
	free(cursor);
	return found == 3;
}

/* A line that is finished while the reader waits is no damage. The writer may miss that moment on a
 * machine that has other things to do, but not each time. */
static void test_cursor_gives_a_writer_time(void **state)
{
	struct fixture *fixture = *state;
	bool seen = false;
	char *bytes;
	size_t length, used;
	int status;

	fixture_open(fixture);
	fixture_fill(fixture, 1, 3);
	fixture_close(fixture);
	fixture_read(fixture, "0000000000000001.seg", &bytes, &length);
	used = fixture_used(bytes, length);
	for (int tries = 0; tries < 10 && !seen; tries++) {
		pid_t pid;

		fixture_write_file(fixture, "0000000000000001.seg", bytes, used - 100);
		pid = fork();
		assert_true(pid >= 0);
		if (pid == 0) {
			usleep(50000);
			fixture_write_file(fixture, "0000000000000001.seg", bytes, length);
			_exit(0);
		}
		seen = reads_three(fixture);
		assert_int_equal(waitpid(pid, &status, 0), pid);
	}
	assert_true(seen);
	free(bytes);
}

/* A directory that can't be read: told once, then the end, or whoever reads on would do so for
 * ever. */
static void test_cursor_without_directory(void **state)
{
	struct journal_cursor *cursor = malloc(sizeof(*cursor));
	struct journal_record record;
	struct journal_span line;

	(void)state;
	assert_non_null(cursor);
	journal_cursor_begin(cursor, -1, false);
	assert_int_equal(journal_cursor_next(cursor, &record, &line), -EBADF);
	assert_int_equal(journal_cursor_next(cursor, &record, &line), 0);
	journal_cursor_end(cursor);
	/* Who follows tries again, at a pace of his own. */
	journal_cursor_begin(cursor, -1, true);
	for (int i = 0; i < 3; i++)
		assert_int_equal(journal_cursor_next(cursor, &record, &line), -EBADF);
	journal_cursor_end(cursor);
	free(cursor);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, fixture_setup, fixture_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_cursor_follows),
		TEST(test_cursor_waits_for_the_rest),
		TEST(test_cursor_names_damage),
		TEST(test_cursor_reads_on_after_zeros),
		TEST(test_cursor_names_a_tail),
		TEST(test_cursor_gives_a_writer_time),
		cmocka_unit_test(test_cursor_without_directory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
