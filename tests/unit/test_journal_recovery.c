/* What the writer makes of what it finds: nothing is deleted, everything is told, once. L-03. */
#include "journal_fixture.h"

#include "journal_cursor.h"

#include <fcntl.h>
#include <sys/stat.h>

/* The newest record of @kind must be there; its fields as JSON text. */
static void find_event(const struct fixture *fixture, const char *kind, char *fields, size_t size)
{
	struct journal_cursor *cursor = malloc(sizeof(*cursor));
	struct journal_record record;
	struct journal_span line;
	enum event_kind number;
	bool found = false;
	int r;

	assert_non_null(cursor);
	assert_int_equal(event_kind_from_name(kind, &number), 0);
	journal_cursor_begin(cursor, fixture->dirfd, false);
	while ((r = journal_cursor_next(cursor, &record, &line)) != 0) {
		json_t *told;

		if (r < 0 || record.kind.length != strlen(kind) ||
		    memcmp(record.kind.bytes, kind, record.kind.length) != 0)
			continue;
		found = true;
		snprintf(fields, size, "%.*s", (int)record.fields.length, record.fields.bytes);
		told = json_loads(fields, 0, NULL);
		assert_non_null(told);
		assert_null(event_stray_field(number, told));
		json_decref(told);
	}
	journal_cursor_end(cursor);
	free(cursor);
	assert_true(found);
}

static void test_torn_write_is_set_aside(void **state)
{
	static const char piece[] = "0123456789abcdef {\"boot\"";
	struct fixture *fixture = *state;
	struct journal_summary summary;
	char *bytes, *torn, fields[512], expected[128];
	size_t length, used, torn_length;

	fixture_open(fixture);
	fixture_fill(fixture, 1, 7);
	fixture_close(fixture);
	fixture_read(fixture, "0000000000000001.seg", &bytes, &length);
	used = fixture_used(bytes, length);
	memcpy(bytes + used, piece, sizeof(piece) - 1);
	fixture_write_file(fixture, "0000000000000001.seg", bytes, length);
	fixture_expect(fixture, "0000000000000001.seg:9 torn 8-8\n", NULL);
	fixture_open(fixture);
	assert_true(fixture->recovery.torn);
	assert_false(fixture->recovery.broken);
	assert_int_equal(fixture->recovery.torn_bytes, sizeof(piece) - 1);
	assert_string_equal(fixture->recovery.file, "0000000000000001.seg");
	fixture_read(fixture, "0000000000000001.seg.torn", &torn, &torn_length);
	assert_int_equal(torn_length, sizeof(piece) - 1);
	assert_memory_equal(torn, piece, torn_length);
	fixture_fill(fixture, 8, 9);
	fixture_expect(fixture, "", &summary);
	assert_int_equal(summary.records, 10); /* with store.torn */
	assert_int_equal(summary.reasons[JOURNAL_REASON_TORN], 1);
	find_event(fixture, "store.torn", fields, sizeof(fields));
	snprintf(expected, sizeof(expected),
		 "{\"bytes\":\"24\",\"file\":\"0000000000000001.seg\",\"offset\":\"%zu\"}", used);
	assert_string_equal(fields, expected);
	free(bytes);
	free(torn);
	fixture_close(fixture);
	fixture_open(fixture);
	assert_false(fixture->recovery.torn || fixture->recovery.broken);
}

/* A power cut may lose one sector of what was never flushed and keep the next. The sector in which
 * the flushed lines end is one of them: it keeps these. */
static void lose_sectors(struct fixture *fixture, size_t begin, size_t end)
{
	struct record_request request;
	struct journal_summary summary;
	char *bytes;
	size_t length;
	uint64_t sequence;

	fixture_open(fixture);
	fixture_fill(fixture, 1, 3);
	fixture_read(fixture, "0000000000000001.seg", &bytes, &length);
	if (begin == 0)
		begin = fixture_used(bytes, length);
	free(bytes);
	assert_true(begin < end);
	for (unsigned int i = 4; i <= 12; i++) { /* one group: none knows the other flushed */
		fixture_request(i, &request);
		assert_int_equal(journal_append(fixture->journal, &request, &sequence), 0);
	}
	assert_int_equal(journal_commit(fixture->journal), 0);
	fixture_close(fixture);
	fixture_read(fixture, "0000000000000001.seg", &bytes, &length);
	memset(bytes + begin, 0, end - begin);
	fixture_write_file(fixture, "0000000000000001.seg", bytes, length);
	fixture_open(fixture);
	assert_true(fixture->recovery.torn);
	assert_false(fixture->recovery.broken);
	fixture_expect(fixture, "", &summary);
	assert_int_equal(summary.reasons[JOURNAL_REASON_TORN], 1);
	assert_int_equal(summary.reasons[JOURNAL_REASON_BREAK], 0);
	assert_true(summary.records >= 4 && summary.records < 13);
	free(bytes);
}

static void test_lost_sector(void **state)
{
	struct fixture *fixture = *state;

	lose_sectors(fixture, 2048, 3072);
}

static void test_lost_first_sector(void **state)
{
	struct fixture *fixture = *state;

	lose_sectors(fixture, 0, 2048);
}

/* The same hole below records that were written after a flush is no accident. */
static void test_wiped_sector_is_damage(void **state)
{
	struct fixture *fixture = *state;
	struct journal_summary summary;
	char *bytes, *after, fields[1024];
	size_t length, after_length;

	fixture_open(fixture);
	fixture_fill(fixture, 1, 12);
	fixture_close(fixture);
	fixture_read(fixture, "0000000000000001.seg", &bytes, &length);
	memset(bytes + 2048, 0, 1024);
	fixture_write_file(fixture, "0000000000000001.seg", bytes, length);
	fixture_open(fixture);
	assert_false(fixture->recovery.torn);
	assert_true(fixture->recovery.broken);
	fixture_expect(fixture,
		       "0000000000000001.seg:6 altered 5-5\n"
		       "0000000000000001.seg:7 missing 6-8\n",
		       &summary);
	assert_int_equal(summary.reasons[JOURNAL_REASON_BREAK], 1);
	find_event(fixture, "store.break", fields, sizeof(fields));
	assert_non_null(strstr(fields, "\"damage\":\"altered\""));
	assert_non_null(strstr(fields, "\"last_good\":\"4\""));
	/* The damaged file stays as it is, byte for byte. */
	fixture_read(fixture, "0000000000000001.seg", &after, &after_length);
	assert_int_equal(after_length, length);
	assert_memory_equal(after, bytes, length);
	free(bytes);
	free(after);
}

static void test_break_is_told_once(void **state)
{
	struct fixture *fixture = *state;
	struct journal_summary summary;
	char *bytes, fields[1024], digest[65], expected[128];
	uint8_t hash[JOURNAL_HASH_SIZE];
	size_t length;

	fixture_open(fixture);
	fixture_fill(fixture, 1, 9);
	fixture_close(fixture);
	fixture_read(fixture, "0000000000000001.seg", &bytes, &length);
	bytes[2000] ^= 1;
	fixture_write_file(fixture, "0000000000000001.seg", bytes, length);
	fixture_open(fixture);
	assert_true(fixture->recovery.broken);
	fixture_fill(fixture, 10, 12);
	fixture_close(fixture);
	journal_hash(bytes, length, hash);
	for (size_t i = 0; i < sizeof(hash); i++)
		snprintf(digest + 2 * i, 3, "%02x", hash[i]);
	find_event(fixture, "store.break", fields, sizeof(fields));
	snprintf(expected, sizeof(expected), "\"sha256\":\"%s\"", digest);
	assert_non_null(strstr(fields, expected));
	fixture_open(fixture);
	assert_false(fixture->recovery.broken || fixture->recovery.torn);
	fixture_fill(fixture, 13, 14);
	fixture_expect(fixture, "0000000000000001.seg:6 altered 5-5\n", &summary);
	assert_int_equal(summary.records, 8 + 1 + 5);
	assert_int_equal(summary.reasons[JOURNAL_REASON_BREAK], 1);
	assert_int_equal(summary.head.sequence, 15);
	free(bytes);
}

/* Whatever lies in the newest segment's place: it stays there, and the journal goes on. */
static void test_strange_newest(void **state)
{
	static const struct {
		const char *name, *text;
		size_t length;
		const char *expected;
	} rows[] = {
		{"garbage", "hello\nworld\n", 12,
		 "0000000000000004.seg:1 bad-header 4-4\n0000000000000004.seg:2 altered 4-4\n"},
		{"empty", "", 0, "0000000000000004.seg:1 bad-header 4-4\n"},
		{"zeros", "\0\0\0\0\0\0\0\0", 8, "0000000000000004.seg:1 bad-header 4-4\n"},
		{"directory", NULL, 0, "0000000000000004.seg:0 unreadable 4-4\n"},
	};
	struct fixture *fixture = *state;
	struct journal_head head;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		print_message("%s\n", rows[i].name);
		fixture_empty(fixture->dirfd);
		fixture_open(fixture);
		fixture_fill(fixture, 1, 3);
		fixture_close(fixture);
		if (rows[i].text)
			fixture_write_file(fixture, "0000000000000004.seg", rows[i].text,
					   rows[i].length);
		else
			assert_int_equal(mkdirat(fixture->dirfd, "0000000000000004.seg", 0700), 0);
		fixture_open(fixture);
		assert_true(fixture->recovery.broken);
		fixture_fill(fixture, 4, 6);
		journal_head(fixture->journal, &head);
		/* What could not be read may have held many: none of their numbers comes again. */
		assert_in_range(head.sequence, rows[i].text ? 7 : 65536, rows[i].text ? 10 : 65550);
		fixture_close(fixture);
		fixture_expect(fixture, rows[i].expected, NULL);
		fixture_open(fixture);
		assert_false(fixture->recovery.broken);
		fixture_close(fixture);
		assert_int_equal(fixture_count(fixture, NULL), 7); /* with store.break */
	}
}

/* All that is left is a segment of high numbers whose header is damaged: they are not given again.
 */
static void test_numbers_never_go_back(void **state)
{
	struct fixture *fixture = *state;
	struct journal_head before, after;
	char name[JOURNAL_NAME_SIZE], *bytes;
	struct journal_segment *segments;
	size_t count, length;

	fixture_open(fixture);
	fixture_fill(fixture, 1, 3);
	fixture_close(fixture);
	assert_int_equal(mkdirat(fixture->dirfd, "0000000000000004.seg", 0700), 0);
	fixture_open(fixture); /* can't be read: numbers jump */
	fixture_fill(fixture, 4, 6);
	journal_head(fixture->journal, &before);
	fixture_close(fixture);
	assert_true(before.sequence > 65537);
	assert_int_equal(unlinkat(fixture->dirfd, "0000000000000001.seg", 0), 0);
	assert_int_equal(unlinkat(fixture->dirfd, "0000000000000004.seg", AT_REMOVEDIR), 0);
	assert_int_equal(journal_segment_list(fixture->dirfd, &segments, &count, NULL), 0);
	assert_int_equal(count, 1);
	journal_segment_name(&segments[0], name);
	free(segments);
	fixture_read(fixture, name, &bytes, &length);
	bytes[0] ^= 1;
	fixture_write_file(fixture, name, bytes, length);
	free(bytes);
	fixture_open(fixture);
	assert_true(fixture->recovery.broken);
	journal_head(fixture->journal, &after);
	assert_true(after.sequence > before.sequence);
}

static void test_all_segments_gone(void **state)
{
	struct fixture *fixture = *state;
	char fields[1024];

	fixture_open(fixture);
	fixture_fill(fixture, 1, 3);
	fixture_close(fixture);
	assert_int_equal(unlinkat(fixture->dirfd, "0000000000000001.seg", 0), 0);
	fixture_open(fixture);
	assert_false(fixture->recovery.fresh);
	assert_true(fixture->recovery.broken);
	find_event(fixture, "store.break", fields, sizeof(fields));
	assert_non_null(strstr(fields, "\"damage\":\"missing\""));
}

static void test_newest_does_not_follow(void **state)
{
	struct fixture *fixture = *state;
	struct journal_segment *segments;
	char name[JOURNAL_NAME_SIZE], fields[1024];
	size_t count;

	fixture_open(fixture);
	fixture_fill(fixture, 1, 200);
	fixture_close(fixture);
	assert_int_equal(journal_segment_list(fixture->dirfd, &segments, &count, NULL), 0);
	assert_true(count >= 3);
	journal_segment_name(&segments[count - 2], name);
	assert_int_equal(unlinkat(fixture->dirfd, name, 0), 0);
	free(segments);
	fixture_open(fixture);
	assert_true(fixture->recovery.broken);
	find_event(fixture, "store.break", fields, sizeof(fields));
	assert_non_null(strstr(fields, "\"damage\":\"missing\""));
	fixture_close(fixture);
	fixture_open(fixture);
	assert_false(fixture->recovery.broken);
}

static void test_another_machines_journal(void **state)
{
	struct fixture *fixture = *state;
	struct journal_summary summary;
	char fields[1024];

	fixture_open(fixture);
	fixture_fill(fixture, 1, 3);
	fixture_close(fixture);
	fixture->options.host = FIXTURE_BOOT;
	fixture_open(fixture);
	assert_true(fixture->recovery.broken);
	find_event(fixture, "store.break", fields, sizeof(fields));
	assert_non_null(strstr(fields, "\"damage\":\"host\""));
	fixture_fill(fixture, 4, 5);
	fixture_expect(fixture, "", &summary);
	assert_int_equal(summary.records, 6);
	assert_int_equal(summary.reasons[JOURNAL_REASON_BREAK], 1);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, fixture_setup, fixture_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_torn_write_is_set_aside), TEST(test_lost_sector),
		TEST(test_lost_first_sector),	    TEST(test_wiped_sector_is_damage),
		TEST(test_break_is_told_once),	    TEST(test_strange_newest),
		TEST(test_all_segments_gone),	    TEST(test_numbers_never_go_back),
		TEST(test_newest_does_not_follow),  TEST(test_another_machines_journal),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
