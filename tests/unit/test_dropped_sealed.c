/* Whoever can write a journal's files can take its beginning away and write a store.dropped: where
 * there is a seal, only what it vouches for is believed, on the terminal and at the collector. */
#include "checkpoint_fixture.h"

#define OLDEST	"0000000000000001.seg"
#define EVENT_N 200

static const struct sealkeys *own_key(const struct scene *scene)
{
	static struct sealkeys keys;

	keys = fixture_keys(scene->checkpoint.sealer.public_key);
	return &keys;
}

static struct journal_summary judge(const struct scene *scene, const struct sealkeys *keys,
				    const char *expected)
{
	struct fixture_findings findings = {};

	assert_int_equal(journal_verify_sealed(scene->journal->dirfd, 0, keys, fixture_note,
					       &findings, &findings.summary),
			 0);
	assert_string_equal(findings.text, expected);
	return findings.summary;
}

/* Several segments, sealed; then the oldest goes, and nothing but a record tells of it. */
static uint64_t take_unsealed(struct scene *scene)
{
	struct journal_oldest oldest;

	fixture_fill(scene->journal, 1, EVENT_N);
	checkpoint_stop(&scene->checkpoint, scene->now);
	oldest = fixture_oldest(scene->journal);
	assert_int_equal(fixture_drop(scene->journal, &oldest, "none"), 0);
	return oldest.last;
}

/* The agent's next start. */
static void live_again(struct scene *scene)
{
	fixture_close(scene->journal);
	fixture_open(scene->journal);
	scene->checkpoint.journal = scene->journal->journal;
	scene->checkpoint.sequence = 0;
	tick(scene, 0);
}

static void expect_missing(const struct scene *scene, uint64_t last, uint64_t claim)
{
	char expected[128];
	struct journal_summary summary;

	snprintf(expected, sizeof(expected), "%s:1 missing 1-%" PRIu64 "\n",
		 fixture_oldest(scene->journal).file, last);
	summary = judge(scene, own_key(scene), expected);
	assert_int_equal(summary.dropped, 0);
	assert_int_equal(summary.claim, claim);
	/* Without the key its word is all there is. */
	summary = judge(scene, NULL, "");
	assert_int_equal(summary.dropped, last);
	assert_int_equal(summary.claim, 0);
}

static void expect_dropped(struct scene *scene, uint64_t last)
{
	char expected[128];

	snprintf(expected, sizeof(expected), "dropped 1-%" PRIu64, last);
	send(scene, FIXTURE_HOST);
	expect(scene, expected);
}

static void it_counts_once_it_is_sealed(void **state)
{
	struct scene *scene = *state;
	struct journal_summary summary;
	uint64_t last;

	tick(scene, 0);
	last = take_unsealed(scene);
	expect_missing(scene, last, head(scene));
	fixture_fill(scene->journal, 1, 3);
	expect_missing(scene, last, head(scene) - 3);
	assert_int_equal(checkpoint_drop(&scene->checkpoint, scene->now), 0);
	summary = judge(scene, own_key(scene), "");
	assert_int_equal(summary.dropped, last);
	assert_int_equal(summary.claim, 0);
	assert_int_equal(summary.seals.vouched, head(scene));
	/* Once is enough. */
	last = head(scene);
	assert_int_equal(checkpoint_drop(&scene->checkpoint, scene->now), 0);
	assert_int_equal(head(scene), last);
}

/* A verification that begins at a mark doesn't miss the checkpoints that were dropped with the
 * beginning: the one before was told of them. */
static void a_mark_remembers_it(void **state)
{
	struct scene *scene = *state;
	char path[96], expected[128];
	uint64_t last;

	tick(scene, 0); /* the first of its checkpoints */
	last = take_unsealed(scene);
	assert_int_equal(checkpoint_drop(&scene->checkpoint, scene->now), 0);
	send(scene, FIXTURE_HOST);
	snprintf(path, sizeof(path), "%s.marks", scene->path);
	snprintf(expected, sizeof(expected), "dropped 1-%" PRIu64, last);
	assert_int_equal(
		expect_with_marks(scene, path, 1, scene->n_lines, expected).verified.sequence,
		head(scene));
	expect_with_marks(scene, path, 1, 0, "");
	expect_with_marks(scene, path, 1, 0, "");
	unlink(path);
}

/* The disk fails once: the journal goes on in a new segment, so that what is before @number is one
 * of its own. */
static void end_segment(struct scene *scene, unsigned int number)
{
	scene->journal->disk.flush.fail = 1;
	scene->journal->disk.flush.error = -EIO;
	fixture_fill(scene->journal, number, number);
}

/* What is sealed and never sent. */
static void seal_unseen(struct scene *scene, int times)
{
	for (int i = 0; i < times; i++)
		checkpoint_stop(&scene->checkpoint, scene->now);
}

/* The journal is taken away, and in its place begins one that tells, under today's seal, that its
 * first @count records were dropped. */
static void begin_dropped(struct scene *scene, unsigned int count)
{
	struct journal_oldest oldest;

	fixture_close(scene->journal);
	fixture_empty(scene->journal->dirfd);
	fixture_open(scene->journal);
	scene->checkpoint.journal = scene->journal->journal;
	fixture_fill(scene->journal, 1, count);
	end_segment(scene, count + 1);
	oldest = fixture_oldest(scene->journal);
	assert_int_equal(oldest.last, count);
	assert_int_equal(fixture_drop(scene->journal, &oldest, "none"), 0);
	assert_int_equal(checkpoint_drop(&scene->checkpoint, scene->now), 0);
}

static void expect_each_night(struct scene *scene, const char *expected)
{
	char path[96];

	snprintf(path, sizeof(path), "%s.marks", scene->path);
	for (int night = 0; night < 3; night++)
		expect_with_marks(scene, path, 1, scene->n_lines, expected);
	unlink(path);
}

/* Whoever takes a terminal over can't hide behind that what an earlier journal had sealed and not
 * sent, neither on the first night nor, with marks, on the next; however many records he tells of.
 */
static void hide_earlier_seals(struct scene *scene, unsigned int count, const char *expected)
{
	tick(scene, 0);
	seal_unseen(scene, 1);
	send(scene, FIXTURE_HOST); /* up to period 1 */
	seal_unseen(scene, 5);
	begin_dropped(scene, count);
	send(scene, FIXTURE_HOST);
	expect(scene, expected);
	expect_each_night(scene, expected);
}

static void one_record_hides_no_earlier_seals(void **state)
{
	hide_earlier_seals(*state, 1, "dropped 1-1, lost-seals 2-6");
}

static void many_records_hide_no_earlier_seals(void **state)
{
	hide_earlier_seals(*state, 20, "dropped 1-20, lost-seals 2-6");
}

/* Nor, where that one never came, more than there were records. */
static void it_hides_no_more_seals_than_records(void **state)
{
	struct scene *scene = *state;

	tick(scene, 0);
	seal_unseen(scene, 4); /* 0 to 4 */
	begin_dropped(scene, 3);
	send(scene, FIXTURE_HOST);
	expect_each_night(scene, "dropped 1-3, lost-seals 0-1");
}

/* The same within a journal: @skipped seals in a gap of two records. */
static void drop_within(struct scene *scene, int skipped, const char *expected)
{
	struct journal_oldest oldest;

	tick(scene, 0); /* 1 */
	send(scene, FIXTURE_HOST);
	end_segment(scene, 2); /* with store.fault */
	end_segment(scene, 4);
	for (int i = 0; i < 2; i++) {
		oldest = fixture_oldest(scene->journal);
		assert_int_equal(fixture_drop(scene->journal, &oldest, "none"), 0);
	}
	assert_int_equal(oldest.last, 3);
	for (int i = 0; i < skipped; i++)
		assert_int_equal(sealer_turn(&scene->checkpoint.sealer), 0);
	assert_int_equal(checkpoint_drop(&scene->checkpoint, scene->now), 0);
	assert_int_equal(head(scene), 8);
	send(scene, FIXTURE_HOST);
	expect(scene, expected);
}

static void a_gap_has_room_for_seals(void **state)
{
	drop_within(*state, 2, "dropped 2-3");
}

static void a_gap_has_room_for_no_more(void **state)
{
	drop_within(*state, 3, "dropped 2-3, key-order 8-8");
}

/* Written while no agent ran: the next one seals it with the rest of what it finds. Nobody believes
 * it for that, and no later drop hides it. */
static void a_seal_of_the_next_life_does_not_count(void **state)
{
	struct scene *scene = *state;
	struct journal_oldest oldest;
	uint64_t last, claim;
	char expected[128];

	tick(scene, 0);
	last = take_unsealed(scene);
	claim = head(scene);
	live_again(scene);
	expect_missing(scene, last, claim);
	fixture_fill(scene->journal, 1, 3);
	checkpoint_stop(&scene->checkpoint, scene->now);
	expect_missing(scene, last, claim);
	oldest = fixture_oldest(scene->journal);
	assert_int_equal(journal_tell_dropped(scene->journal->journal, &oldest, &fixture_unknown,
					      own_key(scene)),
			 -ENODATA);
	assert_int_equal(journal_take_away(scene->journal->journal, &oldest), -EPERM);
	send(scene, FIXTURE_HOST);
	snprintf(expected, sizeof(expected), "missing 1-%" PRIu64 ", lost-seals 0-0", last);
	expect(scene, expected);
}

/* A terminal that had no seal when it dropped: nothing was there to seal it with. */
static void the_first_seal_of_all_counts(void **state)
{
	struct scene *scene = *state;
	struct journal_oldest oldest;
	struct journal_summary summary;
	char expected[128];

	fixture_fill(scene->journal, 1, 2 * EVENT_N);
	for (int i = 0; i < 2; i++) {
		oldest = fixture_oldest(scene->journal);
		assert_int_equal(fixture_drop(scene->journal, &oldest, "none"), 0);
	}
	live_again(scene);
	summary = judge(scene, own_key(scene), "");
	assert_int_equal(summary.dropped, oldest.last);
	expect_dropped(scene, oldest.last);
	/* And it goes on from there. */
	oldest = fixture_oldest(scene->journal);
	assert_int_equal(journal_tell_dropped(scene->journal->journal, &oldest, &fixture_unknown,
					      own_key(scene)),
			 0);
	/* A life's first seal is one of a start, whatever it was asked for. */
	scene->checkpoint.sequence = 0;
	assert_int_equal(checkpoint_make(&scene->checkpoint, "asked", scene->now), 0);
	assert_int_equal(journal_take_away(scene->journal->journal, &oldest), 0);
	snprintf(expected, sizeof(expected), "%s:1 missing %" PRIu64 "-%" PRIu64 "\n",
		 fixture_oldest(scene->journal).file, oldest.first, oldest.last);
	assert_int_equal(judge(scene, own_key(scene), expected).claim, head(scene) - 1);
}

/* A crash between the record and its seal: the files are there, and the next life tells again. */
static void a_crash_before_the_seal(void **state)
{
	struct scene *scene = *state;
	struct journal_oldest oldest;

	tick(scene, 0);
	fixture_fill(scene->journal, 1, EVENT_N);
	oldest = fixture_oldest(scene->journal);
	assert_int_equal(journal_tell_dropped(scene->journal->journal, &oldest, &fixture_unknown,
					      own_key(scene)),
			 0);
	live_again(scene);
	judge(scene, own_key(scene), "");
	assert_int_equal(journal_take_away(scene->journal->journal, &oldest), -EPERM);
	assert_int_equal(journal_tell_dropped(scene->journal->journal, &oldest, &fixture_unknown,
					      own_key(scene)),
			 0);
	assert_int_equal(checkpoint_drop(&scene->checkpoint, scene->now), 0);
	assert_int_equal(journal_take_away(scene->journal->journal, &oldest), 0);
	assert_int_equal(judge(scene, own_key(scene), "").dropped, oldest.last);
	expect_dropped(scene, oldest.last);
	/* The next one goes by the seal that stands behind this one, also a life later. */
	fixture_fill(scene->journal, 1, EVENT_N);
	live_again(scene);
	oldest = fixture_oldest(scene->journal);
	assert_int_equal(journal_tell_dropped(scene->journal->journal, &oldest, &fixture_unknown,
					      own_key(scene)),
			 0);
}

/* The newest segment's file. */
static void name_of_newest(const struct scene *scene, char name[static JOURNAL_NAME_SIZE])
{
	struct journal_segment *segments;
	size_t count;

	assert_int_equal(journal_segment_list(scene->journal->dirfd, &segments, &count, NULL), 0);
	journal_segment_name(&segments[count - 1], name);
	free(segments);
}

/* Takes the line out that has @text in it. */
static void take_line(const struct scene *scene, const char *name, const char *text)
{
	char *bytes, *at, *begin, *end;
	size_t length;

	fixture_read(scene->journal, name, &bytes, &length);
	at = strstr(bytes, text);
	assert_non_null(at);
	end = strchr(at, '\n') + 1;
	for (begin = at; begin[-1] != '\n'; begin--)
		;
	memmove(begin, end, length - (size_t)(end - bytes));
	fixture_write_file(scene->journal, name, bytes, length - (size_t)(end - begin));
	free(bytes);
}

/* Between the record and the seal something is missing: the seal does not reach back over it. */
static void a_seal_across_a_gap_does_not_count(void **state)
{
	struct scene *scene = *state;
	char expected[256], newest[JOURNAL_NAME_SIZE];
	uint64_t last, told, line;

	tick(scene, 0);
	last = take_unsealed(scene);
	told = head(scene);
	fixture_fill(scene->journal, 9001, 9003);
	checkpoint_stop(&scene->checkpoint, scene->now);
	judge(scene, own_key(scene), "");
	name_of_newest(scene, newest);
	take_line(scene, newest, "event-9002");
	line = told + 4 - strtoull(newest, NULL, 10);
	snprintf(expected, sizeof(expected),
		 "%s:1 missing 1-%" PRIu64 "\n%s:%" PRIu64 " missing %" PRIu64 "-%" PRIu64 "\n",
		 fixture_oldest(scene->journal).file, last, newest, line, told + 2, told + 2);
	judge(scene, own_key(scene), expected);
	/* So it is at the collector. */
	send(scene, FIXTURE_HOST);
	snprintf(expected, sizeof(expected),
		 "missing 1-%" PRIu64 ", missing %" PRIu64 "-%" PRIu64 ", lost-seals 0-0", last,
		 told + 2, told + 2);
	expect(scene, expected);
}

/* A record in between that is another one than its neighbour names: whole by the numbers alone. */
static void a_seal_across_a_replaced_record_does_not_count(void **state)
{
	struct scene *scene = *state;
	char expected[128], hex[2 * JOURNAL_HASH_SIZE + 1], *line = NULL, *json;
	uint8_t hash[JOURNAL_HASH_SIZE];
	uint64_t last, told;

	tick(scene, 0);
	last = take_unsealed(scene);
	told = head(scene);
	fixture_fill(scene->journal, 9001, 9003);
	checkpoint_stop(&scene->checkpoint, scene->now);
	expect_dropped(scene, last);
	for (size_t i = 0; i < scene->n_lines; i++)
		if (strstr(scene->lines[i], "event-9002"))
			line = scene->lines[i];
	assert_non_null(line);
	strstr(line, "event-9002")[9] = '9';
	json = strchr(line, '{');
	journal_hash(json, strlen(json), hash);
	hex_format(hash, sizeof(hash), hex);
	memcpy(strstr(line, "x=\"") + 3, hex, sizeof(hex) - 1);
	snprintf(expected, sizeof(expected),
		 "unlinked %" PRIu64 "-%" PRIu64 ", missing 1-%" PRIu64 ", lost-seals 0-0",
		 told + 3, told + 3, last);
	expect(scene, expected);
}

/* Changes what the last record, a store.dropped, says, and hashes it anew. */
static void tell_something_else(const struct scene *scene, const char *name, const char *field,
				const char *value)
{
	char *bytes, *line, *json, *end, *at, hex[2 * JOURNAL_HASH_SIZE + 1];
	uint8_t hash[JOURNAL_HASH_SIZE];
	size_t length;

	fixture_read(scene->journal, name, &bytes, &length);
	line = strstr(bytes, "store.dropped");
	assert_non_null(line);
	while (line[-1] != '\n')
		line--;
	json = strchr(line, '{');
	end = strchr(line, '\n');
	at = strstr(line, field) + strlen(field);
	memcpy(at, value, strlen(value));
	journal_hash(json, (size_t)(end - json), hash);
	hex_format(hash, sizeof(hash), hex);
	memcpy(line, hex, sizeof(hex) - 1);
	fixture_write_file(scene->journal, name, bytes, length);
	free(bytes);
}

/* What is told of a range that is still here is held against it. */
static void what_is_told_is_compared(void **state)
{
	static const char *const fields[] = {"\"hash\":\"", "\"last\":\""};
	static const char *const values[] = {"0123456789", "17"};
	struct scene *scene = *state;
	struct journal_oldest oldest;
	char expected[128], newest[JOURNAL_NAME_SIZE], *bytes;
	size_t length;
	uint64_t line;

	fixture_fill(scene->journal, 1, EVENT_N);
	oldest = fixture_oldest(scene->journal);
	assert_int_equal(
		journal_tell_dropped(scene->journal->journal, &oldest, &fixture_unknown, NULL), 0);
	judge(scene, NULL, "");
	name_of_newest(scene, newest);
	fixture_read(scene->journal, newest, &bytes, &length);
	line = head(scene) - strtoull(newest, NULL, 10) + 2;
	snprintf(expected, sizeof(expected), "%s:%" PRIu64 " wrong-drop %" PRIu64 "-%" PRIu64 "\n",
		 newest, line, head(scene), head(scene));
	for (size_t i = 0; i < 2; i++) {
		tell_something_else(scene, newest, fields[i], values[i]);
		judge(scene, NULL, expected);
		fixture_write_file(scene->journal, newest, bytes, length);
		judge(scene, NULL, "");
	}
	/* Whole segments go: what is missing in one that is here nobody accounts for. */
	take_line(scene, OLDEST, "event-16\"");
	take_line(scene, OLDEST, "event-17\"");
	judge(scene, NULL, OLDEST ":17 missing 16-17\n");
	tell_something_else(scene, newest, fields[1], "16");
	judge(scene, NULL, OLDEST ":17 missing 16-17\n");
	free(bytes);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(it_counts_once_it_is_sealed),
		TEST(a_mark_remembers_it),
		TEST(one_record_hides_no_earlier_seals),
		TEST(many_records_hide_no_earlier_seals),
		TEST(it_hides_no_more_seals_than_records),
		TEST(a_gap_has_room_for_seals),
		TEST(a_gap_has_room_for_no_more),
		TEST(a_seal_of_the_next_life_does_not_count),
		TEST(the_first_seal_of_all_counts),
		TEST(a_crash_before_the_seal),
		TEST(a_seal_across_a_gap_does_not_count),
		TEST(a_seal_across_a_replaced_record_does_not_count),
		TEST(what_is_told_is_compared),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
