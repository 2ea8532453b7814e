/* L-03: alteration, deletion, truncation and reordering: the verifier names the record. */
#include "journal_fixture.h"

#include "number.h"

#include <sys/stat.h>

#define FIRST "0000000000000001.seg"

/* Lines of a segment, to be shuffled; line 0 is the header. */
struct lines {
	char *bytes;
	char *line[200];
	size_t count;
};

static void take_lines(const struct fixture *fixture, const char *name, struct lines *lines)
{
	size_t length;
	char *at;

	fixture_read(fixture, name, &lines->bytes, &length);
	lines->bytes[fixture_used(lines->bytes, length)] = '\0';
	lines->count = 0;
	for (char *line = strtok_r(lines->bytes, "\n", &at); line; line = strtok_r(NULL, "\n", &at))
		lines->line[lines->count++] = line;
}

static void put_lines(const struct fixture *fixture, const char *name, struct lines *lines)
{
	FILE *file;
	char path[128];

	snprintf(path, sizeof(path), "%s/%s", fixture->path, name);
	file = fopen(path, "we");
	assert_non_null(file);
	for (size_t i = 0; i < lines->count; i++)
		fprintf(file, "%s\n", lines->line[i]);
	assert_int_equal(fclose(file), 0);
	free(lines->bytes);
}

static void drop_line(struct lines *lines, size_t index)
{
	memmove(&lines->line[index], &lines->line[index + 1],
		(lines->count - index - 1) * sizeof(lines->line[0]));
	lines->count--;
}

static void insert_line(struct lines *lines, size_t index, char *line)
{
	memmove(&lines->line[index + 1], &lines->line[index],
		(lines->count - index) * sizeof(lines->line[0]));
	lines->line[index] = line;
	lines->count++;
}

/* What somebody does to line @index and on; line i holds record i. */
static void delete_one(struct lines *lines)
{
	drop_line(lines, 10);
}

static void delete_three(struct lines *lines)
{
	for (int i = 0; i < 3; i++)
		drop_line(lines, 10);
}

static void delete_two_places(struct lines *lines)
{
	drop_line(lines, 20);
	drop_line(lines, 10);
}

static void delete_tail(struct lines *lines)
{
	lines->count = 30;
}

static void swap_neighbours(struct lines *lines)
{
	char *line = lines->line[10];

	lines->line[10] = lines->line[11];
	lines->line[11] = line;
}

static void move_far(struct lines *lines)
{
	char *line = lines->line[10];

	drop_line(lines, 10);
	insert_line(lines, 25, line);
}

static void move_back(struct lines *lines)
{
	char *line = lines->line[25];

	drop_line(lines, 25);
	insert_line(lines, 10, line);
}

static void repeat(struct lines *lines)
{
	insert_line(lines, 16, lines->line[10]);
}

static void insert_garbage(struct lines *lines)
{
	static char garbage[] = "Nov 23 12:00:00 host su: pam_unix: session opened";

	insert_line(lines, 10, garbage);
}

/* The clever one writes another user and a new hash for the line. */
static void rewrite_one(struct lines *lines)
{
	char *line = lines->line[10];
	uint8_t hash[JOURNAL_HASH_SIZE];
	char digits[2 * JOURNAL_HASH_SIZE + 1];
	char *user = strstr(line, "JIRO");

	assert_non_null(user);
	memcpy(user, "TARO", 4);
	journal_hash(line + 65, strlen(line + 65), hash);
	hex_format(hash, sizeof(hash), digits);
	memcpy(line, digits, 64);
}

static void change_hash_only(struct lines *lines)
{
	lines->line[10][5] = lines->line[10][5] == '0' ? '1' : '0';
}

static void drop_header(struct lines *lines)
{
	drop_line(lines, 0);
}

static void test_within_a_segment(void **state)
{
	static const struct {
		const char *name;
		void (*act)(struct lines *lines);
		const char *expected;
		unsigned int records;
	} rows[] = {
		{"delete one", delete_one, FIRST ":11 missing 10-10\n", 39},
		{"delete three", delete_three, FIRST ":11 missing 10-12\n", 37},
		{"delete in two places", delete_two_places,
		 FIRST ":11 missing 10-10\n" FIRST ":20 missing 20-20\n", 38},
		{"swap neighbours", swap_neighbours, FIRST ":12 reordered 10-10\n", 39},
		{"move far", move_far, FIRST ":26 reordered 10-10\n", 39},
		{"move back", move_back,
		 /* 25 stands before 10: the ones in between come late */
		 FIRST ":12 reordered 10-10\n" FIRST ":13 reordered 11-11\n" FIRST
		       ":14 reordered 12-12\n" FIRST ":15 reordered 13-13\n" FIRST
		       ":16 reordered 14-14\n" FIRST ":17 reordered 15-15\n" FIRST
		       ":18 reordered 16-16\n" FIRST ":19 reordered 17-17\n" FIRST
		       ":20 reordered 18-18\n" FIRST ":21 reordered 19-19\n" FIRST
		       ":22 reordered 20-20\n" FIRST ":23 reordered 21-21\n" FIRST
		       ":24 reordered 22-22\n" FIRST ":25 reordered 23-23\n" FIRST
		       ":26 reordered 24-24\n",
		 25},
		{"repeat", repeat, FIRST ":17 duplicate 10-10\n", 40},
		{"insert garbage", insert_garbage, FIRST ":11 altered 10-10\n", 40},
		{"rewrite with a new hash", rewrite_one, FIRST ":12 unlinked 11-11\n", 40},
		{"another hash", change_hash_only, FIRST ":11 altered 10-10\n", 39},
		{"no header", drop_header, FIRST ":1 bad-header 1-1\n", 40},
		{"cut tail", delete_tail, "", 29}, /* seen by an anchor outside only */
	};
	struct fixture *fixture = *state;
	struct journal_summary summary;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct lines lines;

		print_message("%s\n", rows[i].name);
		fixture_empty(fixture->dirfd);
		fixture_open(fixture);
		fixture_fill(fixture, 1, 40);
		fixture_close(fixture);
		take_lines(fixture, FIRST, &lines);
		rows[i].act(&lines);
		put_lines(fixture, FIRST, &lines);
		fixture_expect(fixture, rows[i].expected, &summary);
		assert_int_equal(summary.records, rows[i].records);
	}
}

/* A journal of at least five segments; names in order. */
static void many_segments(struct fixture *fixture, char names[5][JOURNAL_NAME_SIZE],
			  struct journal_segment *segments)
{
	struct journal_segment *list;
	size_t count;

	fixture_empty(fixture->dirfd);
	fixture->disk = (struct fixture_disk){}; /* the same clock, so the same sizes */
	fixture_open(fixture);
	fixture_fill(fixture, 1, 330);
	fixture_close(fixture);
	assert_int_equal(journal_segment_list(fixture->dirfd, &list, &count, NULL), 0);
	assert_true(count >= 5);
	for (size_t i = 0; i < 5; i++) {
		segments[i] = list[i];
		journal_segment_name(&list[i], names[i]);
	}
	free(list);
	fixture_expect(fixture, "", NULL);
}

static void test_missing_segments(void **state)
{
	struct fixture *fixture = *state;
	struct journal_segment segments[5];
	char names[5][JOURNAL_NAME_SIZE], expected[256];

	many_segments(fixture, names, segments);
	assert_int_equal(unlinkat(fixture->dirfd, names[2], 0), 0);
	snprintf(expected, sizeof(expected), "%s:1 missing %" PRIu64 "-%" PRIu64 "\n", names[3],
		 segments[2].first, segments[3].first - 1);
	fixture_expect(fixture, expected, NULL);

	many_segments(fixture, names, segments);
	assert_int_equal(unlinkat(fixture->dirfd, names[0], 0), 0);
	snprintf(expected, sizeof(expected), "%s:1 missing 1-%" PRIu64 "\n", names[1],
		 segments[1].first - 1);
	fixture_expect(fixture, expected, NULL);
}

static void test_unreadable_segment(void **state)
{
	struct fixture *fixture = *state;
	struct journal_segment segments[5];
	struct journal_summary summary;
	char names[5][JOURNAL_NAME_SIZE], expected[256];

	many_segments(fixture, names, segments);
	assert_int_equal(unlinkat(fixture->dirfd, names[2], 0), 0);
	assert_int_equal(symlinkat("/etc/hostname", fixture->dirfd, names[2]), 0);
	snprintf(expected, sizeof(expected), "%s:0 unreadable %" PRIu64 "-%" PRIu64 "\n", names[2],
		 segments[2].first, segments[2].first);
	fixture_expect(fixture, expected, &summary);
	assert_int_equal(summary.unreadable, 1);
	assert_int_equal(summary.findings, 0);
}

/* "NAME:LINE damage N-N" for each record of @segment, which stand from line 2 on; @end: the first
 * that is not its own. */
static void say_each(char *text, size_t size, const char *name, const char *damage,
		     const struct journal_segment *segment, uint64_t end)
{
	for (uint64_t i = segment->first; i < end; i++) {
		size_t used = strlen(text);

		snprintf(text + used, size - used, "%s:%" PRIu64 " %s %" PRIu64 "-%" PRIu64 "\n",
			 name, i - segment->first + 2, damage, i, i);
		assert_true(strlen(text) < size - 1);
	}
}

/* Segments exchanged under each other's names: each says it is not the one, and what stands late
 * is told record by record. */
static void test_exchanged_segments(void **state)
{
	struct fixture *fixture = *state;
	struct journal_segment segments[5];
	struct journal_summary summary;
	char names[5][JOURNAL_NAME_SIZE], expected[8192];

	many_segments(fixture, names, segments);
	assert_int_equal(
		renameat2(fixture->dirfd, names[1], fixture->dirfd, names[2], RENAME_EXCHANGE), 0);
	snprintf(expected, sizeof(expected), "%s:1 bad-header %" PRIu64 "-%" PRIu64 "\n", names[1],
		 segments[1].first, segments[1].first);
	snprintf(expected + strlen(expected), sizeof(expected) - strlen(expected),
		 "%s:1 bad-header %" PRIu64 "-%" PRIu64 "\n", names[2], segments[2].first,
		 segments[2].first);
	say_each(expected, sizeof(expected), names[2], "reordered", &segments[1],
		 segments[2].first);
	fixture_expect(fixture, expected, &summary);
	assert_int_equal(summary.records, 330 - (segments[2].first - segments[1].first));
}

/* A copy of a segment, under a name that could be the journal's, or in the place of the next one.
 */
static void test_repeated_segments(void **state)
{
	struct fixture *fixture = *state;
	struct journal_segment segments[5];
	char names[5][JOURNAL_NAME_SIZE], copy[JOURNAL_NAME_SIZE], expected[8192];
	char *bytes;
	size_t length;

	many_segments(fixture, names, segments);
	fixture_read(fixture, names[1], &bytes, &length);
	snprintf(copy, sizeof(copy), "%.16s-1.seg", names[1]);
	fixture_write_file(fixture, copy, bytes, length);
	snprintf(expected, sizeof(expected), "%s:1 unlinked %" PRIu64 "-%" PRIu64 "\n", copy,
		 segments[1].first, segments[1].first);
	say_each(expected, sizeof(expected), copy, "duplicate", &segments[1], segments[2].first);
	fixture_expect(fixture, expected, NULL);

	many_segments(fixture, names, segments);
	fixture_write_file(fixture, names[2], bytes, length);
	free(bytes);
	snprintf(expected, sizeof(expected), "%s:1 bad-header %" PRIu64 "-%" PRIu64 "\n", names[2],
		 segments[2].first, segments[2].first);
	say_each(expected, sizeof(expected), names[2], "duplicate", &segments[1],
		 segments[2].first);
	snprintf(expected + strlen(expected), sizeof(expected) - strlen(expected),
		 "%s:1 missing %" PRIu64 "-%" PRIu64 "\n", names[3], segments[2].first,
		 segments[3].first - 1);
	fixture_expect(fixture, expected, NULL);
}

/* A segment of another chain in the place of ours, with the right name and numbers. */
static void test_foreign_segment(void **state)
{
	struct fixture *fixture = *state;
	struct journal_segment segments[5];
	char names[5][JOURNAL_NAME_SIZE], expected[512];
	char *foreign;
	size_t length;

	many_segments(fixture, names, segments);
	fixture_read(fixture, names[2], &foreign, &length);
	many_segments(fixture, names, segments); /* the same again, of another epoch */
	fixture_write_file(fixture, names[2], foreign, length);
	free(foreign);
	snprintf(expected, sizeof(expected),
		 "%s:1 unlinked %" PRIu64 "-%" PRIu64 "\n%s:1 unlinked %" PRIu64 "-%" PRIu64 "\n",
		 names[2], segments[2].first, segments[2].first, names[3], segments[3].first,
		 segments[3].first);
	fixture_expect(fixture, expected, NULL);
}

/* Cutting whole lines off a segment that has a successor is a gap. */
static void test_cut_in_the_middle_of_the_journal(void **state)
{
	struct fixture *fixture = *state;
	struct journal_segment segments[5];
	struct lines lines;
	char names[5][JOURNAL_NAME_SIZE], expected[256];

	many_segments(fixture, names, segments);
	take_lines(fixture, names[1], &lines);
	lines.count -= 4;
	put_lines(fixture, names[1], &lines);
	snprintf(expected, sizeof(expected), "%s:1 missing %" PRIu64 "-%" PRIu64 "\n", names[2],
		 segments[2].first - 4, segments[2].first - 1);
	fixture_expect(fixture, expected, NULL);
}

static void test_nothing_there(void **state)
{
	struct fixture *fixture = *state;
	struct journal_summary summary;

	fixture_write_file(fixture, "notes.txt", "x", 1);
	assert_int_equal(journal_verify(fixture->dirfd, 0, NULL, NULL, &summary), -ENOENT);
	fixture_open(fixture);
	assert_int_equal(fixture->recovery.foreign, 1);
	fixture_expect(fixture, "", &summary);
	assert_int_equal(summary.foreign, 1);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, fixture_setup, fixture_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_within_a_segment),
		TEST(test_missing_segments),
		TEST(test_unreadable_segment),
		TEST(test_exchanged_segments),
		TEST(test_repeated_segments),
		TEST(test_foreign_segment),
		TEST(test_cut_in_the_middle_of_the_journal),
		TEST(test_nothing_there),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
