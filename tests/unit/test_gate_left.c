/* What leaves too soon: each device that came is told of, by itself or as a number. */
#include "gate_fixture.h"

#include "agent/engine/outbox.h"
#include "agent/engine/overrun.h"

static void numbered(struct fixture *fixture, enum uevent_action action, unsigned int number)
{
	struct uevent uevent = {.action = action,
				.type = UEVENT_DEVICE,
				.name = "1-2",
				.number = number,
				.vendor = 0x781,
				.product = 0x5581};

	announce(fixture, &uevent);
}

static void put_stick(const struct fixture *fixture, const char *number)
{
	put_device(fixture, "1-2", "0\n", 1, (const uint8_t[]){8});
	put_text(fixture, "bus/usb/devices/1-2", "devnum", number);
}

/* The messages alone tell of it. */
static void it_left_before_it_was_looked_at(void **state)
{
	struct fixture *fixture = *state;

	begin(fixture);
	numbered(fixture, UEVENT_ADD, 5);
	assert_int_equal(fixture->n_told, 1);
	assert_string_equal(fixture->told[0], "device.blocked 1-2 - - -");
	assert_string_equal(fixture->fields, "{\"device\":\"1-2\",\"product\":\"5581\","
					     "\"reason\":\"left\",\"vendor\":\"0781\"}");
	numbered(fixture, UEVENT_REMOVE, 5);
	assert_int_equal(fixture->n_told, 1);
	/* That it came was among the messages that were lost. */
	numbered(fixture, UEVENT_REMOVE, 6);
	assert_int_equal(fixture->n_told, 2);
	assert_non_null(strstr(fixture->fields, "\"reason\":\"left\""));
	/* A bus is no device. */
	announce(fixture, &(struct uevent){.action = UEVENT_REMOVE,
					   .type = UEVENT_DEVICE,
					   .name = "usb7",
					   .number = 1});
	assert_int_equal(fixture->n_told, 2);
}

/* The configuration that the kernel chose has no interface; what is permitted stands in another. */
static void it_is_let_in_and_has_nothing(void **state)
{
	struct fixture *fixture = *state;
	char path[128];

	begin(fixture);
	put_device(fixture, "1-2", "0\n", 1, (const uint8_t[]){3});
	snprintf(path, sizeof(path), "%s/bus/usb/devices/1-2/1-2:1.0", fixture->root);
	assert_int_equal(tree_remove(path), 0);
	happen(fixture, UEVENT_ADD, "1-2");
	settle(fixture);
	expect_text(fixture, "bus/usb/devices/1-2/authorized", "1");
	assert_int_equal(fixture->n_told, 1);
	assert_string_equal(fixture->told[0], "device.allowed 1-2 - - -");
	happen(fixture, UEVENT_CHANGE, "1-2");
	settle(fixture);
	assert_int_equal(fixture->n_told, 1);
	/* Somebody chooses the other one. */
	put_device(fixture, "1-2", "1\n", 1, (const uint8_t[]){3});
	happen(fixture, UEVENT_CHANGE, "1-2");
	settle(fixture);
	assert_int_equal(fixture->n_told, 2);
	assert_string_equal(fixture->told[1], "device.allowed 1-2 030000 - -");
}

/* Its last message was among those that were lost, and the number comes round again. */
static void its_number_is_anothers_after_an_overrun(void **state)
{
	struct fixture *fixture = *state;

	begin(fixture);
	numbered(fixture, UEVENT_ADD, 5);
	assert_int_equal(fixture->n_told, 1);
	gate_overrun(&fixture->gate);
	numbered(fixture, UEVENT_ADD, 5);
	assert_int_equal(fixture->n_told, 2);
}

/* When the first one's message is read, the second one has its name. */
static void another_one_has_taken_its_place(void **state)
{
	struct fixture *fixture = *state;

	begin(fixture);
	put_stick(fixture, "6\n");
	numbered(fixture, UEVENT_ADD, 5);
	assert_int_equal(fixture->n_told, 2);
	assert_non_null(strstr(fixture->fields, "\"reason\":\"left\""));
	numbered(fixture, UEVENT_REMOVE, 5);
	numbered(fixture, UEVENT_ADD, 6);
	assert_int_equal(fixture->n_told, 2);
	assert_int_equal(fixture->gate.n_list, 1);
	remove_device(fixture, "1-2");
	numbered(fixture, UEVENT_REMOVE, 6);
	assert_int_equal(fixture->n_told, 3);
	assert_string_equal(fixture->told[2], "device.gone 1-2 - - -");
}

/* A look finds that it has left, then the kernel says so, too. */
static void it_is_told_once_that_it_left(void **state)
{
	struct fixture *fixture = *state;

	begin(fixture);
	put_stick(fixture, "5\n");
	numbered(fixture, UEVENT_ADD, 5);
	remove_device(fixture, "1-2");
	assert_int_equal(gate_scan(&fixture->gate), 0);
	settle(fixture);
	assert_int_equal(fixture->n_told, 2);
	numbered(fixture, UEVENT_REMOVE, 5);
	assert_int_equal(fixture->n_told, 2);
}

/* It was judged and is gone before that is done. */
static void it_left_while_it_was_opened(void **state)
{
	struct fixture *fixture = *state;

	begin(fixture);
	put_device(fixture, "1-5", "0\n", 2, (const uint8_t[]){3, 8});
	happen(fixture, UEVENT_ADD, "1-5");
	assert_int_equal(fixture->n_told, 0);
	remove_device(fixture, "1-5");
	happen(fixture, UEVENT_REMOVE, "1-5");
	settle(fixture);
	assert_int_equal(fixture->n_told, 2);
	assert_string_equal(fixture->told[0], "device.allowed 1-5 - - No such device");
	assert_string_equal(fixture->told[1], "device.gone 1-5 - - -");
}

static void it_left_while_it_was_closed(void **state)
{
	struct fixture *fixture = *state;

	begin(fixture);
	put_device(fixture, "1-2", "1\n", 1, (const uint8_t[]){8});
	happen(fixture, UEVENT_ADD, "1-2");
	remove_device(fixture, "1-2");
	happen(fixture, UEVENT_REMOVE, "1-2");
	assert_int_equal(fixture->n_told, 2);
	assert_string_equal(fixture->told[0], "device.blocked 1-2 - - -");
}

/* What was held back is told before nobody knows it any more. */
static void the_end_tells_what_was_held_back(void **state)
{
	struct fixture *fixture = *state;

	begin(fixture);
	for (unsigned int i = 1; i <= THROTTLE_EVENTS + 7; i++)
		numbered(fixture, UEVENT_ADD, i);
	assert_int_equal(fixture->n_told, THROTTLE_EVENTS);
	gate_end(&fixture->gate);
	assert_string_equal(fixture->told[THROTTLE_EVENTS], "engine.fault - - - - suppressed=7");
	gate_end(&fixture->gate);
	assert_int_equal(fixture->n_told, THROTTLE_EVENTS + 1);
}

/* Nobody hides a stick behind a keyboard that comes and goes: another device is no repetition. */
static void another_device_is_told_of_all_the_same(void **state)
{
	struct fixture *fixture = *state;
	char serial[8];

	begin(fixture);
	for (int i = 0; i < 2 * THROTTLE_EVENTS; i++) {
		put_device(fixture, "1-2", "0\n", 1, (const uint8_t[]){7});
		happen(fixture, UEVENT_ADD, "1-2");
		remove_device(fixture, "1-2");
		happen(fixture, UEVENT_REMOVE, "1-2");
	}
	assert_int_equal(fixture->n_told, THROTTLE_EVENTS);
	put_device(fixture, "1-2", "0\n", 1, (const uint8_t[]){8});
	happen(fixture, UEVENT_ADD, "1-2");
	assert_int_equal(fixture->n_told, THROTTLE_EVENTS + 1);
	assert_non_null(strstr(fixture->fields, "\"interfaces\":\"080000\""));
	assert_non_null(strstr(fixture->fields, "\"suppressed\":\"60\""));
	/* Nor does that fill a disk: one that calls itself otherwise each time. */
	fixture->n_told = 0;
	for (int i = 1; i < 2 * THROTTLE_OTHERS; i++) {
		remove_device(fixture, "1-2");
		happen(fixture, UEVENT_REMOVE, "1-2");
		put_device(fixture, "1-2", "0\n", 1, (const uint8_t[]){8});
		snprintf(serial, sizeof(serial), "%d\n", i);
		put_text(fixture, "bus/usb/devices/1-2", "serial", serial);
		happen(fixture, UEVENT_ADD, "1-2");
		assert_true(fixture->n_told <= 1);
		assert_int_equal(fixture->n_told, i < THROTTLE_OTHERS);
		fixture->n_told = 0;
	}
}

/* An event that was to tell of others, and has no room, takes their number along. */
static void a_number_is_not_lost_with_its_event(void **state)
{
	static struct outbox outbox;
	_cleanup_event_ struct event event = {};

	(void)state;
	assert_int_equal(event_begin(&event, EVENT_DEVICE_BLOCKED), 0);
	for (size_t i = 0; i < OUTBOX_ORDINARY; i++)
		outbox_put(&outbox, &event);
	assert_int_equal(outbox.lost, 0);
	event_set_number(&event, "suppressed", 41);
	outbox_put(&outbox, &event);
	assert_int_equal(outbox.lost, 42);
	/* The last places are for what weighs more. */
	event.kind = EVENT_ENGINE_STOP;
	json_object_clear(event.fields);
	for (size_t i = OUTBOX_ORDINARY; i < OUTBOX_MAX; i++)
		outbox_put(&outbox, &event);
	assert_int_equal(outbox.lost, 42);
	outbox_put(&outbox, &event);
	assert_int_equal(outbox.lost, 43);
	outbox_release(&outbox);
}

/* Lost were 4, 5 and 8: between those that had room. */
static void lost_messages_are_counted(void **state)
{
	struct overrun overrun = {};
	uint64_t lost = 0;

	(void)state;
	overrun_note(&overrun, 1);
	overrun_note(&overrun, 3); /* of another network namespace */
	assert_false(overrun_take(&overrun, 1000, false, &lost));
	overrun_begin(&overrun);
	overrun_note(&overrun, 6);
	overrun_note(&overrun, 7);
	overrun_note(&overrun, 9);
	overrun_end(&overrun);
	assert_true(overrun_take(&overrun, 1000, false, &lost));
	assert_int_equal(lost, 3);
	/* Not at once again, but not never. */
	overrun_begin(&overrun);
	overrun_note(&overrun, 11);
	assert_false(overrun_take(&overrun, 1000 + OVERRUN_PAUSE_MS - 1, false, &lost));
	assert_true(overrun_take(&overrun, 1000 + OVERRUN_PAUSE_MS, false, &lost));
	assert_int_equal(lost, 1);
	overrun_note(&overrun, 13);
	assert_true(overrun_take(&overrun, 1000 + OVERRUN_PAUSE_MS, true, &lost));
	assert_int_equal(lost, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(it_left_before_it_was_looked_at),
		TEST(it_is_let_in_and_has_nothing),
		TEST(its_number_is_anothers_after_an_overrun),
		TEST(another_one_has_taken_its_place),
		TEST(it_is_told_once_that_it_left),
		TEST(it_left_while_it_was_opened),
		TEST(it_left_while_it_was_closed),
		TEST(the_end_tells_what_was_held_back),
		TEST(another_device_is_told_of_all_the_same),
		cmocka_unit_test(a_number_is_not_lost_with_its_event),
		cmocka_unit_test(lost_messages_are_counted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
