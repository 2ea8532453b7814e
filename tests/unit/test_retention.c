/* What is old goes when it may, and only then. */
#include "journal_fixture.h"

#include "authority_fixture.h"

#include "agent/engine/retention.h"

#undef TEST

#include <sys/stat.h>

#define DAY_US	UINT64_C(86400000000)
#define MIB	UINT64_C(1048576)
#define OLDEST	"0000000000000001.seg"
#define EVENT_N 200

static const char *judge(const struct retention_settings *settings, const struct receipt *receipt,
			 const struct journal_oldest *oldest, uint64_t now_us)
{
	const struct retention_known known = {receipt, 5, now_us, false};
	struct journal_cause cause;

	return retention_judge(settings, &known, oldest, &cause) ? cause.mark : NULL;
}

static const struct journal_oldest ten = {
	.host = FIXTURE_HOST,
	.epoch = FIXTURE_BOOT,
	.first = 1,
	.last = 10,
	.bytes = 2 * MIB,
	.next_us = DAY_US,
};
static const struct receipt for_ten = {
	.letter = {.host = FIXTURE_HOST, .epoch = FIXTURE_BOOT},
	.verified = {.sequence = 10},
};

/* By age goes what is verified, and only that. */
static void the_policy_is_asked(void **state)
{
	const struct retention_settings week = {.keep_days = 7}, never = {};
	struct receipt other = for_ten;

	(void)state;
	assert_string_equal(judge(&week, &for_ten, &ten, 8 * DAY_US + 1), "verified");
	assert_null(judge(&week, &for_ten, &ten, 8 * DAY_US));
	assert_null(judge(&week, &for_ten, &ten, 0)); /* the clock went back */
	assert_null(judge(&never, &for_ten, &ten, UINT64_MAX));
	assert_null(judge(&week, NULL, &ten, UINT64_MAX));
	other.verified.sequence = 9;
	assert_null(judge(&week, &other, &ten, UINT64_MAX));
	other = for_ten;
	other.letter.host[0] = 'f';
	assert_null(judge(&week, &other, &ten, UINT64_MAX));
	other = for_ten;
	other.letter.epoch[0] = '0';
	assert_null(judge(&week, &other, &ten, UINT64_MAX));
}

/* Over the limit the oldest goes, whatever is known of it, and that is told. */
static void the_limit_is_a_limit(void **state)
{
	const struct retention_settings one = {.max_size = 1, .keep_days = 7},
					two = {.max_size = 2};
	struct journal_oldest five = ten;

	(void)state;
	five.last = 5;
	assert_string_equal(judge(&one, &for_ten, &ten, 0), "verified");
	assert_string_equal(judge(&one, NULL, &ten, 0), "none");
	assert_string_equal(judge(&one, NULL, &five, 0), "acknowledged");
	assert_null(judge(&two, &for_ten, &ten, UINT64_MAX));
	assert_null(judge(&two, NULL, &five, UINT64_MAX));
}

/* On a full disk what is verified goes, whatever the policy keeps; nothing else does. */
static void a_full_disk_asks_for_what_is_verified(void **state)
{
	const struct retention_settings never = {};
	struct retention_known known = {.receipt = &for_ten, .acknowledged = 10};
	struct journal_oldest more = ten;
	struct journal_cause cause;

	(void)state;
	assert_false(retention_judge(&never, &known, &ten, &cause));
	known.wants_room = true;
	assert_true(retention_judge(&never, &known, &ten, &cause));
	assert_string_equal(cause.mark, "verified");
	assert_string_equal(cause.reason, "full");
	more.last = 11;
	assert_false(retention_judge(&never, &known, &more, &cause));
	known.receipt = NULL;
	assert_false(retention_judge(&never, &known, &ten, &cause));
}

/* With its two files, as the agent calls it. */
static void the_agent_drops_one_at_a_time(void **state)
{
	struct fixture *fixture = *state;
	struct checkpoint checkpoint = {.sealer = {.fd = -1}};
	struct retention retention = {.checkpoint = &checkpoint};
	struct journal_segment second = {};
	struct journal_header header;
	struct journal_oldest oldest;
	struct receipt receipt = {
		.letter = {.terminal = "pc-01", .time = "2026-11-25T08:35:00.000000Z"}};
	char folder[80], configuration[96], file[96], fetched[96];
	int64_t now = 1000;
	int fd;

	assert_int_equal(begin(state), 0);
	set_up();
	snprintf(folder, sizeof(folder), "%s.d", fixture->path);
	snprintf(configuration, sizeof(configuration), "%s/journal.conf", folder);
	snprintf(file, sizeof(file), "%s/receipt", folder);
	snprintf(fetched, sizeof(fetched), "%s/fetched", folder);
	assert_int_equal(mkdir(folder, 0700), 0);
	fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	fixture_open(fixture);
	fixture_fill(fixture, 1, 2 * EVENT_N);
	oldest = fixture_oldest(fixture);
	retention.journal = fixture->journal;
	retention.configuration = configuration;
	retention.receipt = file;
	retention.standing = "/nowhere/standing";
	/* Nothing is said: nothing goes. */
	assert_false(retention_tick(&retention, now));
	assert_int_equal(retention.due_at, now + RETENTION_MS);
	assert_int_equal(file_write_atomic(fd, "journal.conf", "[Journal]\nKeepDays=1\n", 21, 0644),
			 0);
	assert_false(retention_tick(&retention, now += RETENTION_MS));
	assert_true(fixture_has(fixture, OLDEST));
	/* FIXTURE_TIME is September 2026. */
	memcpy(receipt.letter.host, oldest.host, sizeof(receipt.letter.host));
	memcpy(receipt.letter.epoch, oldest.epoch, sizeof(receipt.letter.epoch));
	receipt.verified.sequence = oldest.last;
	keep_receipt(file, &receipt);
	assert_false(retention_tick(&retention, now += RETENTION_MS - 1));
	assert_true(fixture_has(fixture, OLDEST));
	/* The journal became another one: nothing goes, and it is told. */
	assert_true(retention_tick(&retention, now += 1));
	assert_non_null(strstr(retention.error, "does not have"));
	assert_true(fixture_has(fixture, OLDEST));
	assert_int_equal(retention.due_at, now + RETENTION_RETRY_MS);
	second.first = oldest.last + 1;
	assert_int_equal(journal_segment_header(fixture->dirfd, &second, &header), 0);
	memcpy(receipt.verified.hash, header.previous, JOURNAL_HASH_SIZE);
	/* Words without a signature are none. */
	assert_int_equal(file_write_atomic(fd, "receipt", "[Receipt]\n", 10, 0644), 0);
	assert_true(retention_tick(&retention, now += RETENTION_RETRY_MS));
	assert_non_null(strstr(retention.error, "sekisho receipt"));
	assert_true(fixture_has(fixture, OLDEST));
	/* Beside a good one they count for nothing. */
	retention.fetched = fetched;
	keep_receipt(fetched, &receipt);
	assert_false(retention_tick(&retention, now += RETENTION_RETRY_MS));
	assert_false(fixture_has(fixture, OLDEST));
	assert_int_equal(retention.dropped, oldest.last);
	assert_int_equal(retention.verified, oldest.last);
	assert_int_equal(retention.due_at, now + RETENTION_NEXT_MS);
	/* The other way round too. */
	keep_receipt(file, &receipt);
	assert_int_equal(file_write_atomic(fd, "fetched", "[Receipt]\n", 10, 0644), 0);
	/* No further than the receipt says. */
	oldest = fixture_oldest(fixture);
	assert_false(retention_tick(&retention, now += RETENTION_NEXT_MS));
	assert_true(fixture_has(fixture, oldest.file));
	assert_int_equal(retention.due_at, now + RETENTION_MS);
	/* A mistake is told once, and nothing goes. */
	assert_int_equal(file_write_atomic(fd, "journal.conf", "[Journal]\nKeepDay=1\n", 20, 0644),
			 0);
	assert_true(retention_tick(&retention, now += RETENTION_MS));
	assert_non_null(strstr(retention.error, "journal.conf:2"));
	assert_false(retention_tick(&retention, now += RETENTION_RETRY_MS));
	fixture_expect(fixture, "", NULL);
	unlinkat(fd, "journal.conf", 0);
	unlinkat(fd, "receipt", 0);
	unlinkat(fd, "fetched", 0);
	close(fd);
	rmdir(folder);
	end(state);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_policy_is_asked),
		TEST(the_limit_is_a_limit),
		TEST(a_full_disk_asks_for_what_is_verified),
		TEST(the_agent_drops_one_at_a_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
