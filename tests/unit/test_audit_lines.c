/* L-03, L-06: what the collector's verify makes of lines and files that are torn, altered, late or
 * somebody else's. */
#include "audit_fixture.h"
#include "tree_fixture.h"

#include "agent/collector/files.h"

#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

/* Host and epoch are not in the hashed bytes: with a wrong one the record is another journal's,
 * which has no other, and missing in its own. */
static bool is_told_as_moved(const char *text)
{
	return strcmp(text, "missing 10-10, missing 1-9") == 0 ||
	       strcmp(text, "missing 1-9, missing 10-10") == 0;
}

/* What is said of the journal with another line in the place of its tenth. */
static void judge_with(const struct fixture *fixture, const char *line, size_t length,
		       struct found *found)
{
	struct audit audit;

	*found = (struct found){};
	assert_int_equal(audit_begin(&audit, NULL, "/tmp", note, found), 0);
	for (size_t i = 0; i < EVENTS; i++) {
		const char *one = i == 9 ? line : fixture->a.lines[i];

		assert_int_equal(audit_line(&audit, one, i == 9 ? length : strlen(one)), 0);
	}
	assert_int_equal(audit_end(&audit), 0);
	audit_release(&audit);
}

/* Any bit of what the terminal sent. */
static void every_bit_is_found(void **state)
{
	struct fixture *fixture = *state;
	const char *whole = fixture->a.lines[9];
	size_t length = strlen(whole), begin = (size_t)(strstr(whole, " [") + 1 - whole);

	for (size_t bit = begin * 8; bit < length * 8; bit++) {
		char line[LINE_MAX];
		struct found found;

		memcpy(line, whole, length + 1);
		line[bit / 8] = (char)(line[bit / 8] ^ (1 << bit % 8));
		judge_with(fixture, line, length, &found);
		if (!is_told_as_moved(found.text) && (strncmp(found.text, "altered ", 8) != 0 ||
						      !strstr(found.text, ", missing 10-10")))
			fail_msg("bit %zu: %s", bit, found.text);
	}
}

/* Cut anywhere, with the next line after it: what a power cut leaves. The record is sent again. */
static void every_unfinished_write_is_survived(void **state)
{
	struct fixture *fixture = *state;
	const char *torn = fixture->a.lines[9], *again = fixture->a.lines[9];

	for (size_t cut = 0; cut <= strlen(torn); cut++) {
		char line[2 * LINE_MAX];
		struct found found;
		size_t length;

		memcpy(line, torn, cut);
		length = cut + (size_t)snprintf(line + cut, sizeof(line) - cut, "%s", again);
		judge_with(fixture, line, length, &found);
		if (found.text[0])
			fail_msg("cut at %zu: %s", cut, found.text);
	}
}

static void foreign_lines_are_told(void **state)
{
	struct fixture *fixture = *state;

	feed_range(fixture, &fixture->a, 1, 3);
	feed(fixture, "");
	feed(fixture, "a line of somebody else's");
	feed(fixture, "2026-11-25T08:35:12Z 192.0.2.7 [sekisho@32473 h=\"");
	expect(fixture, "altered 0-0, altered 0-0, altered 0-0");
	assert_int_equal(fixture->audit.chains, 1);
}

/* A message may hold what looks like a line: when it came is told by the line's beginning alone. */
static void a_message_can_not_tell_when_it_came(void **state)
{
	struct fixture *fixture = *state;
	const char *record = strstr(fixture->a.lines[0], "[sekisho");
	char line[2 * LINE_MAX];

	snprintf(line, sizeof(line),
		 "2026-11-25T18:35:12Z 192.0.2.7 - 2026-11-25T08:35:12Z 192.0.2.7 %s", record);
	feed(fixture, line);
	assert_string_equal(fixture->found.text, "altered 0-0");
	/* As a power cut would have left it: the time of what was begun, and it counts as that. */
	snprintf(line, sizeof(line),
		 "2026-11-25T18:35:12Z 192.0.2.7 [sekisho@32473 h=\"01 2026-11-25T08:35:12Z "
		 "192.0.2.7 %s",
		 record);
	feed(fixture, line);
	assert_string_equal(fixture->found.text, "altered 0-0");
	assert_int_equal(fixture->audit.torn, 1);
	assert_int_equal(last_chain(fixture).late, 1);
}

/* What comes while the files are read would be missing in one and there in the next. */
static void what_comes_later_is_left(void **state)
{
	struct fixture *fixture = *state;

	fixture->audit.now = (time_t)(TIME / 1000000) + 13;
	feed_range(fixture, &fixture->a, 1, 3);
	fixture->audit.now--;
	feed_range(fixture, &fixture->a, 7, 9);
	expect(fixture, "");
	assert_int_equal(fixture->audit.later, 3);
	assert_int_equal(last_chain(fixture).head.sequence, 3);
}

static void lateness_is_counted(void **state)
{
	struct fixture *fixture = *state;
	char line[LINE_MAX];

	snprintf(line, sizeof(line), "2026-11-25T18:36:00+09:00%s",
		 strstr(fixture->a.lines[0], " "));
	feed(fixture, line);
	snprintf(line, sizeof(line), "2026-11-25T17:36:00+09:00%s",
		 strstr(fixture->a.lines[1], " "));
	feed(fixture, line);
	expect(fixture, "");
	assert_int_equal(last_chain(fixture).late, 1);
	assert_int_equal(last_chain(fixture).received, (time_t)(TIME / 1000000 + 3660));
}

static void put(const char *folder, const char *name, const char *text, const char *ending)
{
	char path[128];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	file = fopen(path, "w");
	assert_non_null(file);
	fprintf(file, "%s%s", text, ending);
	assert_int_equal(fclose(file), 0);
}

static void no_progress(void *user, uint64_t done, uint64_t total)
{
	(void)user;
	assert_true(done <= total);
}

/* What is too long for a line is none; the record at its end is one, and what stood in the buffer
 * before is nothing. */
static void an_endless_line_hides_nothing(void **state)
{
	struct fixture *fixture = *state;
	const size_t junk = 66000, length = strlen(fixture->a.lines[1]);
	struct files_summary summary;
	char *long_line = calloc(1, junk + length + 1), root[] = "/tmp/sekisho-audit-XXXXXX";

	assert_non_null(long_line);
	assert_non_null(mkdtemp(root));
	memset(long_line, 'x', junk);
	memcpy(long_line + junk, fixture->a.lines[1], length);
	put(root, "a.log", fixture->a.lines[0], "\n");
	put(root, "b.log", long_line, "\n");
	/* Its end is the beginning of a record. */
	long_line[junk + length / 2] = '\0';
	put(root, "c.log", long_line, "\n");
	assert_int_equal(files_feed(root, &fixture->audit, no_progress, NULL, &summary), 0);
	assert_int_equal(last_chain(fixture).records, 2);
	free(long_line);
	assert_int_equal(tree_remove(root), 0);
}

static void files_are_read_in_order(void **state)
{
	struct fixture *fixture = *state;
	struct files_summary summary;
	char root[] = "/tmp/sekisho-audit-XXXXXX", day[64], link[96];

	assert_non_null(mkdtemp(root));
	snprintf(day, sizeof(day), "%s/2026-11-25", root);
	assert_int_equal(mkdir(day, 0700), 0);
	put(day, "counter-1.log", fixture->a.lines[0], "\n");
	put(day, "counter-2.log", fixture->a.lines[1], ""); /* unfinished */
	put(day, "notes.txt", "not a log", "\n");
	snprintf(link, sizeof(link), "%s/link.log", day);
	assert_int_equal(symlink("/etc/passwd", link), 0);
	assert_int_equal(files_feed(root, &fixture->audit, no_progress, NULL, &summary), 0);
	expect(fixture, "");
	assert_int_equal(summary.files, 2);
	assert_int_equal(summary.skipped, 2);
	assert_int_equal(fixture->audit.torn, 1);
	assert_int_equal(last_chain(fixture).records, 1);
	assert_int_equal(
		files_feed("/tmp/no-such-folder", &fixture->audit, no_progress, NULL, &summary),
		-ENOENT);
	assert_int_equal(tree_remove(root), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(every_bit_is_found),	TEST(every_unfinished_write_is_survived),
		TEST(foreign_lines_are_told),	TEST(a_message_can_not_tell_when_it_came),
		TEST(what_comes_later_is_left), TEST(lateness_is_counted),
		TEST(files_are_read_in_order),	TEST(an_endless_line_hides_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
