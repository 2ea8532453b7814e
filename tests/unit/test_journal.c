/* The writer: chaining, segments, groups, what it refuses. L-03. */
#include "journal_fixture.h"

#include <fcntl.h>
#include <sys/stat.h>

static void test_first_start_and_resume(void **state)
{
	struct fixture *fixture = *state;
	struct journal_summary summary;
	struct journal_head head;
	struct journal *second;
	struct stat status;

	fixture_open(fixture);
	assert_true(fixture->recovery.fresh);
	assert_false(fixture->recovery.reserve_missing);
	assert_int_equal(
		journal_open(fixture->path, &fixture->options, &second, &fixture->recovery),
		-EWOULDBLOCK);
	fixture_fill(fixture, 1, 5);
	fixture_close(fixture);
	fixture_open(fixture);
	assert_false(fixture->recovery.fresh || fixture->recovery.torn || fixture->recovery.broken);
	fixture_fill(fixture, 6, 10);
	journal_head(fixture->journal, &head);
	assert_int_equal(head.sequence, 10);
	fixture_expect(fixture, "", &summary);
	assert_int_equal(summary.records, 10);
	assert_int_equal(summary.segments, 1);
	assert_memory_equal(summary.head.hash, head.hash, JOURNAL_HASH_SIZE);
	assert_int_equal(fstatat(fixture->dirfd, "0000000000000001.seg", &status, 0), 0);
	assert_int_equal(status.st_size, FIXTURE_SEGMENT);
	assert_int_equal(status.st_mode & 07777, 0640);
}

static void test_segments_follow_each_other(void **state)
{
	struct fixture *fixture = *state;
	struct journal_summary summary;

	fixture_open(fixture);
	fixture_fill(fixture, 1, 300);
	fixture_expect(fixture, "", &summary);
	assert_int_equal(summary.records, 300);
	assert_true(summary.segments > 3);
	assert_int_equal(summary.reasons[JOURNAL_REASON_START], 1);
	assert_int_equal(summary.reasons[JOURNAL_REASON_FULL], summary.segments - 1);
	assert_int_equal(fixture_count(fixture, NULL), 300);
}

/* A group is durable as a whole with one flush; a full one says so. */
static void test_group(void **state)
{
	struct fixture *fixture = *state;
	struct record_request request;
	unsigned int flushes, appended = 0;
	uint64_t sequence;
	struct journal_head head;
	int r;

	fixture_open(fixture);
	flushes = fixture->disk.flush.count;
	for (;;) {
		fixture_request(appended + 1, &request);
		r = journal_append(fixture->journal, &request, &sequence);
		if (r < 0)
			break;
		assert_int_equal(sequence, ++appended);
	}
	assert_int_equal(r, -EAGAIN);
	assert_true(appended > 5);
	journal_head(fixture->journal, &head);
	assert_int_equal(head.sequence, 0);
	assert_int_equal(fixture->disk.flush.count, flushes);
	assert_int_equal(journal_commit(fixture->journal), 0);
	assert_int_equal(fixture->disk.flush.count, flushes + 1);
	journal_head(fixture->journal, &head);
	assert_int_equal(head.sequence, appended);
}

static void test_refused_requests(void **state)
{
	static const struct {
		const char *kind, *id, *fields;
		uint64_t time;
		int error;
	} rows[] = {
		{"login.granted", "a-1", "{}", 1, 0},
		{"login.granted", "a-1", "{\"a\":\"\\u001b\\\"\\\\\\u0007\"}", 1, 0},
		{"login.granted", "a-1", "{\"a\":\"\xe5\xb1\xb1\"}", 1, 0},
		{"login.invented", "a-1", "{}", 1, -EBADMSG},
		{"login.granted", "", "{}", 1, -EBADMSG},
		{"login.granted", "a\n1", "{}", 1, -EBADMSG},
		{"login.granted", "a-1", "", 1, -EBADMSG},
		{"login.granted", "a-1", "[]", 1, -EBADMSG},
		{"login.granted", "a-1", "{\"a\":1}", 1, -EBADMSG},
		{"login.granted", "a-1", "{\"a\":{\"b\":\"c\"}}", 1, -EBADMSG},
		{"login.granted", "a-1", "{\"a\":\"b\",\"a\":\"c\"}", 1, -EBADMSG},
		{"login.granted", "a-1", "{\"A B\":\"c\"}", 1, -EBADMSG},
		{"login.granted", "a-1", "{\"\":\"c\"}", 1, -EBADMSG},
		{"login.granted", "a-1", "{\"a\":\"\x7f\"}", 1, -EBADMSG},
		{"login.granted", "a-1", "{\"a\":\"\xff\"}", 1, -EBADMSG},
		{"login.granted", "a-1", "{} x", 1, -EBADMSG},
		{"login.granted", "a-1", "{}", UINT64_MAX, -ERANGE},
	};
	struct fixture *fixture = *state;
	struct record_request request = {};
	struct journal_summary summary;
	uint64_t sequence, good = 0;

	fixture_open(fixture);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		snprintf(request.kind, sizeof(request.kind), "%s", rows[i].kind);
		snprintf(request.id, sizeof(request.id), "%s", rows[i].id);
		snprintf(request.fields, sizeof(request.fields), "%s", rows[i].fields);
		request.time = rows[i].time;
		sequence = 0;
		if (journal_record(fixture->journal, &request, &sequence) != rows[i].error)
			fail_msg("row %zu", i);
		good += rows[i].error == 0;
		assert_int_equal(sequence, rows[i].error ? 0 : good);
	}
	/* As many bytes as the wire lets through become too many once escaped. */
	request.time = 1;
	memset(request.fields, 0, sizeof(request.fields));
	memcpy(request.fields, "{\"a\":\"", 6);
	for (size_t i = 6; i + 6 < sizeof(request.fields); i += 3)
		memcpy(request.fields + i, "\xe5\xb1\xb1", 3);
	memcpy(request.fields + strlen(request.fields), "\"}", 2);
	assert_int_equal(journal_record(fixture->journal, &request, &sequence), -EMSGSIZE);
	fixture_expect(fixture, "", &summary);
	assert_int_equal(summary.records, good);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, fixture_setup, fixture_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_first_start_and_resume),
		TEST(test_segments_follow_each_other),
		TEST(test_group),
		TEST(test_refused_requests),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
