/* Old segments go, told before they go, also where a crash comes in between; and a journal that was
 * cut by others is damaged as before. */
#include "journal_fixture.h"

#define OLDEST	"0000000000000001.seg"
#define EVENT_N 200

/* Events of that kind, and the fields of the last one. */
static unsigned int count_kind(const struct fixture *fixture, const char *kind, char *fields,
			       size_t size)
{
	struct journal_cursor *cursor = malloc(sizeof(*cursor));
	struct journal_record record;
	struct journal_span line;
	unsigned int count = 0;

	assert_non_null(cursor);
	journal_cursor_begin(cursor, fixture->dirfd, false);
	while (journal_cursor_next(cursor, &record, &line) == 1) {
		if (record.kind.length != strlen(kind) ||
		    memcmp(record.kind.bytes, kind, record.kind.length) != 0)
			continue;
		snprintf(fields, size, "%.*s", (int)record.fields.length, record.fields.bytes);
		count++;
	}
	journal_cursor_end(cursor);
	free(cursor);
	return count;
}

static unsigned int count_dropped(const struct fixture *fixture)
{
	char fields[512];

	return count_kind(fixture, "store.dropped", fields, sizeof(fields));
}

static size_t count_segments(const struct fixture *fixture)
{
	struct journal_segment *segments;
	size_t count;

	assert_int_equal(journal_segment_list(fixture->dirfd, &segments, &count, NULL), 0);
	free(segments);
	return count;
}

static void expect_missing(const struct fixture *fixture, uint64_t first, uint64_t last,
			   const char *file)
{
	char expected[128];

	snprintf(expected, sizeof(expected), "%s:1 missing %" PRIu64 "-%" PRIu64 "\n", file, first,
		 last);
	fixture_expect(fixture, expected, NULL);
}

static void the_oldest_goes_and_is_told(void **state)
{
	struct fixture *fixture = *state;
	struct journal_summary summary;
	struct journal_oldest oldest;
	char fields[512], expected[64];

	fixture_open(fixture);
	fixture_fill(fixture, 1, 3);
	assert_int_equal(journal_oldest(fixture->journal, &oldest), -ENOENT);
	fixture_fill(fixture, 4, EVENT_N);
	oldest = fixture_oldest(fixture);
	assert_int_equal(oldest.first, 1);
	assert_string_equal(oldest.host, FIXTURE_HOST);
	assert_int_equal(oldest.next_us, FIXTURE_TIME + oldest.last + 1);
	assert_int_equal(fixture_drop(fixture, &oldest, "verified"), 0);
	assert_false(fixture_has(fixture, OLDEST));
	assert_int_equal(count_kind(fixture, "store.dropped", fields, sizeof(fields)), 1);
	snprintf(expected, sizeof(expected), "\"first\":\"1\",\"hash\":\"");
	assert_non_null(strstr(fields, expected));
	snprintf(expected, sizeof(expected), "\"last\":\"%" PRIu64 "\",\"mark\":\"verified\"",
		 oldest.last);
	assert_non_null(strstr(fields, expected));
	fixture_expect(fixture, "", &summary);
	assert_int_equal(summary.dropped, oldest.last);
	/* The next one's range begins where this one ended, and its record alone counts then. */
	assert_int_equal(fixture_oldest(fixture).first, oldest.last + 1);
	while (journal_oldest(fixture->journal, &oldest) == 0)
		assert_int_equal(fixture_drop(fixture, &oldest, "verified"), 0);
	assert_int_equal(count_segments(fixture), 1);
	fixture_expect(fixture, "", &summary);
	assert_int_equal(summary.dropped, oldest.last);
}

/* It goes on after a restart, and the numbers with it. */
static void the_journal_goes_on(void **state)
{
	struct fixture *fixture = *state;
	struct journal_oldest oldest;
	struct journal_head before, after;

	fixture_open(fixture);
	fixture_fill(fixture, 1, EVENT_N);
	while (journal_oldest(fixture->journal, &oldest) == 0)
		assert_int_equal(fixture_drop(fixture, &oldest, "verified"), 0);
	journal_head(fixture->journal, &before);
	fixture_close(fixture);
	fixture_open(fixture);
	assert_false(fixture->recovery.broken || fixture->recovery.torn);
	journal_head(fixture->journal, &after);
	assert_memory_equal(&before, &after, sizeof(before));
	fixture_fill(fixture, 1, EVENT_N);
	fixture_expect(fixture, "", NULL);
}

/* Nobody told of it: missing, as ever, and no record is written that would hide it. */
static void what_others_take_is_missing(void **state)
{
	struct fixture *fixture = *state;
	struct journal_oldest first, second;

	fixture_open(fixture);
	fixture_fill(fixture, 1, 2 * EVENT_N);
	first = fixture_oldest(fixture);
	assert_int_equal(unlinkat(fixture->dirfd, OLDEST, 0), 0);
	second = fixture_oldest(fixture);
	expect_missing(fixture, 1, first.last, second.file);
	assert_int_equal(fixture_drop(fixture, &second, "verified"), -ENODATA);
	assert_true(fixture_has(fixture, second.file));
	assert_int_equal(count_dropped(fixture), 0);
	expect_missing(fixture, 1, first.last, second.file);
}

/* Also after one that was told: the rest is missing. */
static void what_others_take_later_is_missing(void **state)
{
	struct fixture *fixture = *state;
	struct journal_oldest first, second, third;

	fixture_open(fixture);
	fixture_fill(fixture, 1, 2 * EVENT_N);
	first = fixture_oldest(fixture);
	assert_int_equal(fixture_drop(fixture, &first, "verified"), 0);
	second = fixture_oldest(fixture);
	assert_int_equal(unlinkat(fixture->dirfd, second.file, 0), 0);
	third = fixture_oldest(fixture);
	expect_missing(fixture, second.first, second.last, third.file);
	fixture_close(fixture);
	fixture_open(fixture);
	assert_int_equal(fixture_drop(fixture, &third, "verified"), -ENODATA);
	expect_missing(fixture, second.first, second.last, third.file);
}

/* The record of the last drop stands far back: it is found. */
static void an_old_record_counts(void **state)
{
	struct fixture *fixture = *state;
	struct journal_oldest oldest;

	fixture_open(fixture);
	fixture_fill(fixture, 1, EVENT_N);
	oldest = fixture_oldest(fixture);
	assert_int_equal(fixture_drop(fixture, &oldest, "verified"), 0);
	fixture_fill(fixture, 1, 2 * EVENT_N);
	fixture_close(fixture);
	fixture_open(fixture);
	oldest = fixture_oldest(fixture);
	assert_int_equal(fixture_drop(fixture, &oldest, "verified"), 0);
	assert_int_equal(count_dropped(fixture), 2);
	fixture_expect(fixture, "", NULL);
}

/* A reader that had listed the files before they went is overtaken: what it finds gone is told of,
 * and where it is not that is a gap. */
static void what_goes_meanwhile_is_no_damage(void **state)
{
	struct fixture *fixture = *state;
	struct journal_oldest oldest;
	struct fixture_findings findings = {};
	struct journal_chain *chain = malloc(sizeof(*chain));
	struct journal_segment *segments;
	size_t count;

	assert_non_null(chain);
	fixture_open(fixture);
	fixture_fill(fixture, 1, 2 * EVENT_N);
	assert_int_equal(journal_segment_list(fixture->dirfd, &segments, &count, NULL), 0);
	assert_true(count > 4);
	journal_chain_begin(chain, fixture_note, &findings);
	for (size_t i = 0; i < count; i++) {
		int fd;

		if (i == 1)
			for (int n = 0; n < 3; n++) {
				oldest = fixture_oldest(fixture);
				assert_int_equal(fixture_drop(fixture, &oldest, "verified"), 0);
			}
		if (i == 1 || i == 2)
			continue;
		journal_chain_segment(chain, &segments[i], NULL);
		assert_int_equal(journal_segment_open(fixture->dirfd, &segments[i], false, &fd), 0);
		assert_int_equal(journal_lines_feed(fd, UINT64_MAX, chain), 0);
		close(fd);
	}
	journal_chain_end(chain);
	assert_string_equal(findings.text, "");
	free(segments);
	free(chain);
}

/* The record is on the disk and the file still there: a start later it goes, told once more. */
static void a_crash_before_the_file_goes(void **state)
{
	struct fixture *fixture = *state;
	struct journal_summary summary;
	struct journal_oldest oldest;
	size_t length;
	char *bytes;

	fixture_open(fixture);
	fixture_fill(fixture, 1, EVENT_N);
	oldest = fixture_oldest(fixture);
	fixture_read(fixture, OLDEST, &bytes, &length);
	assert_int_equal(fixture_drop(fixture, &oldest, "verified"), 0);
	fixture_close(fixture);
	for (unsigned int again = 0; again < 3; again++) {
		fixture_write_file(fixture, OLDEST, bytes, length);
		fixture_expect(fixture, "", &summary);
		assert_int_equal(summary.dropped, 0);
		fixture_open(fixture);
		oldest = fixture_oldest(fixture);
		assert_string_equal(oldest.file, OLDEST);
		assert_int_equal(fixture_drop(fixture, &oldest, "verified"), 0);
		assert_false(fixture_has(fixture, OLDEST));
		assert_int_equal(count_dropped(fixture), again + 2);
		fixture_expect(fixture, "", &summary);
		assert_int_equal(summary.dropped, oldest.last);
		fixture_close(fixture);
	}
	free(bytes);
}

/* Whatever the disk refuses while it is told: no file goes, and it works when it does. */
static void nothing_goes_untold(void **state)
{
	struct fixture *fixture = *state;
	struct fixture_task *const tasks[] = {&fixture->disk.write, &fixture->disk.flush};
	struct journal_oldest oldest;

	fixture_open(fixture);
	fixture_fill(fixture, 1, EVENT_N);
	oldest = fixture_oldest(fixture);
	for (size_t i = 0; i < 2; i++) {
		tasks[i]->fail = 1000;
		tasks[i]->error = -EIO;
		assert_int_equal(fixture_drop(fixture, &oldest, "verified"), -EIO);
		assert_true(fixture_has(fixture, OLDEST));
		tasks[i]->fail = 0;
		fixture_expect(fixture, "", NULL);
	}
	/* One failure: the record stands in the next segment. */
	fixture_fill(fixture, 1, 1);
	fixture->disk.flush.fail = 1;
	assert_int_equal(fixture_drop(fixture, &oldest, "verified"), 0);
	assert_false(fixture_has(fixture, OLDEST));
	assert_int_equal(count_dropped(fixture), 1);
	fixture_expect(fixture, "", NULL);
}

/* The record was in the page cache of a writer that was killed, and this disk can't flush it: the
 * file stays until it stands. */
static void an_inherited_record_is_flushed_first(void **state)
{
	struct fixture *fixture = *state;
	struct journal_oldest oldest;
	size_t length;
	char *bytes;

	fixture_open(fixture);
	fixture_fill(fixture, 1, EVENT_N);
	oldest = fixture_oldest(fixture);
	fixture_read(fixture, OLDEST, &bytes, &length);
	assert_int_equal(fixture_drop(fixture, &oldest, "verified"), 0);
	fixture_close(fixture);
	fixture_write_file(fixture, OLDEST, bytes, length);
	free(bytes);
	fixture->disk.flush.fail = 1000;
	fixture->disk.flush.error = -EIO;
	fixture_open(fixture);
	assert_int_equal(fixture_drop(fixture, &oldest, "verified"), -EIO);
	assert_true(fixture_has(fixture, OLDEST));
	fixture->disk.flush.fail = 0;
	assert_int_equal(fixture_drop(fixture, &oldest, "verified"), 0);
	assert_false(fixture_has(fixture, OLDEST));
	assert_int_equal(count_dropped(fixture), 2);
	fixture_expect(fixture, "", NULL);
}

/* Evidence stays: the segment, and all after it. */
static void damage_is_not_taken_away(void **state)
{
	struct fixture *fixture = *state;
	struct journal_oldest oldest;
	size_t length;
	char *bytes;

	fixture_open(fixture);
	fixture_fill(fixture, 1, EVENT_N);
	oldest = fixture_oldest(fixture);
	fixture_read(fixture, OLDEST, &bytes, &length);
	bytes[length / 2] ^= 1;
	fixture_write_file(fixture, OLDEST, bytes, length);
	assert_int_equal(fixture_drop(fixture, &oldest, "verified"), -EUCLEAN);
	bytes[length / 2] ^= 1;
	fixture_write_file(fixture, OLDEST, bytes, length - 300);
	assert_int_equal(fixture_drop(fixture, &oldest, "verified"), -EUCLEAN);
	fixture_write_file(fixture, OLDEST, bytes, length);
	free(bytes);
	assert_int_equal(count_dropped(fixture), 0);
	/* Another range than was looked at: the caller has to look again. */
	oldest.last++;
	assert_int_equal(fixture_drop(fixture, &oldest, "verified"), -ESTALE);
	assert_true(fixture_has(fixture, OLDEST));
}

/* After a disk error, with the segment that holds nothing that counts: one range. What was set
 * aside of a segment goes with it. */
static void the_files_of_a_range_go_together(void **state)
{
	struct fixture *fixture = *state;
	struct journal_oldest oldest;
	uint64_t sequence;

	fixture_open(fixture);
	fixture->disk.flush.fail = 1;
	fixture->disk.flush.error = -EIO;
	assert_int_equal(fixture_record(fixture, 1, &sequence), 0);
	fixture_fill(fixture, 2, EVENT_N);
	assert_true(fixture_has(fixture, OLDEST) && fixture_has(fixture, "0000000000000001-1.seg"));
	fixture_write_file(fixture, OLDEST ".torn", "half", 4);
	fixture_write_file(fixture, OLDEST ".torn-1", "half", 4);
	oldest = fixture_oldest(fixture);
	assert_int_equal(oldest.first, 1);
	assert_int_equal(fixture_drop(fixture, &oldest, "verified"), 0);
	assert_false(fixture_has(fixture, OLDEST) ||
		     fixture_has(fixture, "0000000000000001-1.seg"));
	assert_false(fixture_has(fixture, OLDEST ".torn") ||
		     fixture_has(fixture, OLDEST ".torn-1"));
	assert_int_equal(count_dropped(fixture), 1);
	fixture_expect(fixture, "", NULL);
}

/* Whoever may record can't make a gap look like one that was told. */
static void only_the_journal_tells_of_it(void **state)
{
	struct fixture *fixture = *state;
	struct record_request request;
	uint64_t sequence;

	fixture_open(fixture);
	fixture_request(1, &request);
	snprintf(request.kind, sizeof(request.kind), "store.dropped");
	assert_int_equal(journal_record(fixture->journal, &request, &sequence), -EBADMSG);
}

static void record_late(struct fixture *fixture, unsigned int number)
{
	struct record_request request;
	uint64_t sequence;

	fixture_request(number, &request);
	request.late = 1;
	assert_int_equal(journal_record(fixture->journal, &request, &sequence), 0);
}

/* A segment of events that were told late says nothing of the age of the one before, which may go
 * for other reasons; the next one does. */
static void late_events_hold_up_nothing(void **state)
{
	struct fixture *fixture = *state;
	struct journal_oldest oldest;

	fixture_open(fixture);
	fixture_fill(fixture, 1, 3);
	for (unsigned int i = 4; count_segments(fixture) < 3; i++)
		record_late(fixture, i);
	oldest = fixture_oldest(fixture);
	assert_int_equal(oldest.first, 1);
	assert_true(oldest.next_us == UINT64_MAX);
	fixture_fill(fixture, 1000, 1000);
	oldest = fixture_oldest(fixture);
	assert_int_equal(oldest.next_us, FIXTURE_TIME + 1000);
	assert_int_equal(fixture_drop(fixture, &oldest, "verified"), 0);
	fixture_expect(fixture, "", NULL);
}

/* Nor does one that could take no event. */
static void an_empty_segment_holds_up_nothing(void **state)
{
	struct fixture *fixture = *state;
	struct record_request request;
	struct journal_oldest oldest;
	uint64_t sequence;

	fixture_open(fixture);
	fixture_fill(fixture, 1, 3);
	fixture_request(4, &request);
	fixture->disk.write = (struct fixture_task){.fail = 1, .error = -EIO};
	fixture->disk.sync = (struct fixture_task){.fail = 1, .error = -EIO};
	assert_int_equal(journal_record(fixture->journal, &request, &sequence), -EIO);
	fixture_fill(fixture, 4, 6);
	assert_int_equal(count_segments(fixture), 3);
	oldest = fixture_oldest(fixture);
	assert_int_equal(oldest.last, 3);
	/* Of the journal itself. */
	assert_int_equal(oldest.next_us, FIXTURE_TIME);
	assert_int_equal(fixture_drop(fixture, &oldest, "verified"), 0);
	fixture_expect(fixture, "", NULL);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_oldest_goes_and_is_told),
		TEST(the_journal_goes_on),
		TEST(what_others_take_is_missing),
		TEST(a_crash_before_the_file_goes),
		TEST(nothing_goes_untold),
		TEST(an_inherited_record_is_flushed_first),
		TEST(damage_is_not_taken_away),
		TEST(the_files_of_a_range_go_together),
		TEST(only_the_journal_tells_of_it),
		TEST(what_goes_meanwhile_is_no_damage),
		TEST(what_others_take_later_is_missing),
		TEST(an_old_record_counts),
		TEST(late_events_hold_up_nothing),
		TEST(an_empty_segment_holds_up_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
