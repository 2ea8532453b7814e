/* A writer whose business are few kinds: neither other events nor other fields, not many, and
 * nobody else waits for it. */
#include "record_fixture.h"

#define CONNECTIONS 2
#define RECORDS	    30
#define HOUR_MS	    3600000
#define ACCEPTS	    8
#define SECOND_MS   1000

/* As agent/engine/intake.c has it for the forwarder. */
static int setup_with(void **state, unsigned int accepts)
{
	static const enum event_kind kinds[] = {EVENT_COLLECTOR_LOST, EVENT_COLLECTOR_BACK,
						EVENT_CLOCK_DIFFERS, EVENT_CLOCK_AGREES,
						EVENT_KIND_COUNT};
	const struct record_socket rules = {
		.connections = 4,
		.accepts = {.max = accepts, .within_ms = SECOND_MS},
		.writers = {{.user = getuid(),
			     .connections = CONNECTIONS,
			     .kinds = kinds,
			     .records = {.max = RECORDS, .within_ms = HOUR_MS}}},
		.n_writers = 1,
	};

	return door_setup_for(state, &rules);
}

static int setup(void **state)
{
	return setup_with(state, 0);
}

static int setup_paced(void **state)
{
	return setup_with(state, ACCEPTS);
}

static void ask_with(int fd, const char *kind, const char *fields)
{
	struct record_request request;

	fixture_request(1, &request);
	snprintf(request.kind, sizeof(request.kind), "%s", kind);
	snprintf(request.fields, sizeof(request.fields), "%s", fields);
	ask_for(fd, &request);
}

static void ask_kind(int fd, enum event_kind kind)
{
	ask_with(fd, event_rows[kind].name, "{\"collector\":\"c.example.org:2514\"}");
}

/* Of all kinds that there are, exactly its own are taken; any other ends the connection. */
static void test_its_kinds(void **state)
{
	struct door *door = *state;
	unsigned int taken = 0;

	for (int kind = 0; kind < EVENT_KIND_COUNT; kind++) {
		int fd = join(door);

		ask_kind(fd, (enum event_kind)kind);
		run(door);
		if (kind != EVENT_COLLECTOR_LOST && kind != EVENT_COLLECTOR_BACK &&
		    kind != EVENT_CLOCK_DIFFERS && kind != EVENT_CLOCK_AGREES) {
			assert_closed(fd);
			continue;
		}
		assert_int_equal(hear(fd).error, 0);
		taken++;
		close(fd);
		run(door);
	}
	assert_int_equal(taken, 4);
	assert_int_equal(counters(door).recorded, 4);
	assert_int_equal(counters(door).garbage, EVENT_KIND_COUNT - 4);
}

/* Nor may it tell of refused log-ins in the module's way, even were it root. */
static void test_no_door(void **state)
{
	const struct record_door refusal = {.reason = "no-service", .user = "hanako"};
	struct door *door = *state;
	int fd = join(door);

	assert_int_equal(wire_send(fd, &record_door_layout, &refusal, WIRE_NO_DEADLINE), 0);
	run(door);
	assert_closed(fd);
	assert_int_equal(counters(door).garbage, 1);
}

/* What the catalogue does not give to the kind, and what is no object at all, is refused, counted,
 * and ends the connection; what it gives is taken. */
static void test_its_fields(void **state)
{
	static const struct {
		const char *kind, *fields;
		bool taken;
	} cases[] = {
		{"collector.lost", "{}", true},
		{"collector.lost", "{\"reason\":\"tls\",\"waiting\":\"4\"}", true},
		{"collector.back", "{\"seconds\":\"4\"}", true},
		{"collector.back", "{\"reason\":\"tls\"}", false},
		{"clock.differs", "{\"ahead\":\"-90\"}", true},
		{"clock.agrees", "{\"offset_ms\":\"4\"}", false},
		{"collector.lost", "{\"user\":\"hanako\"}", false},
		{"collector.lost", "{\"reason\":\"tls\",\"verdict\":\"granted\"}", false},
		{"collector.lost", "{\"reason\\u0000\":\"tls\"}", false},
		{"collector.lost", "{\"\":\"\"}", false},
		{"collector.lost", "{\"reason\":\"tls\",\"reason\":\"busy\"}", false},
		{"collector.lost", "[\"reason\"]", false},
		{"collector.lost", "\"reason\"", false},
		{"collector.lost", "{\"reason\"", false},
	};
	struct door *door = *state;
	uint64_t stray = 0, taken = 0;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		int fd = join(door);

		ask_with(fd, cases[i].kind, cases[i].fields);
		run(door);
		assert_int_equal(hear(fd).error, cases[i].taken ? 0 : EBADMSG);
		stray += !cases[i].taken;
		taken += cases[i].taken;
		if (cases[i].taken)
			close(fd);
		else
			assert_closed(fd);
		run(door);
	}
	assert_int_equal(counters(door).recorded, taken);
	assert_int_equal(counters(door).stray, stray);
	assert_int_equal(counters(door).refused, stray);
	assert_int_equal(counters(door).garbage, 0);
	fixture_expect(door->fixture, "", NULL);
}

static void test_its_limits(void **state)
{
	struct door *door = *state;
	int fds[CONNECTIONS], fd;

	for (unsigned int i = 0; i < CONNECTIONS; i++)
		fds[i] = join(door);
	run(door);
	fd = join(door);
	run(door);
	assert_closed(fd);
	assert_int_equal(counters(door).overflow, 1);
	for (unsigned int i = 0; i <= RECORDS; i++) {
		ask_kind(fds[0], EVENT_COLLECTOR_LOST);
		run(door);
		assert_int_equal(hear(fds[0]).error, i < RECORDS ? 0 : EBUSY);
	}
	/* Whoever goes on has to come anew. */
	assert_closed(fds[0]);
	assert_int_equal(counters(door).recorded, RECORDS);
	assert_int_equal(counters(door).limited, 1);
	close(fds[1]);
	run(door);
	door->now += HOUR_MS;
	fd = join(door);
	ask_kind(fd, EVENT_COLLECTOR_BACK);
	run(door);
	assert_int_equal(hear(fd).error, 0);
	close(fd);
}

/* More connections than may come in a second wait in the kernel, and wake nobody; exactly as many
 * as may come are not told as too many. */
static void test_its_pace(void **state)
{
	struct door *door = *state;
	const int64_t began = door->now;
	int fds[3 * ACCEPTS];

	for (unsigned int i = 0; i < ACCEPTS; i++) {
		fds[i] = join(door);
		run(door);
		close(fds[i]);
		run(door);
	}
	assert_int_equal(counters(door).overflow, 0);
	assert_int_equal(record_deadline(door->server), WIRE_NO_DEADLINE);
	for (unsigned int i = 0; i < 3 * ACCEPTS; i++)
		fds[i] = join(door);
	run(door); /* comes to an end */
	assert_int_equal(counters(door).overflow, 1);
	assert_int_equal(record_deadline(door->server), began + SECOND_MS);
	door->now = began + SECOND_MS - 1;
	assert_int_equal(record_dispatch(door->server, door->now), 0);
	run(door);
	assert_int_equal(counters(door).overflow, 1);
	/* Two of the next eight get a place, the others are closed. */
	door->now++;
	assert_int_equal(record_dispatch(door->server, door->now), 0);
	run(door);
	ask_kind(fds[1], EVENT_COLLECTOR_LOST);
	run(door);
	assert_int_equal(hear(fds[1]).error, 0);
	assert_closed(fds[2]);
	assert_int_equal(counters(door).overflow, 1 + ACCEPTS - CONNECTIONS + 1);
	assert_int_equal(record_deadline(door->server), door->now + SECOND_MS);
	for (unsigned int i = 0; i < 3 * ACCEPTS; i++)
		if (i != 2)
			close(fds[i]);
}

#define TEST(function)	cmocka_unit_test_setup_teardown(function, setup, door_teardown)
#define PACED(function) cmocka_unit_test_setup_teardown(function, setup_paced, door_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_its_kinds),  TEST(test_no_door),   TEST(test_its_fields),
		TEST(test_its_limits), PACED(test_its_pace),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
