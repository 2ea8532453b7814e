/* A disk that fails or is full: nothing acknowledged is lost, nothing lost is acknowledged. */
#include "journal_fixture.h"

#include <sys/stat.h>

static unsigned int count_kind(const struct fixture *fixture, const char *kind)
{
	struct journal_segment *segments;
	char pattern[64], name[JOURNAL_NAME_SIZE];
	unsigned int found = 0;
	size_t count;

	snprintf(pattern, sizeof(pattern), "\"kind\":\"%s\"", kind);
	assert_int_equal(journal_segment_list(fixture->dirfd, &segments, &count, NULL), 0);
	for (size_t i = 0; i < count; i++) {
		char *bytes, *at;
		size_t length;

		journal_segment_name(&segments[i], name);
		fixture_read(fixture, name, &bytes, &length);
		for (at = bytes; (at = strstr(at, pattern)); at++)
			found++;
		free(bytes);
	}
	free(segments);
	return found;
}

/* One failing flush: the group stands in a new segment, and the same call says 0. */
static void test_flush_fails_once(void **state)
{
	struct fixture *fixture = *state;
	struct record_request request;
	struct journal_summary summary;
	struct journal_head head;
	uint64_t sequence;

	fixture_open(fixture);
	fixture_fill(fixture, 1, 4);
	for (unsigned int i = 5; i <= 7; i++) {
		fixture_request(i, &request);
		assert_int_equal(journal_append(fixture->journal, &request, &sequence), 0);
		assert_int_equal(sequence, i);
	}
	fixture->disk.flush.fail = 1;
	fixture->disk.flush.error = -EIO;
	assert_int_equal(journal_commit(fixture->journal), 0);
	journal_head(fixture->journal, &head);
	assert_int_equal(head.sequence, 8); /* with store.fault */
	fixture_fill(fixture, 9, 10);
	fixture_expect(fixture, "", &summary);
	assert_int_equal(summary.records, 10);
	assert_int_equal(summary.superseded, 3);
	assert_int_equal(summary.segments, 2);
	assert_int_equal(summary.reasons[JOURNAL_REASON_FAULT], 1);
	assert_int_equal(count_kind(fixture, "store.fault"), 1);
	fixture_close(fixture);
	fixture_open(fixture);
	assert_false(fixture->recovery.broken || fixture->recovery.torn);
	fixture_fill(fixture, 11, 11);
	fixture_expect(fixture, "", NULL);
}

/* The write itself fails, and half of it may be there: the old segment ends at what was durable. */
static void test_write_fails_once(void **state)
{
	struct fixture *fixture = *state;
	struct journal_summary summary;
	uint64_t sequence;
	char *bytes;
	size_t length, used;

	fixture_open(fixture);
	fixture_fill(fixture, 1, 4);
	fixture->disk.write.fail = 1;
	fixture->disk.write.error = -EIO;
	assert_int_equal(fixture_record(fixture, 5, &sequence), 0);
	assert_int_equal(sequence, 5);
	fixture_read(fixture, "0000000000000001.seg", &bytes, &length);
	used = fixture_used(bytes, length);
	memcpy(bytes + used, "half of a li", 12);
	fixture_write_file(fixture, "0000000000000001.seg", bytes, length);
	free(bytes);
	fixture_expect(fixture, "", &summary);
	assert_int_equal(summary.records, 6);
}

/* Nothing can be written: refused, forgotten, and told when the disk is back. */
static void test_flush_keeps_failing(void **state)
{
	struct fixture *fixture = *state;
	struct journal_summary summary;
	struct journal_head before, after;
	uint64_t sequence = 77;

	fixture_open(fixture);
	fixture_fill(fixture, 1, 4);
	journal_head(fixture->journal, &before);
	fixture->disk.flush.fail = 1000;
	fixture->disk.flush.error = -EIO;
	for (unsigned int i = 0; i < 5; i++) {
		assert_int_equal(fixture_record(fixture, 5, &sequence), -EIO);
		assert_int_equal(sequence, 77);
	}
	journal_head(fixture->journal, &after);
	assert_memory_equal(&before, &after, sizeof(before));
	/* Number 5 is given again: nobody may have read it meanwhile. */
	assert_int_equal(fixture_count(fixture, NULL), 4);
	fixture->disk.flush.fail = 0;
	assert_int_equal(fixture_record(fixture, 5, &sequence), 0);
	assert_int_equal(sequence, 6); /* after one store.fault */
	fixture_expect(fixture, "", &summary);
	assert_int_equal(summary.records, 6);
	assert_int_equal(count_kind(fixture, "store.fault"), 1);
	fixture_close(fixture);
	fixture_open(fixture);
	assert_false(fixture->recovery.broken);
	fixture_expect(fixture, "", NULL);
}

/* A life whose last three events, 5 to 7, are one group. */
static void end_with_a_group(struct fixture *fixture)
{
	struct record_request request;
	uint64_t sequence;

	fixture_open(fixture);
	fixture_fill(fixture, 1, 4);
	for (unsigned int i = 5; i <= 7; i++) {
		fixture_request(i, &request);
		assert_int_equal(journal_append(fixture->journal, &request, &sequence), 0);
	}
	assert_int_equal(journal_commit(fixture->journal), 0);
	fixture_close(fixture);
}

/* What an earlier life left in the page cache can't be flushed: it is written again, at once or
 * when the disk is back, and no number changes. */
static void fail_at_start(struct fixture *fixture, struct fixture_task *task)
{
	for (unsigned int failures = 1; failures <= 1000; failures += 999) {
		struct journal_summary summary;
		struct journal_head head;
		uint64_t sequence;

		fixture_empty(fixture->dirfd);
		end_with_a_group(fixture);
		task->fail = failures;
		task->error = -EIO;
		fixture_open(fixture);
		if (failures > 1)
			for (unsigned int i = 0; i < 5; i++)
				assert_int_equal(fixture_record(fixture, 8, &sequence), -EIO);
		task->fail = 0;
		assert_int_equal(fixture_record(fixture, 8, &sequence), 0);
		assert_int_equal(sequence, 9); /* with store.fault */
		journal_head(fixture->journal, &head);
		assert_int_equal(head.sequence, 9);
		fixture_expect(fixture, "", &summary);
		assert_int_equal(summary.records, 9);
		assert_int_equal(summary.superseded, 3);
		assert_int_equal(summary.reasons[JOURNAL_REASON_FULL], 0);
		assert_int_equal(count_kind(fixture, "store.fault"), 1);
		fixture_close(fixture);
	}
}

static void test_flush_fails_at_start(void **state)
{
	struct fixture *fixture = *state;

	fail_at_start(fixture, &fixture->disk.flush);
	fail_at_start(fixture, &fixture->disk.write);
	fail_at_start(fixture, &fixture->disk.sync);
}

/* Killed between the rename and the directory's fsync: after a power cut the segment would be
 * segment.new again, which is deleted. So nothing is told to be durable before that is made up for.
 */
static void test_name_is_not_durable_at_start(void **state)
{
	struct fixture *fixture = *state;
	struct record_request request;
	struct journal_head durable;
	uint64_t sequence;

	fixture_open(fixture);
	fixture_close(fixture);
	fixture->disk.sync = (struct fixture_task){.fail = UINT32_MAX, .error = -EIO};
	fixture_open(fixture);
	assert_true(fixture->disk.sync.count > 0);
	fixture_request(1, &request);
	assert_int_equal(journal_record(fixture->journal, &request, &sequence), -EIO);
	journal_head(fixture->journal, &durable);
	assert_int_equal(durable.sequence, 0);
	fixture->disk.sync.fail = 0;
	assert_int_equal(journal_record(fixture->journal, &request, &sequence), 0);
	fixture_expect(fixture, "", NULL);
	fixture_close(fixture);
	/* Also where all is well. */
	fixture->disk.sync.count = 0;
	fixture_open(fixture);
	assert_int_equal(fixture->disk.sync.count, 1);
}

/* A disk beside the page cache: what of the segment @inode is on it. */
struct platter {
	struct fixture_disk disk;
	ino_t inode;
	char *bytes;
	size_t length;
};

static int platter_write(void *user, int fd, const void *bytes, size_t length, uint64_t offset)
{
	struct platter *platter = user;
	struct stat status;

	assert_int_equal(fstat(fd, &status), 0);
	if (status.st_ino == platter->inode) {
		assert_true(offset + length <= platter->length);
		memcpy(platter->bytes + offset, bytes, length);
	}
	return fixture_write(&platter->disk, fd, bytes, length, offset);
}

/* An earlier life was told that its last group could not be written, and was killed before it did
 * anything about it. The kernel tells that once: to the next life the pages are clean, and a flush
 * of theirs succeeds. What it takes for durable it has to write again. */
static void test_flush_failed_before_the_start(void **state)
{
	static const char name[] = "0000000000000001.seg";
	struct fixture *fixture = *state;
	struct platter platter = {};
	struct stat status;
	char *lost, *bytes;
	size_t length;

	end_with_a_group(fixture);
	fixture_read(fixture, name, &platter.bytes, &platter.length);
	lost = strstr(platter.bytes, "event-5");
	assert_non_null(lost);
	while (lost[-1] != '\n')
		lost--;
	memset(lost, 0, platter.length - (size_t)(lost - platter.bytes));
	assert_int_equal(fstatat(fixture->dirfd, name, &status, 0), 0);
	platter.inode = status.st_ino;
	fixture->io.write = platter_write;
	fixture->io.user = &platter;
	fixture_open(fixture);
	fixture_fill(fixture, 8, 8);
	fixture_read(fixture, name, &bytes, &length);
	assert_int_equal(length, platter.length);
	assert_memory_equal(bytes, platter.bytes, length);
	fixture_expect(fixture, "", NULL);
	fixture_close(fixture);
	free(bytes);
	free(platter.bytes);
}

/* A run in which the @failing-th request of @task, and up to two after it, fail: 0 or refused, and
 * the journal stays whole. */
static void run_with_failure(struct fixture *fixture, struct fixture_task *task, int error,
			     unsigned int failing)
{
	struct journal_summary summary;
	uint64_t acknowledged = 0, last = 0, sequence;

	fixture_empty(fixture->dirfd);
	fixture->disk = (struct fixture_disk){};
	task->error = error;
	if (failing <= 3)
		task->fail = failing;
	fixture_open(fixture);
	for (unsigned int i = 1; i <= 120; i++) {
		if (task->count + 1 == failing)
			task->fail = failing % 3 + 1;
		if (fixture_record(fixture, i, &sequence) == 0) {
			assert_true(sequence > last);
			last = sequence;
			acknowledged++;
		}
	}
	fixture_close(fixture);
	fixture_expect(fixture, "", &summary);
	assert_true(acknowledged >= 117);
	assert_true(summary.records >= acknowledged);
	assert_int_equal(summary.records, summary.head.sequence);
	fixture_open(fixture);
	assert_false(fixture->recovery.broken || fixture->recovery.torn);
	fixture_close(fixture);
}

static void test_every_request_in_turn(void **state)
{
	struct fixture *fixture = *state;
	struct fixture_disk *disk = &fixture->disk;
	const struct {
		const char *name;
		struct fixture_task *task;
		int error;
	} rows[] = {
		{"flush", &disk->flush, -EIO},	     {"write", &disk->write, -EIO},
		{"write", &disk->write, -ENOSPC},    {"sync", &disk->sync, -EIO},
		{"allocate", &disk->allocate, -EIO}, {"allocate", &disk->allocate, -ENOSPC},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		print_message("%s\n", rows[i].name);
		for (unsigned int failing = 1; failing <= 40; failing++)
			run_with_failure(fixture, rows[i].task, rows[i].error, failing);
	}
}

/* No room for a segment: the reserve takes over and says so; then refusal; then all goes on. */
static void test_full_disk(void **state)
{
	struct fixture *fixture = *state;
	struct journal_summary summary;
	uint64_t sequence, last = 0;
	unsigned int accepted = 0;
	int r = 0;

	fixture_open(fixture);
	assert_int_equal(faccessat(fixture->dirfd, "reserve", F_OK, 0), 0);
	fixture->disk.allocate.fail = UINT32_MAX;
	fixture->disk.allocate.error = -ENOSPC;
	while (r == 0 && accepted < 1000) {
		r = fixture_record(fixture, accepted + 1, &sequence);
		if (r == 0) {
			last = sequence;
			accepted++;
		}
	}
	assert_int_equal(r, -ENOSPC);
	/* The active segment and the reserve, each of some 56 lines. */
	assert_in_range(accepted, 90, 130);
	assert_int_equal(faccessat(fixture->dirfd, "reserve", F_OK, 0), -1);
	fixture_expect(fixture, "", &summary);
	assert_int_equal(summary.records, accepted + 1);
	assert_int_equal(summary.head.sequence, last);
	assert_int_equal(count_kind(fixture, "store.fault"), 1);
	assert_int_equal(fixture_record(fixture, 1, &sequence), -ENOSPC);
	fixture->disk.allocate.fail = 0;
	fixture_fill(fixture, accepted + 1, accepted + 5);
	assert_int_equal(faccessat(fixture->dirfd, "reserve", F_OK, 0), 0);
	fixture_expect(fixture, "", &summary);
	assert_int_equal(summary.records, accepted + 6);
}

/* While it says that it is full it is not tried, but now and then; with room, at once. */
static void test_full_disk_is_asked(void **state)
{
	struct fixture *fixture = *state;
	struct fixture_disk *disk = &fixture->disk;
	unsigned int tried;
	uint64_t sequence;

	fixture_open(fixture);
	disk->allocate.fail = UINT32_MAX;
	disk->allocate.error = -ENOSPC;
	disk->taken = FIXTURE_DISK - FIXTURE_SEGMENT + 1;
	for (unsigned int i = 1; fixture_record(fixture, i, &sequence) == 0; i++)
		assert_in_range(i, 1, 1000);
	tried = disk->allocate.count;
	for (unsigned int i = 0; i < 20; i++)
		assert_int_equal(fixture_record(fixture, 1, &sequence), -ENOSPC);
	assert_int_equal(disk->allocate.count, tried);
	/* It has room, it says, and has not: it is tried each time. */
	disk->taken--;
	for (unsigned int i = 0; i < 3; i++)
		assert_int_equal(fixture_record(fixture, 1, &sequence), -ENOSPC);
	assert_int_equal(disk->allocate.count, tried + 3);
	/* It has room and does not say so: it is tried now and then. */
	disk->taken = FIXTURE_DISK;
	disk->allocate.fail = 0;
	assert_int_equal(fixture_record(fixture, 1, &sequence), -ENOSPC);
	disk->monotonic += 10000000;
	assert_int_equal(fixture_record(fixture, 1, &sequence), 0);
	assert_true(disk->allocate.count > tried + 3);
	fixture_expect(fixture, "", NULL);
}

/* Starting with a full disk: opens, refuses, and keeps what it has to tell until it can. */
static void test_start_on_full_disk(void **state)
{
	struct fixture *fixture = *state;
	struct journal_summary summary;
	uint64_t sequence;
	char *bytes;
	size_t length;

	fixture_open(fixture);
	fixture_fill(fixture, 1, 5);
	fixture_close(fixture);
	assert_int_equal(unlinkat(fixture->dirfd, "reserve", 0), 0);
	fixture_read(fixture, "0000000000000001.seg", &bytes, &length);
	bytes[1000] ^= 4;
	fixture_write_file(fixture, "0000000000000001.seg", bytes, length);
	free(bytes);
	fixture->disk.allocate.fail = UINT32_MAX;
	fixture->disk.allocate.error = -ENOSPC;
	fixture_open(fixture);
	assert_true(fixture->recovery.broken);
	assert_true(fixture->recovery.reserve_missing);
	assert_int_equal(fixture_record(fixture, 6, &sequence), -ENOSPC);
	fixture->disk.allocate.fail = 0;
	assert_int_equal(fixture_record(fixture, 6, &sequence), 0);
	assert_int_equal(count_kind(fixture, "store.break"), 1);
	fixture_expect(fixture, "0000000000000001.seg:4 altered 3-3\n", &summary);
	assert_int_equal(summary.reasons[JOURNAL_REASON_BREAK], 1);
}

/* There was room for the reserve alone: it is used at once. */
static void test_start_on_nearly_full_disk(void **state)
{
	struct fixture *fixture = *state;
	uint64_t sequence;

	fixture->disk.taken = FIXTURE_DISK;
	fixture->disk.allocate.fail = 1;
	fixture->disk.allocate.error = -ENOSPC;
	fixture_open(fixture);
	assert_false(fixture->recovery.reserve_missing);
	fixture->disk.allocate.fail = 1;
	assert_int_equal(fixture_record(fixture, 1, &sequence), 0);
	assert_int_equal(faccessat(fixture->dirfd, "reserve", F_OK, 0), -1);
	fixture_expect(fixture, "", NULL);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, fixture_setup, fixture_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_flush_fails_once),
		TEST(test_write_fails_once),
		TEST(test_flush_keeps_failing),
		TEST(test_flush_fails_at_start),
		TEST(test_flush_failed_before_the_start),
		TEST(test_name_is_not_durable_at_start),
		TEST(test_every_request_in_turn),
		TEST(test_full_disk),
		TEST(test_full_disk_is_asked),
		TEST(test_start_on_full_disk),
		TEST(test_start_on_nearly_full_disk),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
