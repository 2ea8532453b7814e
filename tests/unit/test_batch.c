/* Batches over HTTPS: their lines, what an answer means, and what is sent after a refusal. L-03. */
#include "journal_fixture.h"

#include "agent/forward/batch.h"
#include "agent/forward/collectors.h"
#include "agent/forward/ndjson.h"
#include "agent/forward/reply.h"
#include "agent/forward/source.h"

#include "cleanup.h"

#include <stdlib.h>

static int setup(void **state)
{
	struct batch *batch = calloc(1, sizeof(*batch));

	batch_begin(batch, DRIVER_WINDOW);
	*state = batch;
	return 0;
}

static int teardown(void **state)
{
	free(*state);
	return 0;
}

/* Lines of different lengths, told apart by their first byte. */
static void fill(struct batch *batch, unsigned int from, unsigned int to)
{
	for (unsigned int i = from; i <= to; i++) {
		const struct acknowledged mark = {.head.sequence = i};
		char line[300];

		memset(line, (int)i, sizeof(line));
		assert_true(batch_room(batch, 1 + i));
		batch_put(batch, line, 1 + i, &mark);
	}
}

/* The request is for the events @from to @to. */
static void request_is(struct batch *batch, unsigned int from, unsigned int to)
{
	const char *bytes;
	size_t length = batch_request(batch, &bytes), wanted = 0;

	for (unsigned int i = from; i <= to; i++) {
		for (unsigned int j = 0; j < 1 + i; j++)
			assert_int_equal((uint8_t)bytes[wanted + j], i);
		wanted += 1 + i;
	}
	assert_int_equal(length, wanted);
	assert_int_equal(batch->marks[batch->first].head.sequence, from);
	assert_int_equal(batch->length, to - from + 1);
}

static void taken_ones_make_room(void **state)
{
	struct batch *batch = *state;
	const char *bytes;

	assert_int_equal(batch_request(batch, &bytes), 0);
	fill(batch, 1, 5);
	request_is(batch, 1, 5);
	/* What comes while it is under way is the next request's. */
	fill(batch, 6, DRIVER_WINDOW);
	assert_false(batch_room(batch, 1));
	assert_int_equal(batch_answer(batch, true), BATCH_TAKEN);
	assert_int_equal(batch->marks[batch->length - 1].head.sequence, 5);
	batch_drop(batch);
	request_is(batch, 6, DRIVER_WINDOW);
	assert_int_equal(batch_answer(batch, true), BATCH_TAKEN);
	batch_drop(batch);
	assert_int_equal(batch_request(batch, &bytes), 0);
}

static void the_body_is_bounded(void **state)
{
	static const char line[NDJSON_LINE_MAX];
	const struct acknowledged mark = {};
	struct batch *batch = *state;
	size_t count = 0;

	for (; batch_room(batch, sizeof(line)); count++)
		batch_put(batch, line, sizeof(line), &mark);
	assert_int_equal(count, BATCH_BYTES / sizeof(line));
}

/* Answers as a collector that minds the events from @from to @to. */
static enum batch_verdict answer(struct batch *batch, unsigned int from, unsigned int to)
{
	const uint64_t first = batch->marks[batch->first].head.sequence;
	const uint64_t last = first + batch->length - 1;

	return batch_answer(batch, last < from || first > to);
}

/* Wherever the minded ones stand: all before the first of them are taken, that one is refused
 * alone, and that others are taken is found out in few requests. */
static void a_refusal_is_narrowed_down(void **state)
{
	struct batch *batch = *state;

	for (unsigned int from = 1; from < DRIVER_WINDOW; from++) {
		for (unsigned int run = 1; run < 60 && from + run <= DRIVER_WINDOW; run += 7) {
			unsigned int taken = 0, requests = 0;
			enum batch_verdict verdict;
			const char *bytes;

			batch_begin(batch, DRIVER_WINDOW);
			fill(batch, 1, DRIVER_WINDOW);
			do {
				assert_true(batch_request(batch, &bytes) > 0);
				verdict = answer(batch, from, from + run - 1);
				if (verdict == BATCH_TAKEN) {
					taken += batch->length;
					batch_drop(batch);
				} else if (verdict == BATCH_REFUSED) {
					assert_int_equal(batch->marks[0].head.sequence, from);
				}
				assert_true(++requests < 100);
			} while (verdict != BATCH_OTHERS);
			assert_int_equal(taken, from - 1);
		}
	}
}

static void one_that_refuses_all_is_found_out_soon(void **state)
{
	struct batch *batch = *state;
	unsigned int requests = 0, refused = 0;
	enum batch_verdict verdict;
	const char *bytes;

	fill(batch, 1, DRIVER_WINDOW);
	do {
		assert_true(batch_request(batch, &bytes) > 0);
		verdict = batch_answer(batch, false);
		refused += verdict == BATCH_REFUSED;
		requests++;
	} while (verdict != BATCH_NONE);
	assert_int_equal(refused, 1);
	assert_in_range(requests, 8, 16);
	/* A lone event: nothing to compare it with. */
	batch_begin(batch, DRIVER_WINDOW);
	fill(batch, 1, 1);
	request_is(batch, 1, 1);
	assert_int_equal(batch_answer(batch, false), BATCH_NONE);
}

static void an_answer_has_its_meaning(void **state)
{
	static const struct {
		long status;
		enum reply reply;
	} wanted[] = {
		{0, REPLY_WRONG},   {101, REPLY_WRONG},	  {200, REPLY_TAKEN}, {204, REPLY_TAKEN},
		{299, REPLY_TAKEN}, {301, REPLY_WRONG},	  {307, REPLY_WRONG}, {400, REPLY_REFUSED},
		{408, REPLY_LATER}, {413, REPLY_REFUSED}, {429, REPLY_LATER}, {499, REPLY_REFUSED},
		{500, REPLY_LATER}, {503, REPLY_LATER},	  {599, REPLY_LATER}, {600, REPLY_WRONG},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(wanted); i++)
		assert_int_equal(reply_judge(wanted[i].status), wanted[i].reply);
	assert_int_equal(reply_wait_ms(-1), 0);
	assert_int_equal(reply_wait_ms(7), 7000);
	assert_int_equal(reply_wait_ms(INT64_MAX), 1000 * COLLECTORS_RETRY_MAX);
}

static void a_line_holds_the_hashed_bytes(void **state)
{
	static const struct acknowledged nothing;
	struct fixture *fixture = *state;
	uint8_t computed[JOURNAL_HASH_SIZE];
	char text[NDJSON_LINE_MAX];
	struct journal_record record;
	struct journal_span line;
	struct source source;
	const char *host, *epoch, *hash, *event;
	json_t *object;
	json_int_t number;
	size_t length;
	bool known;

	fixture_open(fixture);
	fixture_fill(fixture, 1, 1);
	assert_int_equal(source_open(fixture->path, &source), 0);
	assert_int_equal(source_seek(&source, &nothing, &known), 0);
	assert_int_equal(source_next(&source, &record, &line), 1);
	length = ndjson_format(&source.header, &record, &line, text);
	assert_in_range(length, 200, sizeof(text));
	assert_int_equal(text[length - 1], '\n');
	assert_null(memchr(text, '\n', length - 1));
	object = json_loadb(text, length, 0, NULL);
	assert_int_equal(json_unpack(object, "{s:s, s:s, s:I, s:s, s:s !}", "h", &host, "e", &epoch,
				     "n", &number, "x", &hash, "event", &event),
			 0);
	assert_string_equal(host, FIXTURE_HOST);
	assert_string_equal(epoch, source.header.epoch);
	assert_int_equal(number, 1);
	assert_memory_equal(hash, line.bytes, 2 * (size_t)JOURNAL_HASH_SIZE);
	journal_hash(event, strlen(event), computed);
	assert_memory_equal(computed, record.hash, sizeof(computed));
	json_decref(object);
	source_close(&source);
}

/* The longest line there may be, of what grows most. */
static void the_longest_line_fits(void **state)
{
	static char line[JOURNAL_LINE_MAX], text[NDJSON_LINE_MAX];
	const struct journal_header header = {.host = FIXTURE_HOST, .epoch = FIXTURE_BOOT};
	const struct journal_record record = {.sequence = JOURNAL_SEQUENCE_MAX};
	const struct journal_span span = {line, JOURNAL_LINE_MAX - 1};
	const struct journal_span none = {line, 2 * JOURNAL_HASH_SIZE + 1};

	(void)state;
	memset(line, '"', sizeof(line));
	assert_in_range(ndjson_format(&header, &record, &span, text), JOURNAL_LINE_MAX,
			sizeof(text));
	assert_int_equal(ndjson_format(&header, &record, &none, text), 0);
	/* No text at all is no event. */
	memset(line, 0xff, sizeof(line));
	assert_int_equal(ndjson_format(&header, &record, &span, text), 0);
}

#define BATCH_TEST(function) cmocka_unit_test_setup_teardown(function, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		BATCH_TEST(taken_ones_make_room),
		BATCH_TEST(the_body_is_bounded),
		BATCH_TEST(a_refusal_is_narrowed_down),
		BATCH_TEST(one_that_refuses_all_is_found_out_soon),
		cmocka_unit_test(an_answer_has_its_meaning),
		cmocka_unit_test_setup_teardown(a_line_holds_the_hashed_bytes, fixture_setup,
						fixture_teardown),
		cmocka_unit_test(the_longest_line_fits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
