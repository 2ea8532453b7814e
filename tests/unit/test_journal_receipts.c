/* L-03: what a terminal's own verification says when it holds the journal against the collector's
 * receipts: an end cut off between two lines, and a journal written anew, word for word. */
#include "journal_fixture.h"

#include <sys/stat.h>

#define FIRST	     "0000000000000001.seg"
#define SECOND	     "0000000000000006.seg"
#define ANOTHER_HOST "ffffffffffffffffffffffffffffffff"

/* What the collector would say of the journal up to @sequence. */
static struct receipt receipt_for(const struct fixture *fixture, uint64_t sequence)
{
	struct receipt receipt = {.letter = {.time = "2026-11-25T08:35:00.000000Z"}};
	struct journal_cursor *cursor = malloc(sizeof(*cursor));
	struct journal_record record = {};
	struct journal_header header;
	struct journal_span line;

	assert_non_null(cursor);
	journal_cursor_begin(cursor, fixture->dirfd, false);
	while (record.sequence < sequence)
		assert_int_equal(journal_cursor_next(cursor, &record, &line), 1);
	assert_int_equal(journal_segment_header(fixture->dirfd, &cursor->segment, &header), 0);
	journal_cursor_end(cursor);
	free(cursor);
	memcpy(receipt.letter.host, header.host, sizeof(receipt.letter.host));
	memcpy(receipt.letter.epoch, header.epoch, sizeof(receipt.letter.epoch));
	receipt.verified.sequence = sequence;
	memcpy(receipt.verified.hash, record.hash, JOURNAL_HASH_SIZE);
	return receipt;
}

static struct journal_receipts judge(const struct fixture *fixture, const struct receipt *receipts,
				     size_t n_receipts, const char *expected)
{
	const struct journal_vouchers vouchers = {.receipts = receipts, .n_receipts = n_receipts};
	struct fixture_findings findings = {};

	assert_int_equal(journal_verify_against(fixture->dirfd, 0, &vouchers, fixture_note,
						&findings, &findings.summary),
			 0);
	assert_string_equal(findings.text, expected);
	return findings.summary.receipts;
}

/* Ends the only segment behind record @last, at the end of its line. */
static void cut_behind(const struct fixture *fixture, uint64_t last)
{
	char *bytes, *at;
	size_t length;

	fixture_read(fixture, FIRST, &bytes, &length);
	at = bytes;
	for (uint64_t line = 0; line <= last; line++) /* the header is one more */
		at = (char *)memchr(at, '\n', (size_t)(bytes + length - at)) + 1;
	fixture_write_file(fixture, FIRST, bytes, (size_t)(at - bytes));
	free(bytes);
}

static void begin(struct fixture *fixture)
{
	fixture_open(fixture);
	fixture_fill(fixture, 1, 10);
}

static void what_was_verified_is_here(void **state)
{
	struct fixture *fixture = *state;
	struct receipt receipts[2];
	struct journal_receipts found;

	begin(fixture);
	receipts[0] = receipt_for(fixture, 4);
	receipts[1] = receipt_for(fixture, 10);
	found = judge(fixture, receipts, 2, "");
	assert_int_equal(found.confirmed.verified.sequence, 10);
	assert_string_equal(found.confirmed.letter.time, receipts[1].letter.time);
	found = judge(fixture, receipts, 1, "");
	assert_int_equal(found.confirmed.verified.sequence, 4);
	found = judge(fixture, NULL, 0, "");
	assert_int_equal(found.confirmed.verified.sequence, 0);
}

/* The chain alone sees nothing. */
static void a_cut_end_is_found(void **state)
{
	struct fixture *fixture = *state;
	struct receipt receipts[2];

	begin(fixture);
	receipts[0] = receipt_for(fixture, 4);
	receipts[1] = receipt_for(fixture, 9);
	fixture_close(fixture);
	cut_behind(fixture, 9);
	judge(fixture, receipts, 2, "");
	cut_behind(fixture, 8);
	judge(fixture, NULL, 0, "");
	judge(fixture, receipts, 2, FIRST ":0 cut 9-9\n");
	cut_behind(fixture, 3);
	judge(fixture, receipts, 2, FIRST ":0 cut 4-4\n" FIRST ":0 cut 4-9\n");
	/* The agent that goes on hides nothing, as long as there are fewer than there were. */
	fixture_open(fixture);
	fixture_fill(fixture, 11, 12);
	judge(fixture, &receipts[1], 1, "0000000000000004.seg:0 cut 6-9\n");
	/* Nor when there are as many again. */
	fixture_fill(fixture, 13, 20);
	judge(fixture, NULL, 0, "");
	judge(fixture, &receipts[1], 1, "0000000000000004.seg:7 rewritten 9-9\n");
	judge(fixture, receipts, 2,
	      "0000000000000004.seg:2 rewritten 4-4\n0000000000000004.seg:7 rewritten 9-9\n");
}

/* One letter, and the chain made anew behind it: whoever may write the files can do that. */
static void what_was_written_anew_is_found(void **state)
{
	struct fixture *fixture = *state;
	struct receipt receipt;
	struct journal_receipts found;

	begin(fixture);
	receipt = receipt_for(fixture, 7);
	fixture_close(fixture);
	cut_behind(fixture, 5);
	fixture_open(fixture);
	fixture_fill(fixture, 66, 66);
	fixture_fill(fixture, 7, 10);
	judge(fixture, NULL, 0, "");
	found = judge(fixture, &receipt, 1, "0000000000000006.seg:3 rewritten 7-7\n");
	assert_int_equal(found.confirmed.verified.sequence, 0);
}

/* A receipt of a journal that was here before is no fault where there is one of this one. */
static void another_journal_is_found(void **state)
{
	struct fixture *fixture = *state;
	struct receipt receipts[2];

	begin(fixture);
	receipts[0] = receipts[1] = receipt_for(fixture, 7);
	receipts[0].letter.epoch[0] = receipts[0].letter.epoch[0] == '0' ? '1' : '0';
	receipts[0].verified.hash[0] ^= 1;
	judge(fixture, receipts, 2, "");
	judge(fixture, receipts, 1, FIRST ":0 other-journal 7-7\n");
	receipts[0].verified.sequence = 70;
	judge(fixture, receipts, 1, FIRST ":0 other-journal 70-70\n");
	/* Another machine went on with it: up to there it has the other one's name. */
	receipts[0] = receipts[1];
	fixture_close(fixture);
	fixture->options.host = ANOTHER_HOST;
	fixture_open(fixture);
	fixture_fill(fixture, 11, 12);
	judge(fixture, receipts, 1, "");
	receipts[0].verified.hash[0] ^= 1;
	judge(fixture, receipts, 1, FIRST ":8 rewritten 7-7\n");
}

/* What the policy took can't be held against anything, nor what is damaged: that is told of anyhow.
 */
static void what_is_not_there_any_more_is_no_cut(void **state)
{
	struct fixture *fixture = *state;
	struct journal_oldest oldest;
	struct receipt receipt;
	struct journal_receipts found;
	char *bytes;
	size_t length;

	fixture_open(fixture);
	fixture_fill(fixture, 1, 200);
	receipt = receipt_for(fixture, 2);
	fixture_read(fixture, FIRST, &bytes, &length);
	*strstr(bytes, "event-2\"") = 'E';
	fixture_write_file(fixture, FIRST, bytes, length);
	found = judge(fixture, &receipt, 1, FIRST ":3 altered 2-2\n");
	assert_int_equal(found.unmet, 2);
	*strstr(bytes, "Event-2\"") = 'e';
	fixture_write_file(fixture, FIRST, bytes, length);
	free(bytes);
	oldest = fixture_oldest(fixture);
	assert_int_equal(fixture_drop(fixture, &oldest, "verified"), 0);
	found = judge(fixture, &receipt, 1, "");
	assert_int_equal(found.gone, 2);
	assert_int_equal(found.confirmed.verified.sequence, 0);
}

/* An end that can't be read is not cut off. */
static void what_cannot_be_read_is_no_cut(void **state)
{
	struct fixture *fixture = *state;
	struct receipt receipt;
	struct journal_receipts found;

	begin(fixture);
	fixture_close(fixture);
	cut_behind(fixture, 5);
	fixture_open(fixture);
	fixture_fill(fixture, 6, 8);
	receipt = receipt_for(fixture, 8);
	fixture_close(fixture);
	/* Not even root can read a directory. */
	assert_int_equal(unlinkat(fixture->dirfd, SECOND, 0), 0);
	assert_int_equal(mkdirat(fixture->dirfd, SECOND, 0700), 0);
	found = judge(fixture, &receipt, 1, SECOND ":0 unreadable 6-6\n");
	assert_int_equal(found.unmet, 8);
	assert_int_equal(found.confirmed.verified.sequence, 0);
	assert_int_equal(unlinkat(fixture->dirfd, SECOND, AT_REMOVEDIR), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_was_verified_is_here),
		TEST(a_cut_end_is_found),
		TEST(what_was_written_anew_is_found),
		TEST(another_journal_is_found),
		TEST(what_is_not_there_any_more_is_no_cut),
		TEST(what_cannot_be_read_is_no_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
