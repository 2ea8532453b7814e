/* A keyboard that has to type a code: which verbs, what is told, what works meanwhile. The kernel
 * and a real reader are in the lab (tests/vm/challenge.py). */
#include "challenge_fixture.h"

#include "agent/engine/sweep.h"

static const uint8_t composite[] = {8, 3, 3};

static void the_code_opens_it(void **state)
{
	struct reader *reader = *state;
	struct fixture *fixture = reader->fixture;

	plug(reader, "1-3", 1, keyboard);
	be_asked(reader);
	assert_int_equal(reader->task.endpoint, 0x82);
	assert_int_equal(reader->task.packet, 8);
	assert_int_equal(reader->task.interface, 0);
	assert_int_equal(reader->task.tries, CHALLENGE_TRIES);
	assert_memory_equal(reader->task.code, reader->challenges.list[0].code, CHALLENGE_DIGITS);
	assert_int_equal(fixture->n_told, 1);
	expect_told(reader, 0, "challenge.asked 1-3 - - -");
	/* Looked at again, it waits on. */
	happen(fixture, UEVENT_CHANGE, "1-3");
	settle(fixture);
	gate_judge_again(&fixture->gate, &fixture->rules);
	settle(fixture);
	gate_tick(&fixture->gate);
	assert_int_equal(fixture->n_told, 1);
	answer(reader, CHALLENGE_PASSED);
	assert_int_equal(fixture->n_told, 3);
	expect_told(reader, 1, "challenge.passed 1-3 - - -");
	expect_told(reader, 2, "device.allowed 1-3 030101 - -");
	expect_text(fixture, "bus/usb/drivers/usbhid/bind", "1-3:1.0");
	/* As long as it is plugged in. */
	gate_judge_again(&fixture->gate, &fixture->rules);
	settle(fixture);
	assert_int_equal(fixture->n_told, 3);
	remove_device(fixture, "1-3");
	happen(fixture, UEVENT_REMOVE, "1-3");
	plug(reader, "1-3", 1, keyboard);
	be_asked(reader);
}

static void what_is_not_answered_stays_closed(void **state)
{
	static const enum challenge_outcome outcomes[] = {CHALLENGE_WRONG, CHALLENGE_EXPIRED,
							  CHALLENGE_BROKEN};
	struct reader *reader = *state;
	struct fixture *fixture = reader->fixture;

	for (size_t i = 0; i < sizeof(outcomes) / sizeof(outcomes[0]); i++) {
		char name[8];

		snprintf(name, sizeof(name), "1-%zu", i + 1);
		plug(reader, name, 1, keyboard);
		be_asked(reader);
		answer(reader, outcomes[i]);
		expect_file(reader, name, "0");
		assert_int_equal(fixture->n_told, 3 * (i + 1));
		assert_true(strncmp(fixture->told[3 * i + 1], "challenge.failed ", 17) == 0);
		assert_true(strncmp(fixture->told[3 * i + 2], "device.blocked ", 15) == 0);
		gate_judge_again(&fixture->gate, &fixture->rules);
		settle(fixture);
		expect_file(reader, name, "0");
	}
	assert_int_equal(fixture->n_told, 9);
}

/* Its storage is closed before, while and after it is asked, its second keyboard waits for the
 * first. */
static void a_composite_types_on_one(void **state)
{
	struct reader *reader = *state;

	plug(reader, "1-3", 3, composite);
	be_asked(reader);
	assert_int_equal(reader->task.interface, 1);
	expect_file(reader, "1-3:1.0", "0");
	expect_file(reader, "1-3:1.1", "1");
	expect_file(reader, "1-3:1.2", "0");
	answer(reader, CHALLENGE_PASSED);
	expect_file(reader, "1-3:1.0", "0");
	expect_file(reader, "1-3:1.1", "1");
	expect_file(reader, "1-3:1.2", "1");
	expect_told(reader, 2, "device.allowed 1-3 030101 080000 -");
}

/* What other sections allow of it waits as well: a device that resets itself would have it, and the
 * keyboard by usbhid. */
static void nothing_else_works_meanwhile(void **state)
{
	struct reader *reader = *state;
	struct fixture *fixture = reader->fixture;
	struct sweep sweep = {.sysfs = fixture->root,
			      .buses_closed = "/nonexistent",
			      .buses = "/nonexistent",
			      .udev_data = "/nonexistent",
			      .radio_rules = {"/nonexistent", "/nonexistent"}};

	load_rules(fixture, RULES "[Device b]\nMatchInterface=08:*:*\nAccess=allow\n");
	plug(reader, "1-3", 3, composite);
	be_asked(reader);
	expect_file(reader, "1-3:1.0", "0");
	expect_file(reader, "1-3:1.1", "1");
	/* Somebody opens it all the same. */
	put_text(fixture, "bus/usb/devices/1-3:1.0", "authorized", "1\n");
	sweep_values(&sweep, &fixture->gate);
	settle(fixture);
	expect_file(reader, "1-3:1.0", "0");
	expect_file(reader, "1-3:1.1", "1");
	answer(reader, CHALLENGE_PASSED);
	expect_file(reader, "1-3:1.0", "1");
	expect_file(reader, "1-3:1.2", "1");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(the_code_opens_it),
		CASE(what_is_not_answered_stays_closed),
		CASE(a_composite_types_on_one),
		CASE(nothing_else_works_meanwhile),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
