/* record.sock: who may record, what comes back, what happens to those who don't behave. */
#include "journal_fixture.h"

#include "agent/engine/record.h"

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

struct door {
	struct fixture *fixture;
	struct record_server *server;
	int listener;
	char path[96];
	int64_t now;
};

static int door_setup_for(void **state, const struct record_writer *writer)
{
	struct door *door = calloc(1, sizeof(*door));
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	void *fixture = NULL;

	if (!door || fixture_setup(&fixture) < 0)
		return -1;
	door->fixture = fixture;
	snprintf(door->path, sizeof(door->path), "%s/socket", door->fixture->path);
	memcpy(address.sun_path, door->path, strlen(door->path) + 1);
	fixture_open(door->fixture);
	door->listener = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	if (bind(door->listener, (struct sockaddr *)&address, sizeof(address)) < 0 ||
	    listen(door->listener, 256) < 0 ||
	    record_new(door->listener, door->fixture->journal, writer, 1, &door->server) < 0)
		return -1;
	door->now = wire_now();
	*state = door;
	return 0;
}

static int door_setup(void **state)
{
	return door_setup_for(state, &(struct record_writer){.user = getuid()});
}

static int door_setup_for_others(void **state)
{
	return door_setup_for(state, &(struct record_writer){.user = getuid() + 1});
}

/* As the forwarder is. */
static int door_setup_for_few(void **state)
{
	static const enum event_kind kinds[] = {EVENT_COLLECTOR_LOST, EVENT_COLLECTOR_BACK,
						EVENT_KIND_COUNT};

	return door_setup_for(state, &(struct record_writer){.user = getuid(), .kinds = kinds});
}

static int door_teardown(void **state)
{
	struct door *door = *state;
	void *fixture = door->fixture;

	record_free(door->server);
	close(door->listener);
	free(door);
	return fixture_teardown(&fixture);
}

static int join(struct door *door)
{
	int fd = -1;

	assert_int_equal(wire_connect(door->path, WIRE_NO_DEADLINE, &fd), 0);
	return fd;
}

static void ask(int fd, unsigned int number)
{
	struct record_request request;

	fixture_request(number, &request);
	assert_int_equal(wire_send(fd, &record_request_layout, &request, WIRE_NO_DEADLINE), 0);
}

/* Does all that waits, as the engine's loop would. */
static void run(struct door *door)
{
	struct pollfd poll_fd = {.fd = record_fd(door->server), .events = POLLIN};

	while (poll(&poll_fd, 1, 0) > 0)
		assert_int_equal(record_dispatch(door->server, door->now), 0);
}

static struct record_reply hear(int fd)
{
	struct record_reply reply = {};

	assert_int_equal(wire_receive(fd, &record_reply_layout, &reply, wire_now()), 0);
	return reply;
}

static void assert_closed(int fd)
{
	struct wire_packet packet;

	assert_int_equal(wire_receive_packet(fd, &packet, wire_now()), -ECONNRESET);
	close(fd);
}

static struct record_counters counters(const struct door *door)
{
	struct record_counters result;

	record_counters(door->server, &result);
	return result;
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
	assert_int_equal(wire_send(fd, &record_request_layout, &request, WIRE_NO_DEADLINE), 0);
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
	assert_int_equal(wire_send(fd, &record_request_layout, &request, WIRE_NO_DEADLINE), 0);
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

static void ask_kind(int fd, enum event_kind kind)
{
	struct record_request request;

	fixture_request(1, &request);
	snprintf(request.kind, sizeof(request.kind), "%s", event_rows[kind].name);
	assert_int_equal(wire_send(fd, &record_request_layout, &request, WIRE_NO_DEADLINE), 0);
}

/* Of all kinds that there are, exactly its own are taken; any other ends the connection. */
static void test_a_writer_of_few_kinds(void **state)
{
	struct door *door = *state;
	unsigned int taken = 0;

	for (int kind = 0; kind < EVENT_KIND_COUNT; kind++) {
		int fd = join(door);

		ask_kind(fd, (enum event_kind)kind);
		run(door);
		if (kind != EVENT_COLLECTOR_LOST && kind != EVENT_COLLECTOR_BACK) {
			assert_closed(fd);
			continue;
		}
		assert_int_equal(hear(fd).error, 0);
		taken++;
		close(fd);
		run(door);
	}
	assert_int_equal(taken, 2);
	assert_int_equal(counters(door).recorded, 2);
	assert_int_equal(counters(door).garbage, EVENT_KIND_COUNT - 2);
}

/* Nor may it tell of refused log-ins in the module's way, even were it root. */
static void test_a_writer_of_few_kinds_is_no_door(void **state)
{
	const struct record_door refusal = {.reason = "no-service", .user = "hanako"};
	struct door *door = *state;
	int fd = join(door);

	assert_int_equal(wire_send(fd, &record_door_layout, &refusal, WIRE_NO_DEADLINE), 0);
	run(door);
	assert_closed(fd);
	assert_int_equal(counters(door).garbage, 1);
}

static void test_a_writer_of_few_kinds_is_no_crowd(void **state)
{
	struct door *door = *state;
	int fds[RECORD_FEW_CONNECTIONS], fd;

	for (unsigned int i = 0; i < RECORD_FEW_CONNECTIONS; i++)
		fds[i] = join(door);
	run(door);
	fd = join(door);
	run(door);
	assert_closed(fd);
	assert_int_equal(counters(door).overflow, 1);
	for (unsigned int i = 0; i <= RECORD_FEW_EVENTS; i++) {
		ask_kind(fds[0], EVENT_COLLECTOR_LOST);
		run(door);
		assert_int_equal(hear(fds[0]).error, i < RECORD_FEW_EVENTS ? 0 : EBUSY);
	}
	assert_int_equal(counters(door).recorded, RECORD_FEW_EVENTS);
	for (unsigned int i = 0; i < RECORD_FEW_CONNECTIONS; i++)
		close(fds[i]);
	run(door);
	door->now += RECORD_FEW_MS;
	fd = join(door);
	ask_kind(fd, EVENT_COLLECTOR_BACK);
	run(door);
	assert_int_equal(hear(fd).error, 0);
	close(fd);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, door_setup, door_teardown)
#define FEW(function)  cmocka_unit_test_setup_teardown(function, door_setup_for_few, door_teardown)

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
		FEW(test_a_writer_of_few_kinds),
		FEW(test_a_writer_of_few_kinds_is_no_door),
		FEW(test_a_writer_of_few_kinds_is_no_crowd),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
