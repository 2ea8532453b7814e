/* Devices: what is written where, in which order, and what is told. The kernel itself is in the lab
 * (tests/vm/test_usb.py). */
#include "gate_fixture.h"

static void storage_stays_closed(void **state)
{
	struct fixture *fixture = *state;

	begin(fixture);
	put_device(fixture, "1-2", "0\n", 1, (const uint8_t[]){8});
	happen(fixture, UEVENT_ADD, "1-2");
	settle(fixture);
	expect_text(fixture, "bus/usb/devices/1-2/authorized", "0");
	assert_int_equal(fixture->n_told, 1);
	assert_string_equal(fixture->told[0], "device.blocked 1-2 - - -");
	/* Told once, however often the kernel or udevadm mentions it. */
	happen(fixture, UEVENT_ADD, "1-2");
	happen(fixture, UEVENT_CHANGE, "1-2");
	settle(fixture);
	assert_int_equal(fixture->n_told, 1);
	remove_device(fixture, "1-2");
	happen(fixture, UEVENT_REMOVE, "1-2");
	assert_string_equal(fixture->told[1], "device.gone 1-2 - - -");
	assert_int_equal(fixture->gate.n_list, 0);
}

/* A stick that somebody, or a kernel without our parameter, let in before us. */
static void what_is_open_is_closed(void **state)
{
	struct fixture *fixture = *state;

	put_device(fixture, "1-2", "1\n", 1, (const uint8_t[]){8});
	begin(fixture);
	expect_text(fixture, "bus/usb/devices/1-2/authorized", "0");
	assert_string_equal(fixture->told[0], "device.blocked 1-2 - - -");
	put_text(fixture, "bus/usb/devices/1-2", "authorized", "1\n");
	happen(fixture, UEVENT_CHANGE, "1-2");
	settle(fixture);
	expect_text(fixture, "bus/usb/devices/1-2/authorized", "0");
	assert_int_equal(fixture->n_told, 2);
	assert_string_equal(fixture->told[1], "device.blocked 1-2 - - -");
}

static void a_composite_works_in_part(void **state)
{
	struct fixture *fixture = *state;

	begin(fixture);
	put_device(fixture, "1-3", "0\n", 3, (const uint8_t[]){3, 8, 3});
	happen(fixture, UEVENT_ADD, "1-3");
	settle(fixture);
	expect_text(fixture, "bus/usb/devices/1-3/authorized", "1");
	expect_text(fixture, "bus/usb/devices/1-3:1.0/authorized", "1");
	expect_text(fixture, "bus/usb/devices/1-3:1.1/authorized", "0");
	expect_text(fixture, "bus/usb/devices/1-3:1.2/authorized", "1");
	assert_int_equal(fixture->n_told, 2);
	assert_string_equal(fixture->told[0], "device.allowed 1-3 030000 080000 -");
	assert_string_equal(fixture->told[1], "device.blocked 1-3 030000 080000 -");
	/* All of them are open before the first looks for a driver. */
	assert_string_equal(fixture->asked[fixture->n_asked - 2], "8 1-3:1.0");
	assert_string_equal(fixture->asked[fixture->n_asked - 1], "8 1-3:1.2");
	/* Somebody opens the closed one. */
	put_text(fixture, "bus/usb/devices/1-3:1.1", "authorized", "1\n");
	happen(fixture, UEVENT_CHANGE, "1-3");
	settle(fixture);
	expect_text(fixture, "bus/usb/devices/1-3:1.1/authorized", "0");
}

/* The kernel would ask it anew what it is: it is not opened on what it once told. */
static void what_somebody_closed_is_judged_anew(void **state)
{
	struct fixture *fixture = *state;

	begin(fixture);
	put_device(fixture, "1-3", "0\n", 1, (const uint8_t[]){3});
	happen(fixture, UEVENT_ADD, "1-3");
	settle(fixture);
	expect_text(fixture, "bus/usb/devices/1-3/authorized", "1");
	put_text(fixture, "bus/usb/devices/1-3", "authorized", "0\n");
	happen(fixture, UEVENT_CHANGE, "1-3");
	settle(fixture);
	expect_text(fixture, "bus/usb/devices/1-3/authorized", "1");
	assert_int_equal(fixture->n_told, 2);
	assert_string_equal(fixture->told[1], "device.allowed 1-3 030000 - -");
	put_device(fixture, "1-3", "0\n", 1, (const uint8_t[]){8});
	fixture->n_asked = 0;
	happen(fixture, UEVENT_CHANGE, "1-3");
	settle(fixture);
	expect_text(fixture, "bus/usb/devices/1-3/authorized", "0");
	assert_string_equal(fixture->told[2], "device.blocked 1-3 - - -");
}

/* A disk's numbers and a keyboard's class: usb-storage would take it by its numbers. */
static void a_foreign_driver_closes_the_device(void **state)
{
	struct fixture *fixture = *state;
	struct uevent bound = {.action = UEVENT_BIND, .type = UEVENT_INTERFACE, .name = "1-3:1.0"};

	begin(fixture);
	put_device(fixture, "1-3", "0\n", 1, (const uint8_t[]){3});
	happen(fixture, UEVENT_ADD, "1-3");
	settle(fixture);
	assert_string_equal(fixture->told[0], "device.allowed 1-3 030000 - -");
	announce(fixture, &bound);
	settle(fixture);
	assert_int_equal(fixture->n_told, 1);
	be_driven(fixture, "1-3:1.0", "usb-storage");
	announce(fixture, &bound);
	settle(fixture);
	expect_text(fixture, "bus/usb/devices/1-3/authorized", "0");
	assert_string_equal(fixture->told[1], "device.blocked 1-3 - - -");
	/* And stays so, whatever the rules become. */
	happen(fixture, UEVENT_CHANGE, "1-3");
	gate_judge_again(&fixture->gate, &fixture->rules);
	settle(fixture);
	expect_text(fixture, "bus/usb/devices/1-3/authorized", "0");
	assert_int_equal(fixture->n_told, 2);
}

/* A keyboard's class and no keyboard: usbhid does not take it, and no driver loaded later may. */
static void what_its_driver_does_not_take_is_closed(void **state)
{
	struct fixture *fixture = *state;
	struct uevent bound = {.action = UEVENT_BIND, .type = UEVENT_INTERFACE, .name = "1-3:1.1"};

	begin(fixture);
	fixture->fail_verb = PRIV_INTERFACE_BIND_HID;
	fixture->fail_error = -ENODEV;
	put_device(fixture, "1-3", "0\n", 2, (const uint8_t[]){3, 9});
	happen(fixture, UEVENT_ADD, "1-3");
	settle(fixture);
	expect_text(fixture, "bus/usb/devices/1-3:1.0/authorized", "0");
	expect_text(fixture, "bus/usb/devices/1-3:1.1/authorized", "1");
	assert_int_equal(fixture->n_told, 3);
	assert_string_equal(fixture->told[0],
			    "engine.fault 1-3 090000 030000 Operation not supported");
	assert_string_equal(fixture->told[2],
			    "device.blocked 1-3 090000 030000 Operation not supported");
	/* It is neither tried again nor forgotten. */
	fixture->n_asked = 0;
	happen(fixture, UEVENT_CHANGE, "1-3");
	settle(fixture);
	assert_int_equal(fixture->n_asked, 0);
	put_text(fixture, "bus/usb/devices/1-3:1.0", "authorized", "1\n");
	happen(fixture, UEVENT_CHANGE, "1-3");
	settle(fixture);
	expect_text(fixture, "bus/usb/devices/1-3:1.0/authorized", "0");
	assert_int_equal(fixture->n_told, 3);
	be_driven(fixture, "1-3:1.1", "usb-storage");
	announce(fixture, &bound);
	settle(fixture);
	expect_text(fixture, "bus/usb/devices/1-3/authorized", "0");
	assert_string_equal(fixture->told[3], "device.blocked 1-3 - - -");
}

/* The kernel has made the directory of an interface, but the bus does not know it yet: a driver
 * could not be bound, and a keyboard would be closed for it. */
static void an_interface_waits_for_its_uevent(void **state)
{
	struct fixture *fixture = *state;
	struct uevent added = {.action = UEVENT_ADD, .type = UEVENT_INTERFACE, .name = "1-3:1.0"};
	char power[128];

	begin(fixture);
	put_device(fixture, "1-3", "0\n", 1, (const uint8_t[]){3});
	snprintf(power, sizeof(power), "%s/bus/usb/devices/1-3/1-3:1.0/power", fixture->root);
	assert_int_equal(unlink(power), 0);
	happen(fixture, UEVENT_ADD, "1-3");
	settle(fixture);
	expect_text(fixture, "bus/usb/devices/1-3/authorized", "1");
	expect_text(fixture, "bus/usb/devices/1-3:1.0/authorized", "0");
	assert_int_equal(fixture->n_told, 0);
	put_text(fixture, "bus/usb/devices/1-3/1-3:1.0", "power", "on\n");
	announce(fixture, &added);
	settle(fixture);
	expect_text(fixture, "bus/usb/devices/1-3:1.0/authorized", "1");
	assert_int_equal(fixture->n_told, 1);
	assert_string_equal(fixture->told[0], "device.allowed 1-3 030000 - -");
}

/* The kernel tells of a device before it offers it to its own driver: the device is let in at once,
 * its interfaces wait. */
static void interfaces_wait_until_the_kernel_is_through(void **state)
{
	struct fixture *fixture = *state;
	struct uevent uevent = {.action = UEVENT_ADD, .type = UEVENT_INTERFACE, .name = "1-3:1.0"};
	char path[128];

	begin(fixture);
	put_device(fixture, "1-3", "0\n", 1, (const uint8_t[]){3});
	snprintf(path, sizeof(path), "%s/bus/usb/devices/1-3/driver", fixture->root);
	assert_int_equal(unlink(path), 0);
	fixture->n_asked = 0;
	happen(fixture, UEVENT_ADD, "1-3");
	settle(fixture);
	expect_text(fixture, "bus/usb/devices/1-3/authorized", "1");
	assert_int_equal(fixture->n_asked, 1);
	assert_int_equal(fixture->n_told, 0);
	assert_true(gate_idle(&fixture->gate));
	assert_string_equal(device_state_name(fixture->gate.list[0]->state), "waiting");
	/* Whatever is heard of it or of its interfaces meanwhile. */
	happen(fixture, UEVENT_CHANGE, "1-3");
	announce(fixture, &uevent);
	settle(fixture);
	assert_int_equal(fixture->n_asked, 1);
	expect_text(fixture, "bus/usb/devices/1-3:1.0/authorized", "0");
	be_driven(fixture, "1-3", "usb");
	happen(fixture, UEVENT_OTHER, "1-3");
	assert_int_equal(fixture->n_asked, 1);
	happen(fixture, UEVENT_BIND, "1-3");
	settle(fixture);
	expect_text(fixture, "bus/usb/devices/1-3:1.0/authorized", "1");
	assert_int_equal(fixture->n_told, 1);
	assert_string_equal(fixture->told[0], "device.allowed 1-3 030000 - -");
}

/* A device that was let in before the kernel was through with it is configured twice; the interface
 * that could not be bound is gone, and the one of its name is a keyboard that has to work. */
static void a_successor_of_an_interface_is_bound(void **state)
{
	struct fixture *fixture = *state;

	begin(fixture);
	fixture->fail_verb = PRIV_INTERFACE_BIND_HID;
	fixture->fail_error = -ENODEV;
	fixture->configured_again = true;
	put_device(fixture, "1-3", "0\n", 1, (const uint8_t[]){3});
	happen(fixture, UEVENT_ADD, "1-3");
	settle(fixture);
	expect_text(fixture, "bus/usb/devices/1-3:1.0/authorized", "1");
	assert_string_equal(fixture->asked[fixture->n_asked - 1], "8 1-3:1.0");
	assert_int_equal(fixture->n_told, 1);
	assert_string_equal(fixture->told[0], "device.allowed 1-3 030000 - -");
}

/* Configured once more when all was done: it works again, and nothing new is told. */
static void a_second_configuration_is_told_once(void **state)
{
	struct fixture *fixture = *state;
	struct uevent added = {.action = UEVENT_ADD, .type = UEVENT_INTERFACE, .name = "1-3:1.0"};
	char gone[160], kept[160];

	begin(fixture);
	put_device(fixture, "1-3", "0\n", 1, (const uint8_t[]){3});
	happen(fixture, UEVENT_ADD, "1-3");
	settle(fixture);
	assert_int_equal(fixture->n_told, 1);
	/* Between the two there is no interface. */
	snprintf(gone, sizeof(gone), "%s/bus/usb/devices/1-3/1-3:1.0", fixture->root);
	snprintf(kept, sizeof(kept), "%s/old", fixture->root);
	assert_int_equal(rename(gone, kept), 0);
	happen(fixture, UEVENT_CHANGE, "1-3");
	settle(fixture);
	put_device(fixture, "1-3", "1\n", 1, (const uint8_t[]){3});
	announce(fixture, &added);
	settle(fixture);
	expect_text(fixture, "bus/usb/devices/1-3:1.0/authorized", "1");
	assert_string_equal(fixture->asked[fixture->n_asked - 1], "8 1-3:1.0");
	assert_int_equal(fixture->n_told, 1);
}

/* An engine that was killed between opening an interface and giving it to its driver. */
static void an_open_interface_gets_its_driver(void **state)
{
	struct fixture *fixture = *state;

	put_device(fixture, "1-3", "1\n", 1, (const uint8_t[]){3});
	put_text(fixture, "bus/usb/devices/1-3:1.0", "authorized", "1\n");
	begin(fixture);
	assert_string_equal(fixture->asked[fixture->n_asked - 1], "8 1-3:1.0");
}

/* The judged device is pulled and another one takes its place before the root half acts. */
static void a_successor_gets_nothing(void **state)
{
	struct fixture *fixture = *state;

	begin(fixture);
	put_device(fixture, "1-4", "0\n", 1, (const uint8_t[]){3});
	happen(fixture, UEVENT_ADD, "1-4");
	remove_device(fixture, "1-4");
	put_device(fixture, "9-9", "0\n", 1, (const uint8_t[]){3});
	remove_device(fixture, "1-4:1.0");
	put_device(fixture, "1-4", "0\n", 1, (const uint8_t[]){8});
	settle(fixture);
	expect_text(fixture, "bus/usb/devices/1-4/authorized", "0");
	happen(fixture, UEVENT_REMOVE, "1-4");
	happen(fixture, UEVENT_ADD, "1-4");
	settle(fixture);
	expect_text(fixture, "bus/usb/devices/1-4/authorized", "0");
	assert_string_equal(fixture->told[fixture->n_told - 1], "device.blocked 1-4 - - -");
}

/* While the root half configures a device the kernel makes readers of its strings wait: here, a
 * pipe that nobody writes to. */
static void a_device_being_configured_is_not_waited_for(void **state)
{
	struct fixture *fixture = *state;
	char path[128];

	begin(fixture);
	put_device(fixture, "1-4", "0\n", 1, (const uint8_t[]){3});
	happen(fixture, UEVENT_ADD, "1-4");
	snprintf(path, sizeof(path), "%s/bus/usb/devices/1-4/serial", fixture->root);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(mkfifo(path, 0600), 0);
	alarm(60);
	happen(fixture, UEVENT_CHANGE, "1-4");
	assert_int_equal(gate_scan(&fixture->gate), 0);
	settle(fixture);
	alarm(0);
	expect_text(fixture, "bus/usb/devices/1-4/authorized", "1");
	assert_string_equal(fixture->told[0], "device.allowed 1-4 030000 - -");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(storage_stays_closed),
		TEST(what_is_open_is_closed),
		TEST(a_composite_works_in_part),
		TEST(a_foreign_driver_closes_the_device),
		TEST(what_somebody_closed_is_judged_anew),
		TEST(what_its_driver_does_not_take_is_closed),
		TEST(an_interface_waits_for_its_uevent),
		TEST(interfaces_wait_until_the_kernel_is_through),
		TEST(a_successor_of_an_interface_is_bound),
		TEST(a_second_configuration_is_told_once),
		TEST(an_open_interface_gets_its_driver),
		TEST(a_successor_gets_nothing),
		TEST(a_device_being_configured_is_not_waited_for),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
