/* A keyboard that has to type a code: which verbs, what is told, and all the ways in which it ends.
 * The kernel and a real reader are in the lab (tests/vm/challenge.py). */
#include "gate_fixture.h"

#include "agent/engine/sweep.h"

#include <errno.h>
#include <sys/un.h>

#define RULES "[Device a]\nMatchInterface=03:*:*\nAccess=challenge\n"

struct reader {
	struct fixture *fixture;
	struct challenges challenges;
	char socket[64];
	int listener, fd;
	struct challenge_task task;
};

static int set_up(void **state)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	struct reader *reader = calloc(1, sizeof(*reader));
	void *made;

	if (setup(&made) < 0)
		return -1;
	reader->fixture = made;
	snprintf(reader->socket, sizeof(reader->socket), "%s/reader", reader->fixture->root);
	memcpy(address.sun_path, reader->socket, sizeof(reader->socket));
	reader->listener = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	reader->fd = -1;
	if (bind(reader->listener, (struct sockaddr *)&address, sizeof(address)) < 0 ||
	    listen(reader->listener, 8) < 0)
		return -1;
	reader->challenges.socket = reader->socket;
	reader->challenges.owner = getuid();
	reader->fixture->gate.challenges = &reader->challenges;
	reader->fixture->claims = true;
	load_rules(reader->fixture, RULES);
	begin(reader->fixture);
	*state = reader;
	return 0;
}

static int tear_down(void **state)
{
	struct reader *reader = *state;
	void *made = reader->fixture;

	if (reader->fd >= 0)
		close(reader->fd);
	close(reader->listener);
	for (size_t i = 0; i < CHALLENGES_MAX; i++)
		challenge_cancel(&reader->challenges, reader->challenges.list[i].inode);
	teardown(&made);
	free(reader);
	return 0;
}

/* @classes: of its interfaces; those of class 3 are keyboards for the firmware. */
static void put_keyboard(const struct fixture *fixture, const char *name, const char *authorized,
			 size_t count, const uint8_t *classes)
{
	char path[128], whole[256];
	FILE *file;

	put_device(fixture, name, authorized, count, classes);
	snprintf(whole, sizeof(whole), "%s/bus/usb/devices/%s/descriptors", fixture->root, name);
	file = fopen(whole, "r+");
	assert_non_null(file);
	for (size_t i = 0; i < count; i++) {
		if (classes[i] != 3)
			continue;
		assert_int_equal(fseek(file, (long)(27 + 9 * i + 6), SEEK_SET), 0);
		assert_int_equal(fwrite("\1\1", 2, 1, file), 1);
		snprintf(path, sizeof(path), "bus/usb/devices/%s:1.%zu", name, i);
		put_text(fixture, path, "bInterfaceSubClass", "01\n");
		put_text(fixture, path, "bInterfaceProtocol", "01\n");
		snprintf(path, sizeof(path), "bus/usb/devices/%s:1.%zu/ep_82", name, i);
		put_text(fixture, path, "type", "Interrupt\n");
		put_text(fixture, path, "wMaxPacketSize", "0008\n");
	}
	assert_int_equal(fclose(file), 0);
}

static void plug(const struct reader *reader, const char *name, size_t count,
		 const uint8_t *classes)
{
	put_keyboard(reader->fixture, name, "0\n", count, classes);
	happen(reader->fixture, UEVENT_ADD, name);
	settle(reader->fixture);
}

/* The reader's end of the challenge that was begun last. */
static void be_asked(struct reader *reader)
{
	int usb = -1;

	if (reader->fd >= 0)
		close(reader->fd);
	reader->fd = accept(reader->listener, NULL, NULL);
	assert_true(reader->fd >= 0);
	assert_int_equal(
		parcel_receive(reader->fd, &reader->task, sizeof(reader->task), &usb, MSG_DONTWAIT),
		0);
	assert_true(usb >= 0);
	close(usb);
}

static void let_go(const struct reader *reader)
{
	char path[160];

	snprintf(path, sizeof(path), "%s/bus/usb/devices/%s:1.%u/driver", reader->fixture->root,
		 reader->task.port, reader->task.interface);
	assert_int_equal(unlink(path), 0);
}

static void answer(struct reader *reader, enum challenge_outcome outcome)
{
	struct challenge_result result = {CHALLENGE_VERSION, outcome, 0};

	let_go(reader);
	assert_int_equal(parcel_send(reader->fd, &result, sizeof(result), -1, 0), 0);
	gate_challenges(&reader->fixture->gate);
	settle(reader->fixture);
}

static void expect_told(const struct reader *reader, size_t index, const char *expected)
{
	assert_true(index < reader->fixture->n_told);
	assert_string_equal(reader->fixture->told[index], expected);
}

static void expect_file(const struct reader *reader, const char *name, const char *value)
{
	char path[96];

	snprintf(path, sizeof(path), "bus/usb/devices/%s/authorized", name);
	expect_text(reader->fixture, path, value);
}

static const uint8_t keyboard[] = {3}, composite[] = {8, 3, 3};

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
	struct fixture *fixture = reader->fixture;

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
	(void)fixture;
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

#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(the_code_opens_it),
		CASE(what_is_not_answered_stays_closed),
		CASE(a_composite_types_on_one),
		CASE(nothing_else_works_meanwhile),
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
