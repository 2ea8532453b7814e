/* The forwarder sends nothing before it is on our own disk, and asks the disk no more often than it
 * has to. L-01. */
#include "source_fixture.h"

#include <sys/stat.h>

/* What was read with an event is on the disk with it: the next ones need no flush of their own. */
static void one_flush_is_for_all_that_was_read(void **state)
{
	static const struct acknowledged nothing;
	struct fixture *fixture = *state;
	struct reader *reader = reader_new(fixture);
	struct source *source = &reader->source;
	uint64_t flushed;

	fixture_open(fixture);
	seek_is(reader, &nothing, true, 0);
	fixture_fill(fixture, 1, 20);
	assert_int_equal(next(reader), 1);
	assert_int_equal(source_flush(source), 0);
	flushed = source->flushed;
	for (uint64_t i = 2; i <= 20; i++) {
		assert_int_equal(next(reader), i);
		source->durable = i - 1;
		assert_int_equal(source_flush(source), 0);
		assert_int_equal(source->durable, i);
		assert_int_equal(source->flushed, flushed);
	}
	assert_int_equal(next(reader), 0);
	/* That was not there then. */
	fixture_fill(fixture, 21, 21);
	assert_int_equal(next(reader), 21);
	assert_int_equal(source_flush(source), 0);
	assert_int_not_equal(source->flushed, flushed);
	reader_free(reader);
}

static int cut_off(const struct fixture *fixture, uint64_t end)
{
	int fd = openat(fixture->dirfd, "0000000000000001.seg", O_WRONLY | O_CLOEXEC);
	int r = fd < 0 ? -1 : ftruncate(fd, (off_t)end);

	if (fd >= 0)
		close(fd);
	return r;
}

/* Its writer took it back: it is not sent, whatever a flush says. */
static void what_was_cut_off_is_not_sent(void **state)
{
	static const struct acknowledged nothing;
	struct fixture *fixture = *state;
	struct reader *reader = reader_new(fixture);
	struct source *source = &reader->source;

	fixture_open(fixture);
	seek_is(reader, &nothing, true, 0);
	fixture_fill(fixture, 1, 10);
	for (uint64_t i = 1; i <= 10; i++)
		assert_int_equal(next(reader), i);
	assert_int_equal(cut_off(fixture, source->end - 1), 0);
	assert_int_equal(source_flush(source), -ESTALE);
	seek_is(reader, &nothing, true, 1);
	assert_int_equal(source_flush(source), 0);
	reader_free(reader);
}

static ino_t inode_of(int fd)
{
	struct stat status;

	assert_int_equal(fstat(fd, &status), 0);
	return status.st_ino;
}

/* The next segment is begun, and the last event of the one before is not known to be on the disk.
 */
static void the_right_file_is_flushed(void **state)
{
	static const struct acknowledged nothing;
	struct fixture *fixture = *state;
	struct reader *reader = reader_new(fixture);
	struct source *source = &reader->source;
	int fd;

	fixture_open(fixture);
	seek_is(reader, &nothing, true, 0);
	fixture_fill(fixture, 1, 10);
	for (uint64_t i = 1; i <= 10; i++)
		assert_int_equal(next(reader), i);
	fd = openat(fixture->dirfd, "0000000000000011.seg", O_WRONLY | O_CREAT | O_EXCL, 0600);
	assert_true(fd >= 0);
	assert_int_equal(next(reader), 0);
	assert_int_equal(inode_of(source->cursor.fd), inode_of(fd));
	assert_int_not_equal(inode_of(source->fd), inode_of(fd));
	assert_true(source->durable < 10);
	assert_int_equal(source_flush(source), 0);
	assert_int_equal(source->durable, 10);
	close(fd);
	reader_free(reader);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, fixture_setup, fixture_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(one_flush_is_for_all_that_was_read),
		TEST(the_right_file_is_flushed),
		TEST(what_was_cut_off_is_not_sent),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
