/* L-03, L-06: what the collector's verify finds in chains of records, and what it must not take for
 * damage. */
#include "audit_fixture.h"

static void what_was_written_is_intact(void **state)
{
	struct fixture *fixture = *state;
	struct audit_chain chain;

	feed_range(fixture, &fixture->a, 1, EVENTS);
	expect(fixture, "");
	chain = last_chain(fixture);
	assert_int_equal(chain.records, EVENTS);
	assert_int_equal(chain.head.sequence, EVENTS);
	assert_memory_equal(chain.head.hash, fixture->a.heads[EVENTS].hash, JOURNAL_HASH_SIZE);
	assert_int_equal(chain.received, (time_t)(TIME / 1000000) + 12);
	assert_int_equal(chain.late, 0);
}

/* Several journals in one file, sent again, backwards: all of that is in order. */
static void order_and_repetition_are_no_damage(void **state)
{
	struct fixture *fixture = *state;

	for (size_t i = EVENTS; i > 0; i--) {
		feed(fixture, fixture->a.lines[i - 1]);
		feed(fixture, fixture->b.lines[EVENTS - i]);
	}
	feed_range(fixture, &fixture->a, 7, 20);
	expect(fixture, "");
	assert_int_equal(fixture->audit.chains, 2);
	assert_int_equal(last_chain(fixture).duplicates, 0);
	assert_string_equal(last_chain(fixture).host, HOST_B);
}

static void what_is_missing_is_named(void **state)
{
	struct fixture *fixture = *state;

	feed_range(fixture, &fixture->a, 2, 9);
	feed_range(fixture, &fixture->a, 11, 20);
	feed_range(fixture, &fixture->a, 31, EVENTS);
	expect(fixture, "missing 1-1, missing 10-10, missing 21-30");
	assert_int_equal(last_chain(fixture).missing, 12);
}

/* A cut tail is not seen from inside: the last one is shown to be compared. */
static void the_end_is_told(void **state)
{
	struct fixture *fixture = *state;

	feed_range(fixture, &fixture->a, 1, 30);
	expect(fixture, "");
	assert_int_equal(last_chain(fixture).head.sequence, 30);
}

static void two_contents_of_a_record_are_a_fork(void **state)
{
	struct fixture *fixture = *state;
	struct journal_head head;
	char other[LINE_MAX];

	feed_range(fixture, &fixture->a, 1, 20);
	write_line(HOST_A, &fixture->a.heads[19], "something else", other, &head);
	feed(fixture, other);
	feed_range(fixture, &fixture->a, 21, EVENTS);
	expect(fixture, "forked 20-20");
}

/* A record that was written anew, hash and all: its neighbours tell, from whichever side they come.
 */
static void a_replaced_record_is_found(void **state)
{
	struct fixture *fixture = *state;
	struct journal_head head;
	char other[LINE_MAX];

	write_line(HOST_A, &fixture->a.heads[19], "something else", other, &head);
	feed_range(fixture, &fixture->a, 1, 19);
	feed(fixture, other);
	feed_range(fixture, &fixture->a, 21, EVENTS);
	expect(fixture, "unlinked 21-21");
}

static void a_replaced_record_is_found_later(void **state)
{
	struct fixture *fixture = *state;
	struct journal_head head;
	char other[LINE_MAX];

	write_line(HOST_A, &fixture->a.heads[19], "something else", other, &head);
	feed_range(fixture, &fixture->a, 1, 19);
	feed_range(fixture, &fixture->a, 21, EVENTS);
	feed(fixture, other);
	expect(fixture, "unlinked 20-20");
}

/* The journal of another terminal under this one's name: its own records stand against it. */
static void another_ones_records_do_not_fit(void **state)
{
	struct fixture *fixture = *state;
	struct journal_head head = {.sequence = 20, .hash = {1}};
	char other[LINE_MAX];

	feed_range(fixture, &fixture->a, 1, 20);
	write_line(HOST_A, &head, "from B", other, &head);
	feed(fixture, other);
	expect(fixture, "unlinked 21-21");
}

static void the_first_record_begins_the_chain(void **state)
{
	struct fixture *fixture = *state;
	struct journal_head head = {.hash = {1}};
	char other[LINE_MAX];

	write_line(HOST_A, &head, "not the first", other, &head);
	feed(fixture, other);
	expect(fixture, "unlinked 1-1");
}

/* Numbers far apart, as an attacker with a certificate may send them: no memory, no walk over all
 * of them. */
static void wild_numbers_cost_nothing(void **state)
{
	struct fixture *fixture = *state;
	struct journal_head head = {.sequence = UINT64_C(9999999999999990)};
	char line[LINE_MAX];

	feed_range(fixture, &fixture->a, 1, 3);
	write_line(HOST_A, &head, "wild", line, &head);
	feed(fixture, line);
	expect(fixture, "missing 4-9999999999999990");
}

/* What took least tells what the clocks are worth: these took 12 seconds. */
static void the_quickest_record_tells_of_the_clock(void **state)
{
	struct fixture *fixture = *state;
	char early[LINE_MAX];

	feed_range(fixture, &fixture->a, 1, 3);
	assert_int_equal(last_chain(fixture).timed, 3);
	assert_int_equal(last_chain(fixture).least_delay, 12);
	memcpy(early, fixture->a.lines[3], LINE_MAX);
	memcpy(early + strlen("2026-11-25T08:"), "33:30", 5);
	feed(fixture, early);
	feed_range(fixture, &fixture->a, 5, 6);
	assert_int_equal(last_chain(fixture).timed, 6);
	assert_int_equal(last_chain(fixture).least_delay, -90);
	expect(fixture, "");
}

/* More chains than blocks stay in memory, their records one by one in turn. */
static void many_journals_are_kept_apart(void **state)
{
	struct fixture *fixture = *state;
	char host[JOURNAL_ID_SIZE], line[LINE_MAX];
	struct journal_head heads[3 * HASHES_CACHE] = {};

	for (size_t i = 0; i < EVENTS; i++) {
		for (size_t chain = 0; chain < 3 * HASHES_CACHE; chain++) {
			snprintf(host, sizeof(host), "%032zx", chain);
			write_line(host, &heads[chain], "", line, &heads[chain]);
			if (i != 17 || chain != HASHES_CACHE + 7)
				feed(fixture, line);
		}
	}
	expect(fixture, "missing 18-18");
	assert_int_equal(fixture->audit.chains, 3 * HASHES_CACHE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_was_written_is_intact),
		TEST(order_and_repetition_are_no_damage),
		TEST(what_is_missing_is_named),
		TEST(the_end_is_told),
		TEST(two_contents_of_a_record_are_a_fork),
		TEST(a_replaced_record_is_found),
		TEST(a_replaced_record_is_found_later),
		TEST(another_ones_records_do_not_fit),
		TEST(the_first_record_begins_the_chain),
		TEST(wild_numbers_cost_nothing),
		TEST(the_quickest_record_tells_of_the_clock),
		TEST(many_journals_are_kept_apart),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
