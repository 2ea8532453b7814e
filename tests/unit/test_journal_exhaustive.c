/* L-03: a segment of 50 events, cut at every byte and with every single bit turned over: the
 * verifier says exactly what is wrong and where, and the writer starts, keeps and tells it. What is
 * expected is worked out here from the place alone, not with the code under test. */
#include "journal_fixture.h"

#include "journal_lines.h"

#include <sys/mman.h>

#define EVENTS 50
#define NAME   "0000000000000001.seg"

struct sample {
	struct fixture *fixture;
	char *bytes;
	size_t length; /* lines only */
	size_t ends[EVENTS + 1]; /* offset of each line's LF; line 0 is the header */
};

static int sample_setup(void **state)
{
	struct sample *sample = calloc(1, sizeof(*sample));
	void *fixture = NULL;
	size_t size, lines = 0;

	if (!sample || fixture_setup(&fixture) < 0)
		return -1;
	sample->fixture = fixture;
	fixture_open(sample->fixture);
	fixture_fill(sample->fixture, 1, EVENTS);
	fixture_close(sample->fixture);
	fixture_read(sample->fixture, NAME, &sample->bytes, &size);
	sample->length = fixture_used(sample->bytes, size);
	for (size_t i = 0; i < sample->length; i++)
		if (sample->bytes[i] == '\n')
			sample->ends[lines++] = i;
	*state = sample;
	return lines == EVENTS + 1 ? 0 : -1;
}

static int sample_teardown(void **state)
{
	struct sample *sample = *state;
	void *fixture = sample->fixture;

	free(sample->bytes);
	free(sample);
	return fixture_teardown(&fixture);
}

/* The line in which @offset lies, from 0. */
static size_t line_of(const struct sample *sample, size_t offset)
{
	size_t line = 0;

	while (sample->ends[line] < offset)
		line++;
	return line;
}

static void say(char *text, size_t size, size_t line, const char *damage, size_t first, size_t last)
{
	size_t length = strlen(text);

	snprintf(text + length, size - length, NAME ":%zu %s %zu-%zu\n", line, damage, first, last);
}

/* What must be found after a cut at @offset. */
static void expect_cut(const struct sample *sample, size_t offset, char *text, size_t size)
{
	size_t line;

	text[0] = '\0';
	if (offset <= sample->ends[0]) {
		say(text, size, 1, "bad-header", 1, 1);
		return;
	}
	if (sample->bytes[offset - 1] == '\n')
		return; /* whole lines: nobody can tell from inside */
	line = line_of(sample, offset);
	say(text, size, line + 1, "torn", line, line);
}

/* What must be found when the byte at @offset becomes @byte. */
static void expect_flip(const struct sample *sample, size_t offset, char byte, char *text,
			size_t size)
{
	size_t line = line_of(sample, offset);
	bool joins = offset == sample->ends[line];

	text[0] = '\0';
	if (joins && line == EVENTS) {
		say(text, size, EVENTS + 1, "torn", EVENTS, EVENTS);
		return;
	}
	if (line == 0)
		say(text, size, 1, "bad-header", 1, 1);
	else
		say(text, size, line + 1, "altered", line, line);
	/* Two lines became one: the second record is gone, which the third one tells. */
	if (joins && line + 2 <= EVENTS)
		say(text, size, line + 2, "missing", line + 1, line + 1);
	/* One line became two. */
	if (byte == '\n')
		say(text, size, line + 2, "altered", line + 1, line + 1);
}

/* Judges what @fd holds up to @limit. */
static void judge(int fd, uint64_t limit, struct fixture_findings *findings)
{
	const struct journal_segment segment = {.first = 1};
	struct journal_chain chain;

	findings->length = 0;
	findings->text[0] = '\0';
	journal_chain_begin(&chain, fixture_note, findings);
	journal_chain_segment(&chain, &segment, NULL);
	assert_int_equal(journal_lines_feed(fd, limit, &chain), 0);
	journal_chain_end(&chain);
	findings->summary.records = chain.records;
}

static void compare(const char *what, size_t offset, const char *found, const char *expected)
{
	if (strcmp(found, expected) != 0)
		fail_msg("%s at byte %zu: found\n%sexpected\n%s", what, offset, found, expected);
}

static void test_verdict_of_every_cut(void **state)
{
	struct sample *sample = *state;
	struct fixture_findings findings;
	char expected[512];
	int fd = memfd_create("segment", MFD_CLOEXEC);

	assert_true(fd >= 0);
	assert_int_equal(file_write_all(fd, sample->bytes, sample->length), 0);
	for (size_t cut = 0; cut <= sample->length; cut++) {
		size_t whole = 0;

		while (whole <= EVENTS && sample->ends[whole] < cut)
			whole++;
		expect_cut(sample, cut, expected, sizeof(expected));
		judge(fd, cut, &findings);
		compare("cut", cut, findings.text, expected);
		assert_int_equal(findings.summary.records, whole ? whole - 1 : 0);
	}
	close(fd);
	print_message("%zu cuts\n", sample->length + 1);
}

static void test_verdict_of_every_bit(void **state)
{
	struct sample *sample = *state;
	struct fixture_findings findings;
	char expected[512];
	size_t joined = 0, split = 0, flips = 0;
	int fd = memfd_create("segment", MFD_CLOEXEC);

	assert_true(fd >= 0);
	assert_int_equal(file_write_all(fd, sample->bytes, sample->length), 0);
	for (size_t at = 0; at < sample->length; at++) {
		for (int bit = 0; bit < 8; bit++) {
			char byte = (char)(sample->bytes[at] ^ (1 << bit));

			assert_int_equal(pwrite(fd, &byte, 1, (off_t)at), 1);
			expect_flip(sample, at, byte, expected, sizeof(expected));
			judge(fd, UINT64_MAX, &findings);
			compare("flip", at, findings.text, expected);
			joined += sample->bytes[at] == '\n';
			split += byte == '\n';
			flips++;
		}
		assert_int_equal(pwrite(fd, sample->bytes + at, 1, (off_t)at), 1);
	}
	judge(fd, UINT64_MAX, &findings);
	assert_string_equal(findings.text, "");
	assert_int_equal(findings.summary.records, EVENTS);
	assert_int_equal(joined, 8 * (EVENTS + 1));
	assert_true(split >= 2 * EVENTS);
	close(fd);
	print_message("%zu flips, of them %zu that join lines and %zu that split them\n", flips,
		      joined, split);
}

/* Starts the writer on @bytes in the segment's place. */
static void start_on(struct fixture *fixture, const char *bytes, size_t length)
{
	fixture_empty(fixture->dirfd);
	fixture_write_file(fixture, NAME, bytes, length);
	fixture_open(fixture);
	fixture_fill(fixture, 100, 100);
	fixture_close(fixture);
}

/* A cut, with the zeros of a segment in use after it: what is no line goes to .torn. */
static void test_start_after_every_cut(void **state)
{
	struct sample *sample = *state;
	struct fixture *fixture = sample->fixture;
	char *bytes = malloc(FIXTURE_SEGMENT);

	assert_non_null(bytes);
	for (size_t cut = 0; cut <= sample->length; cut++) {
		bool header = cut > sample->ends[0];
		bool whole = header && sample->bytes[cut - 1] == '\n';
		struct journal_summary summary;

		memcpy(bytes, sample->bytes, cut);
		memset(bytes + cut, 0, FIXTURE_SEGMENT - cut);
		start_on(fixture, bytes, FIXTURE_SEGMENT);
		assert_int_equal(fixture->recovery.broken, !header);
		assert_int_equal(fixture->recovery.torn, header && !whole);
		fixture_expect(fixture, header ? "" : NAME ":1 bad-header 1-1\n", &summary);
		if (header && !whole) {
			size_t line = line_of(sample, cut), length;
			size_t begin = sample->ends[line - 1] + 1;
			char *torn;

			fixture_read(fixture, NAME ".torn", &torn, &length);
			assert_int_equal(length, cut - begin);
			assert_memory_equal(torn, sample->bytes + begin, length);
			assert_int_equal(summary.records, line - 1 + 2); /* and store.torn */
			free(torn);
		}
	}
	free(bytes);
	print_message("%zu starts\n", sample->length + 1);
}

/* A turned bit in each byte: the file stays as it is, the journal goes on after it, and the
 * verifier finds what it would have found before, no more. */
static void test_start_after_every_flip(void **state)
{
	struct sample *sample = *state;
	struct fixture *fixture = sample->fixture;
	char *bytes = malloc(sample->length);

	assert_non_null(bytes);
	memcpy(bytes, sample->bytes, sample->length);
	for (size_t at = 0; at < sample->length; at++) {
		bool torn = at == sample->length - 1;
		char expected[512], *after;
		size_t length;

		bytes[at] = (char)(sample->bytes[at] ^ (1 << at % 8));
		expect_flip(sample, at, bytes[at], expected, sizeof(expected));
		start_on(fixture, bytes, sample->length);
		assert_int_equal(fixture->recovery.torn, torn);
		assert_int_equal(fixture->recovery.broken, !torn);
		fixture_expect(fixture, torn ? "" : expected, NULL);
		if (!torn) {
			fixture_read(fixture, NAME, &after, &length);
			assert_int_equal(length, sample->length);
			assert_memory_equal(after, bytes, length);
			free(after);
		}
		bytes[at] = sample->bytes[at];
	}
	free(bytes);
	print_message("%zu starts\n", sample->length);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_verdict_of_every_cut),
		cmocka_unit_test(test_verdict_of_every_bit),
		cmocka_unit_test(test_start_after_every_cut),
		cmocka_unit_test(test_start_after_every_flip),
	};

	return cmocka_run_group_tests(tests, sample_setup, sample_teardown);
}
