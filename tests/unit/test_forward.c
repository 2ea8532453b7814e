/* What the forwarder reads, where it goes on, and what a message looks like. L-01, L-03. */
#include "source_fixture.h"

#include "agent/forward/rfc5424.h"

#include "number.h"

#include <sys/stat.h>

/* What was acknowledged once the reader stands there. */
static struct acknowledged mark_of(const struct reader *reader)
{
	struct acknowledged mark = {.head.sequence = reader->record.sequence};

	memcpy(mark.head.hash, reader->record.hash, sizeof(mark.head.hash));
	memcpy(mark.host, reader->source.header.host, sizeof(mark.host));
	memcpy(mark.epoch, reader->source.header.epoch, sizeof(mark.epoch));
	return mark;
}

static void events_come_in_order(void **state)
{
	struct fixture *fixture = *state;
	static const struct acknowledged nothing;
	struct reader *reader = reader_new(fixture);

	fixture_open(fixture);
	seek_is(reader, &nothing, true, 0);
	fixture_fill(fixture, 1, 300);
	for (uint64_t i = 1; i <= 300; i++)
		assert_int_equal(next(reader), i);
	assert_int_equal(next(reader), 0);
	fixture_fill(fixture, 301, 301);
	assert_int_equal(next(reader), 301);
	assert_int_equal(reader->source.durable, 300);
	assert_int_equal(source_flush(&reader->source), 0);
	assert_int_equal(reader->source.durable, 301);
	assert_int_equal(next(reader), 0);
	reader_free(reader);
}

static void it_goes_on_where_it_was_acknowledged(void **state)
{
	static const struct acknowledged nothing;
	struct fixture *fixture = *state;
	struct acknowledged marks[200] = {};
	struct reader *reader;

	fixture_open(fixture);
	fixture_fill(fixture, 1, 200);
	reader = reader_new(fixture);
	seek_is(reader, &nothing, true, 1);
	for (size_t i = 0; i < 199; i++) {
		marks[i] = mark_of(reader);
		assert_int_equal(next(reader), i + 2);
	}
	marks[199] = mark_of(reader);
	for (size_t i = 0; i < 199; i++)
		seek_is(reader, &marks[i], true, i + 2);
	seek_is(reader, &marks[199], true, 0);
	fixture_fill(fixture, 201, 201);
	assert_int_equal(next(reader), 201);
	reader_free(reader);
}

/* Where nobody answers, some are sent once more. */
static void it_goes_back_some_events(void **state)
{
	static const struct acknowledged nothing;
	struct fixture *fixture = *state;
	struct acknowledged mark;
	struct reader *reader;

	fixture_open(fixture);
	fixture_fill(fixture, 1, 200);
	reader = reader_new(fixture);
	seek_is(reader, &nothing, true, 1);
	while (next(reader) > 0)
		mark = mark_of(reader);
	for (uint64_t back = 0; back <= 201; back++) {
		assert_int_equal(source_seek(&reader->source, &mark, &(bool){false}), 0);
		assert_int_equal(source_back(&reader->source, back), 0);
		assert_int_equal(next(reader), back == 0 ? 0 : back < 200 ? 201 - back : 1);
		assert_int_equal(source_flush(&reader->source), 0);
	}
	/* From the beginning there is no way back. */
	assert_int_equal(source_seek(&reader->source, &nothing, &(bool){false}), 0);
	assert_int_equal(source_back(&reader->source, 256), 0);
	assert_int_equal(next(reader), 1);
	/* Old ones may be gone. */
	assert_int_equal(source_seek(&reader->source, &mark, &(bool){false}), 0);
	assert_int_equal(unlinkat(fixture->dirfd, "0000000000000001.seg", 0), 0);
	assert_int_equal(source_back(&reader->source, 199), 0);
	assert_true(next(reader) > 1);
	reader_free(reader);
}

static void another_journal_is_sent_from_its_beginning(void **state)
{
	static const struct acknowledged nothing;
	struct fixture *fixture = *state;
	struct acknowledged mark, other;
	struct reader *reader;

	fixture_open(fixture);
	fixture_fill(fixture, 1, 150);
	reader = reader_new(fixture);
	seek_is(reader, &nothing, true, 1);
	while (next(reader) > 0)
		mark = mark_of(reader);
	other = mark;
	other.head.hash[0] ^= 1;
	seek_is(reader, &other, false, 1);
	other = mark;
	other.head.sequence++;
	seek_is(reader, &other, false, 1);
	other = mark;
	other.epoch[0] = other.epoch[0] == '0' ? '1' : '0';
	seek_is(reader, &other, false, 1);
	other = mark;
	other.host[0] = other.host[0] == '0' ? '1' : '0';
	seek_is(reader, &other, false, 1);
	/* The journal was deleted, and a new one is longer already. */
	fixture_close(fixture);
	fixture_empty(fixture->dirfd);
	fixture_open(fixture);
	fixture_fill(fixture, 1, 160);
	seek_is(reader, &mark, false, 1);
	seek_is(reader, &nothing, true, 1);
	reader_free(reader);
}

static void old_segments_may_be_gone(void **state)
{
	static const struct acknowledged nothing;
	struct fixture *fixture = *state;
	struct acknowledged mark;
	struct reader *reader;
	uint64_t first;

	fixture_open(fixture);
	fixture_fill(fixture, 1, 200);
	reader = reader_new(fixture);
	seek_is(reader, &nothing, true, 1);
	mark = mark_of(reader);
	assert_int_equal(unlinkat(fixture->dirfd, "0000000000000001.seg", 0), 0);
	assert_int_equal(source_seek(&reader->source, &mark, &(bool){true}), 0);
	first = next(reader);
	assert_true(first > 1 && first < 200);
	reader_free(reader);
}

static void a_deleted_journal_is_noticed(void **state)
{
	static const struct acknowledged nothing;
	struct fixture *fixture = *state;
	struct acknowledged mark;
	struct reader *reader;

	fixture_open(fixture);
	fixture_fill(fixture, 1, 5);
	reader = reader_new(fixture);
	seek_is(reader, &nothing, true, 1);
	while (next(reader) > 0)
		continue;
	mark = reader->source.position;
	fixture_close(fixture);
	fixture_empty(fixture->dirfd);
	fixture_open(fixture);
	fixture_fill(fixture, 1, 3);
	assert_int_equal(source_next(&reader->source, &reader->record, &reader->line), -ESTALE);
	seek_is(reader, &mark, false, 1);
	reader_free(reader);
}

/* Turns a bit of a byte of the segment. */
static void flip(const struct fixture *fixture, const struct journal_segment *segment, off_t place)
{
	char name[JOURNAL_NAME_SIZE], byte;
	int fd;

	journal_segment_name(segment, name);
	fd = openat(fixture->dirfd, name, O_RDWR | O_CLOEXEC);
	assert_int_equal(pread(fd, &byte, 1, place), 1);
	byte ^= 1;
	assert_int_equal(pwrite(fd, &byte, 1, place), 1);
	close(fd);
}

static void damage_holds_up_nothing_behind_it(void **state)
{
	static const struct acknowledged nothing;
	struct fixture *fixture = *state;
	struct journal_segment *segments;
	struct acknowledged mark;
	struct reader *reader;
	size_t count, seen = 0;

	fixture_open(fixture);
	fixture_fill(fixture, 1, 200);
	assert_int_equal(journal_segment_list(fixture->dirfd, &segments, &count, NULL), 0);
	assert_true(count > 3);
	/* A header, and an event each in a segment in the middle and in the newest. */
	flip(fixture, &segments[1], 70);
	flip(fixture, &segments[2], FIXTURE_SEGMENT / 2);
	flip(fixture, &segments[count - 1], 700);
	reader = reader_new(fixture);
	seek_is(reader, &nothing, true, 1);
	do {
		seen++;
		assert_string_equal(reader->source.header.host, FIXTURE_HOST);
	} while (next(reader) > 0);
	assert_int_equal(seen, 198);
	assert_int_equal(reader->source.damaged, 3);
	/* What stands below the damaged header is known again. */
	mark = reader->source.position;
	mark.head.sequence = segments[1].first + 1;
	seek_is(reader, &nothing, true, 1);
	while (reader->record.sequence < mark.head.sequence)
		assert_true(next(reader) > 0);
	mark = reader->source.position;
	seek_is(reader, &mark, true, mark.head.sequence + 1);
	free(segments);
	reader_free(reader);
}

static void what_cannot_be_read_is_reported_then_passed_over(void **state)
{
	static const struct acknowledged nothing;
	struct fixture *fixture = *state;
	char name[JOURNAL_NAME_SIZE];
	struct journal_segment *segments;
	struct reader *reader;
	uint64_t last = 0;
	size_t count;
	int r;

	fixture_open(fixture);
	fixture_fill(fixture, 1, 200);
	assert_int_equal(journal_segment_list(fixture->dirfd, &segments, &count, NULL), 0);
	journal_segment_name(&segments[1], name);
	assert_int_equal(unlinkat(fixture->dirfd, name, 0), 0);
	assert_int_equal(mkdirat(fixture->dirfd, name, 0755), 0);
	reader = reader_new(fixture);
	for (int tolerant = 0; tolerant < 2; tolerant++) {
		reader->source.tolerant = tolerant;
		seek_is(reader, &nothing, true, 1);
		while ((r = source_next(&reader->source, &reader->record, &reader->line)) > 0)
			last = reader->record.sequence;
		if (tolerant)
			assert_int_equal(r, 0);
		else
			assert_true(r < 0 && r != -ESTALE);
		assert_int_equal(last, tolerant ? 200 : segments[1].first - 1);
	}
	free(segments);
	reader_free(reader);
}

static void a_message_holds_the_hashed_bytes(void **state)
{
	static const struct acknowledged nothing;
	struct fixture *fixture = *state;
	char message[RFC5424_MAX], wanted[RFC5424_MAX], hash[2 * JOURNAL_HASH_SIZE + 1];
	uint8_t computed[JOURNAL_HASH_SIZE];
	struct reader *reader;
	const char *json;
	size_t length;

	fixture_open(fixture);
	fixture_fill(fixture, 1, 1);
	reader = reader_new(fixture);
	seek_is(reader, &nothing, true, 1);
	length = rfc5424_format(&reader->source.header, &reader->record, &reader->line, "t-17",
				message);
	assert_in_range(length, 1, RFC5424_MAX - 1);
	message[length] = '\0';
	hex_format(reader->record.hash, JOURNAL_HASH_SIZE, hash);
	snprintf(
		wanted, sizeof(wanted),
		"<110>1 %.*s t-17 sekisho - login.granted [sekisho@32473 h=\"%s\" e=\"%s\" n=\"1\" "
		"x=\"%s\"] {",
		(int)reader->record.time.length, reader->record.time.bytes, FIXTURE_HOST,
		reader->source.header.epoch, hash);
	assert_memory_equal(message, wanted, strlen(wanted));
	json = message + strlen(wanted) - 1;
	journal_hash(json, length - (size_t)(json - message), computed);
	assert_memory_equal(computed, reader->record.hash, sizeof(computed));
	/* A name that is none is left out. */
	length = rfc5424_format(&reader->source.header, &reader->record, &reader->line, "a b",
				message);
	message[length] = '\0';
	assert_non_null(strstr(message, "Z - sekisho - login.granted ["));
	reader_free(reader);
}

/* The longest line there may be still fits. */
static void the_longest_message_fits(void **state)
{
	static char line[JOURNAL_LINE_MAX];
	char hostname[RFC5424_HOSTNAME_MAX], message[RFC5424_MAX];
	const struct journal_header header = {.host = FIXTURE_HOST, .epoch = FIXTURE_BOOT};
	const struct journal_record record = {
		.sequence = JOURNAL_SEQUENCE_MAX,
		.time = {"2026-11-23T12:28:15.123456Z", 27},
		.kind = {"abcdefghijklmnopqrstuvwxyzabcdef", 32},
	};
	const struct journal_span span = {line, JOURNAL_LINE_MAX - 1};

	(void)state;
	memset(line, 'x', sizeof(line));
	memset(hostname, 'h', sizeof(hostname));
	hostname[sizeof(hostname) - 1] = '\0';
	assert_in_range(rfc5424_format(&header, &record, &span, hostname, message), 7168,
			RFC5424_MAX);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, fixture_setup, fixture_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(events_come_in_order),
		TEST(it_goes_on_where_it_was_acknowledged),
		TEST(it_goes_back_some_events),
		TEST(another_journal_is_sent_from_its_beginning),
		TEST(old_segments_may_be_gone),
		TEST(a_deleted_journal_is_noticed),
		TEST(damage_holds_up_nothing_behind_it),
		TEST(what_cannot_be_read_is_reported_then_passed_over),
		TEST(a_message_holds_the_hashed_bytes),
		cmocka_unit_test(the_longest_message_fits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
