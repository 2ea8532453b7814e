/* record.sock: who may record, what comes back, what happens to those who don't behave. */
#include "record_fixture.h"

static int door_setup(void **state)
{
	return door_setup_of(state, getuid(), getuid() == 0 ? 0 : RECORD_PER_USER_MAX);
}

static int door_setup_for_others(void **state)
{
	return door_setup_of(state, getuid() + 1, 0);
}

static void test_answers_after_flush(void **state)
{
	struct door *door = *state;
	struct record_reply reply;
	struct wire_packet packet;
	unsigned int flushes;
	int fd = join(door);

	ask(fd, 1);
	assert_int_equal(wire_receive_packet(fd, &packet, wire_now()), -ETIMEDOUT);
	flushes = door->fixture->disk.flush.count;
	run(door);
	assert_int_equal(door->fixture->disk.flush.count, flushes + 1);
	reply = hear(fd);
	assert_int_equal(reply.error, 0);
	assert_int_equal(reply.sequence, 1);
	ask(fd, 2); /* the same connection again */
	run(door);
	assert_int_equal(hear(fd).sequence, 2);
	close(fd);
	run(door);
	assert_int_equal(record_deadline(door->server), WIRE_NO_DEADLINE);
	assert_int_equal(counters(door).recorded, 2);
	fixture_expect(door->fixture, "", NULL);
}

/* Those who wait together share one flush. */
static void test_group_shares_a_flush(void **state)
{
	struct door *door = *state;
	unsigned int flushes;
	uint64_t seen = 0;
	int fds[20];

	for (unsigned int i = 0; i < 20; i++)
		fds[i] = join(door);
	run(door);
	for (unsigned int i = 0; i < 20; i++)
		ask(fds[i], i + 1);
	flushes = door->fixture->disk.flush.count;
	run(door);
	assert_int_equal(door->fixture->disk.flush.count, flushes + 1);
	for (unsigned int i = 0; i < 20; i++) {
		struct record_reply reply = hear(fds[i]);

		assert_int_equal(reply.error, 0);
		seen |= UINT64_C(1) << reply.sequence;
		close(fds[i]);
	}
	assert_int_equal(seen, 0x1ffffe);
}

/* More than one group and one segment hold: everybody is answered all the same. */
static void test_more_than_a_group(void **state)
{
	struct door *door = *state;
	int fds[90];

	for (unsigned int round = 0; round < 3; round++) {
		for (unsigned int i = 0; i < 90; i++) {
			fds[i] = join(door);
			ask(fds[i], i);
		}
		run(door);
		for (unsigned int i = 0; i < 90; i++) {
			assert_int_equal(hear(fds[i]).error, 0);
			close(fds[i]);
		}
		run(door);
	}
	assert_int_equal(counters(door).recorded, 270);
	fixture_expect(door->fixture, "", NULL);
}

static void test_refusals_are_answered(void **state)
{
	struct door *door = *state;
	struct record_request request;
	int fd = join(door);

	fixture_request(1, &request);
	memcpy(request.kind, "no.such", 8);
	ask_for(fd, &request);
	run(door);
	assert_int_equal(hear(fd).error, EBADMSG);
	door->fixture->disk.flush.fail = 1000;
	door->fixture->disk.flush.error = -EIO;
	ask(fd, 1);
	run(door);
	assert_int_equal(hear(fd).error, EIO);
	door->fixture->disk.flush.fail = 0;
	ask(fd, 1);
	run(door);
	assert_int_equal(hear(fd).error, 0);
	close(fd);
	assert_int_equal(counters(door).refused, 2);
	assert_int_equal(counters(door).recorded, 1);
}

/* The module's word: an event is made of it. */
static void test_refusal_of_the_module(void **state)
{
	const struct record_door refusal = {.reason = "no-service", .user = "hana\"ko"};
	struct door *door = *state;
	struct journal_summary summary;
	int fd = join(door);

	assert_int_equal(wire_send(fd, &record_door_layout, &refusal, WIRE_NO_DEADLINE), 0);
	run(door);
	if (getuid() != 0) {
		assert_closed(fd);
		assert_int_equal(counters(door).garbage, 1);
		return;
	}
	assert_int_equal(hear(fd).error, 0);
	close(fd);
	fixture_expect(door->fixture, "", &summary);
	assert_int_equal(summary.records, 1);
}

static int tell(struct door *door, const char *kind, uint32_t late)
{
	struct record_request request;
	int fd = join(door);

	fixture_request(1, &request);
	snprintf(request.kind, sizeof(request.kind), "%s", kind);
	request.late = late;
	ask_for(fd, &request);
	return fd;
}

static void assert_answer(struct door *door, int fd, uint32_t error, uint64_t sequence)
{
	struct record_reply reply;

	run(door);
	reply = hear(fd);
	assert_int_equal(reply.error, error);
	assert_int_equal(reply.sequence, sequence);
	close(fd);
}

/* Who heard no answer tells it again from the spool: it is chained once, also where the first word
 * of it waits beside it. */
static void test_told_again(void **state)
{
	struct door *door = *state;
	int first = tell(door, "login.granted", 0), again = tell(door, "login.granted", 1);

	door->fixture->disk.flush.fail = 1000;
	door->fixture->disk.flush.error = -EIO;
	assert_answer(door, first, EIO, 0);
	assert_answer(door, again, EIO, 0);
	door->fixture->disk.flush.fail = 0;
	first = tell(door, "login.granted", 0);
	again = tell(door, "login.granted", 1);
	/* Behind store.fault. */
	assert_answer(door, first, 0, 2);
	assert_answer(door, again, 0, 2);
	assert_answer(door, tell(door, "login.granted", 1), 0, 2);
	/* The refusal of a log-in whose grant came too late has the same id. */
	assert_answer(door, tell(door, "login.refused", 1), 0, 3);
	fixture_expect(door->fixture, "", NULL);
}

static void test_garbage_closes(void **state)
{
	struct door *door = *state;
	struct record_reply reply = {.sequence = 1};
	char large[WIRE_MESSAGE_MAX + 1] = "x";
	int fd = join(door);

	assert_int_equal(send(fd, "garbage", 7, 0), 7);
	run(door);
	assert_closed(fd);
	fd = join(door);
	assert_int_equal(wire_send(fd, &record_reply_layout, &reply, WIRE_NO_DEADLINE), 0);
	run(door);
	assert_closed(fd);
	fd = join(door);
	assert_int_equal(send(fd, large, sizeof(large), 0), sizeof(large));
	run(door);
	assert_closed(fd);
	assert_int_equal(counters(door).garbage, 3);
}

/* A client that goes away before its answer harms nobody, and its event stays. */
static void test_vanished_client(void **state)
{
	struct door *door = *state;
	struct journal_summary summary;
	int fd = join(door), other = join(door);

	run(door);
	ask(fd, 1);
	ask(other, 2);
	close(fd);
	run(door);
	assert_int_equal(hear(other).error, 0);
	close(other);
	fixture_expect(door->fixture, "", &summary);
	assert_int_equal(summary.records, 2);
}

static void test_idle_expires(void **state)
{
	struct door *door = *state;
	int idle = join(door), busy;

	run(door);
	assert_int_equal(record_deadline(door->server), door->now + RECORD_DEADLINE_MS);
	door->now += RECORD_DEADLINE_MS - 1;
	busy = join(door);
	run(door);
	ask(busy, 1);
	door->now++;
	run(door);
	assert_int_equal(record_dispatch(door->server, door->now), 0);
	assert_closed(idle);
	assert_int_equal(hear(busy).error, 0);
	assert_int_equal(counters(door).expired, 1);
	close(busy);
}

static void test_limits(void **state)
{
	struct door *door = *state;
	unsigned int limit = getuid() == 0 ? RECORD_CONNECTIONS_MAX : RECORD_PER_USER_MAX;
	int fds[RECORD_CONNECTIONS_MAX + 1], fd;

	for (unsigned int i = 0; i < limit; i++)
		fds[i] = join(door);
	run(door);
	fd = join(door);
	run(door);
	assert_closed(fd);
	assert_int_equal(counters(door).overflow, 1);
	for (unsigned int i = 0; i < limit; i++)
		ask(fds[i], i);
	run(door);
	for (unsigned int i = 0; i < limit; i++) {
		assert_int_equal(hear(fds[i]).error, 0);
		close(fds[i]);
	}
	run(door);
	fd = join(door);
	ask(fd, 1);
	run(door);
	assert_int_equal(hear(fd).error, 0);
	close(fd);
}

static void test_strangers_are_turned_away(void **state)
{
	struct door *door = *state;
	struct journal_head head;
	int fd = join(door);

	ask(fd, 1);
	run(door);
	close(fd);
	journal_head(door->fixture->journal, &head);
	assert_int_equal(head.sequence, 0);
	assert_int_equal(counters(door).strangers, 1);
	assert_int_equal(counters(door).recorded, 0);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, door_setup, door_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_answers_after_flush),
		TEST(test_group_shares_a_flush),
		TEST(test_more_than_a_group),
		TEST(test_refusals_are_answered),
		TEST(test_refusal_of_the_module),
		TEST(test_told_again),
		TEST(test_garbage_closes),
		TEST(test_vanished_client),
		TEST(test_idle_expires),
		TEST(test_limits),
		cmocka_unit_test_setup_teardown(test_strangers_are_turned_away,
						door_setup_for_others, door_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
