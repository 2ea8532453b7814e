/* A keyboard that has to type a code: all the ways in which that ends otherwise, or can't begin. */
#include "challenge_fixture.h"

#include <errno.h>

/* After a reset the kernel gives it to usbhid. */
static void another_driver_ends_it(void **state)
{
	struct reader *reader = *state;
	struct uevent bound = {.action = UEVENT_BIND, .type = UEVENT_INTERFACE, .name = "1-3:1.0"};

	plug(reader, "1-3", 1, keyboard);
	be_asked(reader);
	announce(reader->fixture, &bound);
	settle(reader->fixture);
	assert_int_equal(reader->fixture->n_told, 1);
	be_driven(reader->fixture, "1-3:1.0", "usbhid");
	announce(reader->fixture, &bound);
	settle(reader->fixture);
	expect_told(reader, 1, "challenge.failed 1-3 - - -");
	expect_file(reader, "1-3", "0");
	assert_false(
		challenge_is_under_way(&reader->challenges, reader->challenges.list[0].inode) &&
		reader->challenges.list[0].inode);
}

static void other_rules_end_it(void **state)
{
	struct reader *reader = *state;
	struct fixture *fixture = reader->fixture;

	plug(reader, "1-3", 1, keyboard);
	be_asked(reader);
	load_rules(fixture, "[Device a]\nMatchInterface=03:*:*\nAccess=allow\n");
	gate_judge_again(&fixture->gate, &fixture->rules);
	/* Closed, no driver has it. */
	serve_one(fixture);
	let_go(reader);
	settle(fixture);
	expect_told(reader, 1, "challenge.failed 1-3 - - -");
	expect_told(reader, 2, "device.allowed 1-3 030101 - -");
	assert_int_equal(fixture->n_told, 3);
	expect_text(fixture, "bus/usb/drivers/usbhid/bind", "1-3:1.0");
}

static void it_leaves(void **state)
{
	struct reader *reader = *state;

	plug(reader, "1-3", 1, keyboard);
	be_asked(reader);
	remove_device(reader->fixture, "1-3");
	happen(reader->fixture, UEVENT_REMOVE, "1-3");
	expect_told(reader, 1, "challenge.failed 1-3 - - -");
	assert_int_equal(reader->challenges.list[0].inode, 0);
}

/* No reader, no claim, no way to type: closed, and said why. */
static void what_cant_be_asked_stays_closed(void **state)
{
	struct reader *reader = *state;
	struct fixture *fixture = reader->fixture;

	fixture->fail_verb = PRIV_INTERFACE_CLAIM;
	fixture->fail_error = -EBUSY;
	plug(reader, "1-3", 1, keyboard);
	expect_told(reader, 0, "challenge.failed 1-3 - - Device or resource busy");
	expect_told(reader, 1, "device.blocked 1-3 - - -");
	expect_file(reader, "1-3", "0");
	fixture->fail_verb = 0;
	reader->challenges.socket = "/nonexistent";
	plug(reader, "1-4", 1, keyboard);
	expect_told(reader, 2, "challenge.failed 1-4 - - No such file or directory");
	expect_file(reader, "1-4", "0");
	put_device(fixture, "1-5", "0\n", 1, (const uint8_t[]){3});
	happen(fixture, UEVENT_ADD, "1-5");
	settle(fixture);
	expect_told(reader, 4, "device.blocked 1-5 - - -");
	expect_file(reader, "1-5", "0");
	assert_int_equal(fixture->n_told, 5);
}

/* The configuration that the kernel chose has nothing to type on, or it can't configure it at all.
 */
static void what_has_no_keyboard_is_told(void **state)
{
	struct reader *reader = *state;
	struct fixture *fixture = reader->fixture;
	char path[128];

	put_keyboard(fixture, "1-3", "0\n", 1, keyboard);
	snprintf(path, sizeof(path), "%s/bus/usb/devices/1-3/1-3:1.0", fixture->root);
	assert_int_equal(tree_remove(path), 0);
	happen(fixture, UEVENT_ADD, "1-3");
	settle(fixture);
	expect_told(reader, 0, "challenge.failed 1-3 - - -");
	assert_non_null(strstr(fixture->fields, "\"reason\":\"challenge\""));
	expect_told(reader, 1, "device.blocked 1-3 - - -");
	expect_file(reader, "1-3", "0");
	fixture->fail_verb = PRIV_DEVICE_OPEN;
	fixture->fail_error = -EPROTO;
	plug(reader, "1-4", 1, keyboard);
	expect_told(reader, 2, "engine.fault 1-4 - - Protocol error");
	expect_told(reader, 3, "device.blocked 1-4 - - Protocol error");
	expect_file(reader, "1-4", "0");
	assert_int_equal(fixture->n_told, 4);
}

/* What works when we start, or after we were away, loses its driver first. */
static void what_works_already_is_asked(void **state)
{
	struct reader *reader = *state;
	struct fixture *fixture = reader->fixture;
	char closed[32], claimed[32];
	size_t at = 0;

	put_keyboard(fixture, "1-3", "1\n", 1, keyboard);
	put_text(fixture, "bus/usb/devices/1-3:1.0", "authorized", "1\n");
	be_driven(fixture, "1-3:1.0", "usbhid");
	fixture->n_asked = 0;
	begin(fixture);
	be_asked(reader);
	snprintf(closed, sizeof(closed), "%d 1-3:1.0", PRIV_INTERFACE_CLOSE);
	snprintf(claimed, sizeof(claimed), "%d 1-3:1.0", PRIV_INTERFACE_CLAIM);
	while (at < fixture->n_asked && strcmp(fixture->asked[at], closed) != 0)
		at++;
	while (at < fixture->n_asked && strcmp(fixture->asked[at], claimed) != 0)
		at++;
	assert_true(at < fixture->n_asked);
	expect_told(reader, 0, "challenge.asked 1-3 - - -");
	/* The root half is started anew: its reader has it all the same. */
	gate_unlinked(&fixture->gate);
	begin(fixture);
	assert_int_equal(fixture->n_told, 1);
	answer(reader, CHALLENGE_PASSED);
	expect_told(reader, 2, "device.allowed 1-3 030101 - -");
}

static void before_sleep_it_ends(void **state)
{
	struct reader *reader = *state;

	plug(reader, "1-3", 1, keyboard);
	be_asked(reader);
	gate_end_challenges(&reader->fixture->gate, "sleep");
	settle(reader->fixture);
	expect_told(reader, 1, "challenge.failed 1-3 - - -");
	expect_told(reader, 2, "device.blocked 1-3 - - -");
	expect_file(reader, "1-3", "0");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(another_driver_ends_it),
		CASE(other_rules_end_it),
		CASE(it_leaves),
		CASE(what_cant_be_asked_stays_closed),
		CASE(what_has_no_keyboard_is_told),
		CASE(what_works_already_is_asked),
		CASE(before_sleep_it_ends),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
