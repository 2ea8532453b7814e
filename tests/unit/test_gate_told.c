/* What is told of a device that was let in or refused: not before it is so, once, and never
 * nothing. */
#include "gate_fixture.h"

static void expect_told(const struct fixture *fixture, size_t count, const char *last)
{
	assert_int_equal(fixture->n_told, count);
	assert_string_equal(fixture->told[count - 1], last);
}

static void take_interface(const struct fixture *fixture, const char *device)
{
	char path[160];

	snprintf(path, sizeof(path), "%s/bus/usb/devices/%s/%s:1.0", fixture->root, device, device);
	assert_int_equal(tree_remove(path), 0);
}

static void take_driver(const struct fixture *fixture, const char *device)
{
	char path[160];

	snprintf(path, sizeof(path), "%s/bus/usb/devices/%s/driver", fixture->root, device);
	assert_int_equal(unlink(path), 0);
}

/* A keyboard that works, at 1-5. */
static void begin_with_keyboard(struct fixture *fixture)
{
	begin(fixture);
	put_device(fixture, "1-5", "0\n", 1, (const uint8_t[]){3});
	happen(fixture, UEVENT_ADD, "1-5");
	settle(fixture);
	expect_told(fixture, 1, "device.allowed 1-5 030000 - -");
}

/* The root half ends. */
static int lose_link(struct fixture *fixture)
{
	int link = fixture->link.fd;

	fixture->link.fd = -1;
	fixture->link.count = fixture->link.sent = 0;
	gate_unlinked(&fixture->gate);
	return link;
}

static void find_link(struct fixture *fixture, int link)
{
	struct priv_request request;

	/* What was under way when it ended is not done, or nobody hears that it is. */
	while (recv(fixture->peer, &request, sizeof(request), 0) > 0)
		;
	while (recv(link, &request, sizeof(request), 0) > 0)
		;
	fixture->link.fd = link;
	begin(fixture);
}

static void forbid_all(struct fixture *fixture)
{
	load_rules(fixture, "[Device none]\nMatchInterface=08:*:*\nAccess=allow\n");
	gate_judge_again(&fixture->gate, &fixture->rules);
}

/* Its interface waits until it can be asked for, and so does what is told. */
static void nothing_is_told_without_the_root_half(void **state)
{
	struct fixture *fixture = *state;
	int link;

	begin(fixture);
	put_device(fixture, "1-5", "0\n", 1, (const uint8_t[]){3});
	happen(fixture, UEVENT_ADD, "1-5");
	assert_true(serve_one(fixture)); /* opened, and the reply is lost */
	link = lose_link(fixture);
	happen(fixture, UEVENT_BIND, "1-5");
	gate_tick(&fixture->gate);
	assert_int_equal(fixture->n_told, 0);
	find_link(fixture, link);
	expect_told(fixture, 1, "device.allowed 1-5 030000 - -");
}

/* The same of other rules: what it is then is told once. */
static void a_reload_without_the_root_half_is_told_once(void **state)
{
	struct fixture *fixture = *state;
	int link;

	begin(fixture);
	put_device(fixture, "1-5", "0\n", 1, (const uint8_t[]){3});
	happen(fixture, UEVENT_ADD, "1-5");
	assert_true(serve_one(fixture));
	link = lose_link(fixture);
	forbid_all(fixture);
	find_link(fixture, link);
	expect_told(fixture, 1, "device.blocked 1-5 - - -");
	expect_text(fixture, "bus/usb/devices/1-5/authorized", "0");
}

/* We start while the kernel configures it: its driver has begun, its interfaces are to come. */
static void what_is_being_configured_is_told_once(void **state)
{
	struct fixture *fixture = *state;

	put_device(fixture, "1-5", "1\n", 1, (const uint8_t[]){3});
	take_interface(fixture, "1-5");
	fixture->gate.starting = true;
	assert_int_equal(gate_scan(&fixture->gate), 0);
	for (int i = 0; i < 2; i++) { /* the parameter and the bus */
		assert_true(serve_one(fixture));
		assert_int_equal(privlink_dispatch(&fixture->link, 0, gate_done, &fixture->gate),
				 0);
	}
	put_device(fixture, "1-5", "1\n", 1, (const uint8_t[]){3});
	settle(fixture);
	expect_told(fixture, 1, "device.allowed 1-5 030000 - -");
}

/* It was there before us, and has no interface. */
static void what_has_nothing_at_the_start_is_told(void **state)
{
	struct fixture *fixture = *state;

	put_device(fixture, "1-5", "1\n", 1, (const uint8_t[]){3});
	take_interface(fixture, "1-5");
	begin(fixture);
	expect_told(fixture, 1, "device.allowed 1-5 - - -");
}

/* It was opened before the kernel offered it to its driver, which finds no interface either. */
static void what_has_nothing_and_was_opened_early_is_told(void **state)
{
	struct fixture *fixture = *state;

	begin(fixture);
	put_device(fixture, "1-5", "0\n", 1, (const uint8_t[]){3});
	take_interface(fixture, "1-5");
	take_driver(fixture, "1-5");
	happen(fixture, UEVENT_ADD, "1-5");
	settle(fixture);
	expect_text(fixture, "bus/usb/devices/1-5/authorized", "1");
	assert_int_equal(fixture->n_told, 0);
	be_driven(fixture, "1-5", "usb");
	happen(fixture, UEVENT_BIND, "1-5");
	settle(fixture);
	expect_told(fixture, 1, "device.allowed 1-5 - - -");
}

/* The root half can't say whether the kernel is through: that is told, and not asked for ever. */
static void what_cant_be_awaited_is_told(void **state)
{
	struct fixture *fixture = *state;

	fixture->fail_verb = PRIV_DEVICE_AWAIT;
	fixture->fail_error = -EINTR;
	put_device(fixture, "1-5", "1\n", 1, (const uint8_t[]){3});
	begin(fixture);
	assert_string_equal(fixture->told[0], "engine.fault 1-5 - 030000 Interrupted system call");
	expect_told(fixture, 2, "device.blocked 1-5 - 030000 Interrupted system call");
}

/* What refused it after it had been let in is told, however soon it leaves. */
static void what_a_foreign_driver_took_is_told_when_it_leaves(void **state)
{
	struct fixture *fixture = *state;

	begin_with_keyboard(fixture);
	be_driven(fixture, "1-5:1.0", "usb-storage");
	happen(fixture, UEVENT_BIND, "1-5");
	remove_device(fixture, "1-5");
	happen(fixture, UEVENT_REMOVE, "1-5");
	assert_string_equal(fixture->told[1], "device.blocked 1-5 - - -");
	expect_told(fixture, 3, "device.gone 1-5 - - -");
}

static void what_other_rules_refuse_is_told_when_it_leaves(void **state)
{
	struct fixture *fixture = *state;

	begin_with_keyboard(fixture);
	forbid_all(fixture);
	remove_device(fixture, "1-5");
	happen(fixture, UEVENT_REMOVE, "1-5");
	assert_true(strncmp(fixture->told[1], "device.blocked 1-5 ", 19) == 0);
	assert_true(strncmp(fixture->told[2], "device.gone 1-5 ", 16) == 0);
	assert_int_equal(fixture->n_told, 3);
}

/* Its bus can't be closed, so nothing below is opened; what may not work any more is closed. */
static void a_reload_closes_below_a_bus_that_failed(void **state)
{
	struct fixture *fixture = *state;

	put_device(fixture, "1-5", "0\n", 2, (const uint8_t[]){3, 9});
	begin(fixture);
	expect_text(fixture, "bus/usb/devices/1-5:1.1/authorized", "1");
	fixture->fail_verb = PRIV_BUS_DENY;
	fixture->fail_error = -EIO;
	gate_overrun(&fixture->gate);
	assert_int_equal(gate_scan(&fixture->gate), 0);
	settle(fixture);
	load_rules(fixture, "[Device input]\nMatchInterface=03:*:*\nAccess=allow\n");
	gate_judge_again(&fixture->gate, &fixture->rules);
	settle(fixture);
	expect_text(fixture, "bus/usb/devices/1-5:1.0/authorized", "1");
	expect_text(fixture, "bus/usb/devices/1-5:1.1/authorized", "0");
	/* It is told when all is as judged. */
	fixture->fail_verb = 0;
	fixture->n_told = 0;
	begin(fixture);
	assert_string_equal(fixture->told[0], "device.allowed 1-5 030000 090000 -");
	expect_told(fixture, 2, "device.blocked 1-5 030000 090000 -");
}

/* The kernel says that it left, and it stays. */
static void what_the_kernel_calls_gone_is_told(void **state)
{
	struct fixture *fixture = *state;

	begin(fixture);
	fixture->fail_verb = PRIV_DEVICE_OPEN;
	fixture->fail_error = -ENODEV;
	put_device(fixture, "1-5", "0\n", 1, (const uint8_t[]){3});
	happen(fixture, UEVENT_ADD, "1-5");
	settle(fixture);
	expect_text(fixture, "bus/usb/devices/1-5/authorized", "0");
	expect_told(fixture, 1, "engine.fault 1-5 - - No such device");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(nothing_is_told_without_the_root_half),
		TEST(a_reload_without_the_root_half_is_told_once),
		TEST(what_is_being_configured_is_told_once),
		TEST(what_has_nothing_at_the_start_is_told),
		TEST(what_has_nothing_and_was_opened_early_is_told),
		TEST(what_cant_be_awaited_is_told),
		TEST(what_a_foreign_driver_took_is_told_when_it_leaves),
		TEST(what_other_rules_refuse_is_told_when_it_leaves),
		TEST(a_reload_closes_below_a_bus_that_failed),
		TEST(what_the_kernel_calls_gone_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
