/* Buses: nothing is opened below one that is not closed. */
#include "gate_fixture.h"

static void the_kernel_is_closed_first(void **state)
{
	struct fixture *fixture = *state;

	put_device(fixture, "1-1", "0\n", 1, (const uint8_t[]){3});
	begin(fixture);
	expect_text(fixture, "module/usbcore/parameters/authorized_default", "0");
	expect_text(fixture, "bus/usb/devices/usb1/authorized_default", "0");
	expect_text(fixture, "bus/usb/devices/usb1/interface_authorized_default", "0");
	assert_string_equal(fixture->asked[0], "1 ");
	assert_string_equal(fixture->asked[1], "2 usb1");
	assert_string_equal(fixture->asked[2], "3 1-1");
	assert_string_equal(fixture->asked[3], "5 1-1:1.0");
	assert_string_equal(fixture->asked[4], "8 1-1:1.0");
	assert_int_equal(fixture->n_asked, 5);
	expect_text(fixture, "bus/usb/drivers/usbhid/bind", "1-1:1.0");
	/* And again with every bus and every scan, whoever has changed it. */
	put_text(fixture, "module/usbcore/parameters", "authorized_default", "1\n");
	put_bus(fixture, "usb2");
	happen(fixture, UEVENT_ADD, "usb2");
	settle(fixture);
	expect_text(fixture, "module/usbcore/parameters/authorized_default", "0");
	put_text(fixture, "module/usbcore/parameters", "authorized_default", "1\n");
	begin(fixture);
	expect_text(fixture, "module/usbcore/parameters/authorized_default", "0");
}

/* Nothing is opened below a bus that could not be closed. */
static void nothing_opens_below_an_open_bus(void **state)
{
	struct fixture *fixture = *state;

	fixture->fail_verb = PRIV_BUS_DENY;
	fixture->fail_error = -EIO;
	put_device(fixture, "1-1", "0\n", 1, (const uint8_t[]){3});
	assert_int_equal(gate_scan(&fixture->gate), 0);
	settle(fixture);
	expect_text(fixture, "bus/usb/devices/1-1/authorized", "0");
	assert_false(gate_closed(&fixture->gate));
	assert_string_equal(fixture->told[0], "engine.fault usb1 - - Input/output error");
	/* The next scan tries again. */
	fixture->fail_verb = 0;
	begin(fixture);
	expect_text(fixture, "bus/usb/devices/1-1/authorized", "1");
}

/* A bus is pulled and another one has its name, open; the kernel's messages of it were lost. */
static void a_bus_behind_our_back_is_closed_first(void **state)
{
	struct fixture *fixture = *state;

	begin(fixture);
	remove_device(fixture, "usb1");
	put_bus(fixture, "usb2");
	put_bus(fixture, "usb1");
	put_device(fixture, "1-1", "0\n", 1, (const uint8_t[]){3});
	gate_overrun(&fixture->gate);
	fixture->n_asked = 0;
	happen(fixture, UEVENT_ADD, "1-1");
	settle(fixture);
	assert_int_equal(fixture->n_asked, 0);
	assert_false(gate_idle(&fixture->gate));
	begin(fixture);
	expect_text(fixture, "bus/usb/devices/usb1/interface_authorized_default", "0");
	expect_text(fixture, "bus/usb/devices/1-1:1.0/authorized", "1");
	assert_int_equal(fixture->gate.n_buses, 2);
	/* One that left unseen is not waited for. */
	remove_device(fixture, "usb2");
	begin(fixture);
	assert_int_equal(fixture->gate.n_buses, 1);
	put_bus(fixture, "usb2");
	happen(fixture, UEVENT_ADD, "usb2");
	remove_device(fixture, "usb2");
	settle(fixture);
	assert_true(gate_closed(&fixture->gate));
}

/* The kernel makes a root hub's interface after it told of the bus, which may be closed by then. */
static void a_closed_bus_keeps_its_root_hub(void **state)
{
	struct fixture *fixture = *state;
	struct uevent uevent = {.action = UEVENT_ADD, .type = UEVENT_INTERFACE, .name = "1-0:1.0"};
	char link[128];

	begin(fixture);
	put_text(fixture, "bus/usb/devices/usb1/1-0:1.0", "authorized", "0\n");
	snprintf(link, sizeof(link), "%s/bus/usb/devices/1-0:1.0", fixture->root);
	assert_int_equal(symlink("usb1/1-0:1.0", link), 0);
	announce(fixture, &uevent);
	settle(fixture);
	expect_text(fixture, "bus/usb/devices/1-0:1.0/authorized", "1");
	expect_text(fixture, "bus/usb/drivers/hub/bind", "1-0:1.0");
	put_text(fixture, "bus/usb/devices/1-0:1.0", "authorized", "0\n");
	begin(fixture);
	expect_text(fixture, "bus/usb/devices/1-0:1.0/authorized", "1");
}

/* The root half looks for itself. */
static void the_root_half_opens_nothing_below_an_open_bus(void **state)
{
	struct fixture *fixture = *state;

	begin(fixture);
	put_device(fixture, "1-1", "0\n", 1, (const uint8_t[]){3});
	put_text(fixture, "bus/usb/devices/usb1", "interface_authorized_default", "1\n");
	happen(fixture, UEVENT_ADD, "1-1");
	settle(fixture);
	expect_text(fixture, "bus/usb/devices/1-1/authorized", "0");
	assert_string_equal(fixture->told[0], "engine.fault 1-1 - - Operation not permitted");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_kernel_is_closed_first),
		TEST(nothing_opens_below_an_open_bus),
		TEST(a_bus_behind_our_back_is_closed_first),
		TEST(a_closed_bus_keeps_its_root_hub),
		TEST(the_root_half_opens_nothing_below_an_open_bus),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
