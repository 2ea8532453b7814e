/* What is too much, fails, gets lost or changes midway. */
#include "gate_fixture.h"

/* A stick that comes and goes without end fills no disk; how often it did is told later. */
static void a_port_is_told_of_so_often(void **state)
{
	struct fixture *fixture = *state;

	begin(fixture);
	for (int i = 0; i < 30; i++) {
		put_device(fixture, "1-2", "0\n", 1, (const uint8_t[]){8});
		happen(fixture, UEVENT_ADD, "1-2");
		settle(fixture);
		expect_text(fixture, "bus/usb/devices/1-2/authorized", "0");
		remove_device(fixture, "1-2");
		happen(fixture, UEVENT_REMOVE, "1-2");
	}
	assert_int_equal(fixture->n_told, THROTTLE_EVENTS);
	/* Another port is another matter. */
	put_device(fixture, "1-3", "0\n", 1, (const uint8_t[]){8});
	happen(fixture, UEVENT_ADD, "1-3");
	assert_int_equal(fixture->n_told, THROTTLE_EVENTS + 1);
	/* What is there when the window ends is told then. */
	put_device(fixture, "1-2", "0\n", 1, (const uint8_t[]){8});
	happen(fixture, UEVENT_ADD, "1-2");
	gate_tick(&fixture->gate);
	assert_int_equal(fixture->n_told, THROTTLE_EVENTS + 1);
	assert_int_equal(gate_deadline(&fixture->gate), THROTTLE_WINDOW_MS);
	fixture->gate.now = THROTTLE_WINDOW_MS;
	gate_tick(&fixture->gate);
	gate_tick(&fixture->gate);
	assert_int_equal(fixture->n_told, THROTTLE_EVENTS + 2);
	assert_string_equal(fixture->told[THROTTLE_EVENTS + 1],
			    "device.blocked 1-2 - - - suppressed=41");
	assert_int_equal(gate_deadline(&fixture->gate), INT64_MAX);
}

/* Nothing is there when the window ends: what was not told is told as a number. */
static void what_left_is_counted(void **state)
{
	struct fixture *fixture = *state;
	char name[16];

	begin(fixture);
	for (int i = 0; i < 11; i++) {
		put_device(fixture, "1-2", "0\n", 1, (const uint8_t[]){8});
		happen(fixture, UEVENT_ADD, "1-2");
		remove_device(fixture, "1-2");
		happen(fixture, UEVENT_REMOVE, "1-2");
	}
	fixture->gate.now = THROTTLE_WINDOW_MS;
	gate_tick(&fixture->gate);
	assert_int_equal(fixture->n_told, THROTTLE_EVENTS + 1);
	assert_string_equal(fixture->told[THROTTLE_EVENTS], "engine.fault 1-2 - - - suppressed=2");
	/* A port that had to be forgotten for others passes its number on. */
	for (int i = 0; i < 21; i++)
		assert_int_equal(throttle_allow(&fixture->gate.throttle, "1-2", fixture->gate.now,
						&(uint64_t){0}),
				 i < THROTTLE_EVENTS - 1);
	for (int i = 0; i < THROTTLE_PORTS; i++) {
		uint64_t suppressed;

		snprintf(name, sizeof(name), "1-2.%d", i);
		assert_true(throttle_allow(&fixture->gate.throttle, name, fixture->gate.now + 1,
					   &suppressed));
		assert_int_equal(suppressed, i == THROTTLE_PORTS - 1 ? 2 : 0);
	}
}

static void a_refusal_of_the_kernel_is_told(void **state)
{
	struct fixture *fixture = *state;

	begin(fixture);
	fixture->fail_verb = PRIV_DEVICE_OPEN;
	fixture->fail_error = -EPROTO;
	put_device(fixture, "1-5", "0\n", 1, (const uint8_t[]){3});
	happen(fixture, UEVENT_ADD, "1-5");
	settle(fixture);
	assert_int_equal(fixture->n_told, 1);
	assert_string_equal(fixture->told[0], "engine.fault 1-5 - - Protocol error");
	assert_true(gate_idle(&fixture->gate));
	expect_text(fixture, "bus/usb/devices/1-5/authorized", "0");
	fixture->fail_verb = 0;
	happen(fixture, UEVENT_CHANGE, "1-5");
	settle(fixture);
	expect_text(fixture, "bus/usb/devices/1-5/authorized", "0");
	/* Somebody else could. */
	put_text(fixture, "bus/usb/devices/1-5", "authorized", "1\n");
	happen(fixture, UEVENT_CHANGE, "1-5");
	settle(fixture);
	assert_int_equal(fixture->gate.list[0]->error, 0);
	assert_string_equal(fixture->told[1], "device.allowed 1-5 030000 - -");
}

/* The link breaks with requests under way: a scan after it is back does what is missing. */
static void a_lost_link_is_made_good(void **state)
{
	struct fixture *fixture = *state;
	int pair[2];

	begin(fixture);
	put_device(fixture, "1-6", "0\n", 1, (const uint8_t[]){3});
	happen(fixture, UEVENT_ADD, "1-6");
	assert_int_equal(privlink_dispatch(&fixture->link, 0, gate_done, &fixture->gate), 0);
	close(fixture->peer);
	assert_true(privlink_dispatch(&fixture->link, 0, gate_done, &fixture->gate) < 0);
	privlink_close(&fixture->link);
	gate_unlinked(&fixture->gate);
	assert_false(gate_idle(&fixture->gate));
	/* Meanwhile another one came. */
	put_device(fixture, "1-7", "0\n", 1, (const uint8_t[]){3});
	happen(fixture, UEVENT_ADD, "1-7");
	assert_int_equal(
		socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, pair), 0);
	fixture->link.fd = pair[0];
	fixture->peer = pair[1];
	begin(fixture);
	expect_text(fixture, "bus/usb/devices/1-6:1.0/authorized", "1");
	expect_text(fixture, "bus/usb/devices/1-7:1.0/authorized", "1");
}

static void a_silent_root_half_is_noticed(void **state)
{
	struct fixture *fixture = *state;
	int64_t before, deadline;

	begin(fixture);
	put_device(fixture, "1-6", "0\n", 1, (const uint8_t[]){3});
	before = wire_now();
	happen(fixture, UEVENT_ADD, "1-6");
	deadline = privlink_deadline(&fixture->link);
	assert_in_range(deadline, before + PRIVLINK_STUCK_MS, wire_now() + PRIVLINK_STUCK_MS);
	assert_int_equal(privlink_dispatch(&fixture->link, deadline - 1, gate_done, &fixture->gate),
			 0);
	assert_int_equal(privlink_dispatch(&fixture->link, deadline, gate_done, &fixture->gate),
			 -ETIMEDOUT);
}

static void new_rules_count_at_once(void **state)
{
	struct fixture *fixture = *state;
	struct config_error error;
	struct rules rules;
	char path[128];
	FILE *file;

	put_device(fixture, "1-1", "0\n", 1, (const uint8_t[]){3});
	begin(fixture);
	expect_text(fixture, "bus/usb/devices/1-1/authorized", "1");
	snprintf(path, sizeof(path), "%s/devices.conf", fixture->root);
	file = fopen(path, "w");
	assert_non_null(file);
	assert_true(fputs("[Device stolen]\nMatchSerial=S1\nAccess=block\n", file) >= 0);
	assert_int_equal(fclose(file), 0);
	assert_int_equal(rules_load(path, getuid(), &rules, &error), 0);
	gate_judge_again(&fixture->gate, &rules);
	settle(fixture);
	rules_free(&fixture->rules);
	fixture->rules = rules;
	fixture->gate.rules = &fixture->rules;
	begin(fixture);
	expect_text(fixture, "bus/usb/devices/1-1/authorized", "0");
	assert_string_equal(fixture->told[1], "device.blocked 1-1 - - -");
}

/* Five hundred devices at once are more requests than the queue takes. */
static void more_than_the_queue_takes(void **state)
{
	struct fixture *fixture = *state;
	char name[16];

	for (int i = 1; i <= 500; i++) {
		snprintf(name, sizeof(name), "1-1.%d", i);
		put_device(fixture, name, "0\n", 1, (const uint8_t[]){9});
	}
	fixture->n_told = 0;
	do {
		assert_int_equal(gate_scan(&fixture->gate), 0);
		do {
			fixture->n_told = 0;
			assert_int_equal(
				privlink_dispatch(&fixture->link, 0, gate_done, &fixture->gate), 0);
		} while (serve_one(fixture));
	} while (!gate_idle(&fixture->gate));
	expect_text(fixture, "bus/usb/devices/1-1.500:1.0/authorized", "1");
	assert_int_equal(fixture->gate.n_list, 500);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_port_is_told_of_so_often),      TEST(what_left_is_counted),
		TEST(a_refusal_of_the_kernel_is_told), TEST(a_lost_link_is_made_good),
		TEST(a_silent_root_half_is_noticed),   TEST(new_rules_count_at_once),
		TEST(more_than_the_queue_takes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
