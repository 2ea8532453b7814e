/* The sweep: what somebody changed is found, put right by the root half's verbs, and told. */
#include "gate_fixture.h"
#include "heard_fixture.h"

#include "agent/engine/sweep.h"
#include "cleanup.h"

#define PARAMETER "module/usbcore/parameters/authorized_default"
#define MINUTE	  60000

static struct tamper tamper;
static struct sweep sweep;
static char places[3][96];
static struct heard heard;

static void hear(void *user, const struct event *event)
{
	static const char *const keys[] = {"object",   "path",	"found", "expected",
					   "restored", "count", "error"};

	assert_int_equal(event->kind, EVENT_TAMPER_FOUND);
	heard_event(user, event, keys, ARRAY_SIZE(keys));
}

/* A keyboard that is let in, 1-1, a stick that is refused, 1-2; all judged at 10 seconds. */
static int begin_sweep(void **state)
{
	struct fixture *fixture;
	const char *const names[] = {"buses.conf", "closed", "radio.rules"};

	if (setup(state) < 0)
		return -1;
	fixture = *state;
	tamper = (struct tamper){.tell = hear, .user = &heard};
	heard = (struct heard){};
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		snprintf(places[i], sizeof(places[i]), "%s/%s", fixture->root, names[i]);
	sweep = (struct sweep){fixture->root,		places[0],     places[1],
			       {places[2], "/nowhere"}, fixture->root, {}};
	fixture->gate.tamper = &tamper;
	fixture->gate.now = 10000;
	put_device(fixture, "1-1", "0\n", 2, (const uint8_t[]){3, 8});
	put_device(fixture, "1-2", "0\n", 1, (const uint8_t[]){8});
	put_text(fixture, "bus/usb/devices/1-2", "busnum", "1\n");
	put_text(fixture, "bus/usb/devices/1-2", "devnum", "3\n");
	put(fixture, "bus/usb/001/003", "", 0);
	put_text(fixture, "bus/scsi", "drivers_autoprobe", "0\n");
	put_text(fixture, ".", "buses.conf",
		 "# mmc is open\n#w- /sys/bus/mmc/drivers_autoprobe - - - - 0\n"
		 "w- /sys/bus/scsi/drivers_autoprobe     - - - - 0\n"
		 "w- /sys/bus/pcmcia/drivers_autoprobe - - - - 0\n");
	begin(fixture);
	return 0;
}

static void sweep_once(struct fixture *fixture, int64_t later)
{
	fixture->gate.now += later;
	sweep_values(&sweep, &fixture->gate);
	settle(fixture);
	tamper_tick(&tamper, fixture->gate.now, false);
}

static mode_t node_mode(const struct fixture *fixture)
{
	struct stat status;

	assert_int_equal(fstatat(fixture->sysfs, "bus/usb/001/003", &status, 0), 0);
	return status.st_mode & 07777;
}

static void nothing_is_said_where_all_holds(void **state)
{
	struct fixture *fixture = *state;

	for (int i = 0; i < 10; i++)
		sweep_once(fixture, 15000);
	heard_expect(&heard, 0, NULL);
	assert_int_equal(node_mode(fixture), 0600);
	assert_true(gate_closed(&fixture->gate) && gate_idle(&fixture->gate));
}

/* What is changed, to what, what is told, and that it is put right. */
static void values_are_put_right(void **state)
{
	static const struct {
		const char *path, *text, *told;
	} changed[] = {
		{PARAMETER, "1\n", "value /sys/" PARAMETER " 1 0 yes"},
		{PARAMETER, "2\n", "value /sys/" PARAMETER " 2 0 yes"},
		{"bus/usb/devices/usb1/authorized_default", "1\n",
		 "value /sys/bus/usb/devices/usb1/authorized_default 1 0 yes"},
		{"bus/usb/devices/usb1/interface_authorized_default", "1\n",
		 "value /sys/bus/usb/devices/usb1/interface_authorized_default 1 0 yes"},
		{"bus/usb/devices/1-2/authorized", "1\n",
		 "value /sys/bus/usb/devices/1-2/authorized 1 0 yes"},
		{"bus/usb/devices/1-1:1.1/authorized", "1\n",
		 "value /sys/bus/usb/devices/1-1:1.1/authorized 1 0 yes"},
		{"bus/scsi/drivers_autoprobe", "1\n",
		 "value /sys/bus/scsi/drivers_autoprobe 1 0 yes"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(changed); i++) {
		struct fixture *fixture;

		assert_int_equal(begin_sweep(state), 0);
		fixture = *state;
		sweep_once(fixture, 15000);
		put(fixture, changed[i].path, changed[i].text, strlen(changed[i].text));
		sweep_once(fixture, 15000);
		heard_expect(&heard, 1, changed[i].told);
		expect_text(fixture, changed[i].path, "0");
		assert_true(gate_closed(&fixture->gate) && gate_idle(&fixture->gate));
		expect_text(fixture, "bus/usb/devices/1-1:1.0/authorized", "1");
		teardown(state);
	}
}

/* The kernel tells of it before the sweep comes. */
static void a_device_that_somebody_opens_is_told_at_once(void **state)
{
	struct fixture *fixture = *state;

	put_text(fixture, "bus/usb/devices/1-2", "authorized", "1\n");
	happen(fixture, UEVENT_CHANGE, "1-2");
	settle(fixture);
	heard_expect(&heard, 1, "value /sys/bus/usb/devices/1-2/authorized 1 0 yes");
	expect_text(fixture, "bus/usb/devices/1-2/authorized", "0");
}

/* One that could not be closed is closed as soon as that is possible. */
static void what_could_not_be_closed_is_tried_again(void **state)
{
	struct fixture *fixture = *state;

	fixture->fail_verb = PRIV_DEVICE_CLOSE;
	fixture->fail_error = -EIO;
	put_text(fixture, "bus/usb/devices/1-2", "authorized", "1\n");
	happen(fixture, UEVENT_CHANGE, "1-2");
	settle(fixture);
	expect_text(fixture, "bus/usb/devices/1-2/authorized", "1");
	fixture->n_told = 0;
	sweep_once(fixture, MINUTE);
	assert_int_equal(fixture->n_told, 0);
	fixture->fail_verb = 0;
	sweep_once(fixture, MINUTE);
	expect_text(fixture, "bus/usb/devices/1-2/authorized", "0");
}

static void nodes_are_closed(void **state)
{
	struct fixture *fixture = *state;

	/* When it was refused. */
	assert_int_equal(node_mode(fixture), 0600);
	assert_int_equal(fchmodat(fixture->sysfs, "bus/usb/001/003", 0666, 0), 0);
	assert_int_equal(fchownat(fixture->sysfs, "bus/usb/001/003", 1000, 1000, 0), 0);
	sweep_once(fixture, 15000);
	heard_expect(&heard, 1, "node /dev/bus/usb, 1-2 root 0600 yes");
	assert_int_equal(node_mode(fixture), 0600);
	/* A link is not followed. */
	assert_int_equal(unlinkat(fixture->sysfs, "bus/usb/001/003", 0), 0);
	put(fixture, "elsewhere", "", 0);
	assert_int_equal(fchmodat(fixture->sysfs, "elsewhere", 0644, 0), 0);
	assert_int_equal(symlinkat("../../../elsewhere", fixture->sysfs, "bus/usb/001/003"), 0);
	fixture->gate.now += TAMPER_FOLD_MS;
	sweep_once(fixture, 15000);
	heard_expect(&heard, 2,
		     "node /dev/bus/usb, 1-2 root 0600 no Too many levels of symbolic links");
	assert_int_equal(fchmodat(fixture->sysfs, "elsewhere", 0644, 0), 0);
}

/* Once an hour, with a count. */
static void what_repeats_is_folded(void **state)
{
	struct fixture *fixture = *state;

	for (int i = 0; i < 5; i++) {
		put(fixture, PARAMETER, "1\n", 2);
		sweep_once(fixture, MINUTE);
	}
	heard_expect(&heard, 1, "value /sys/" PARAMETER " 1 0 yes");
	sweep_once(fixture, TAMPER_FOLD_MS);
	heard_expect(&heard, 2, "value /sys/" PARAMETER " 1 0 yes 4");
	sweep_once(fixture, TAMPER_FOLD_MS);
	heard_expect(&heard, 2, NULL);
	assert_int_equal(tamper.total, 5);
}

static void what_is_not_put_right_is_told_so(void **state)
{
	struct fixture *fixture = *state;

	fixture->fail_verb = PRIV_BUS_DENY;
	fixture->fail_error = -EIO;
	put_text(fixture, "bus/usb/devices/usb1", "authorized_default", "1\n");
	sweep_once(fixture, 15000);
	heard_expect(&heard, 1,
		     "value /sys/bus/usb/devices/usb1/authorized_default 1 0 no Input/output "
		     "error");
	assert_false(gate_closed(&fixture->gate));
}

/* What was never closed is none of ours, nor what the configuration leaves open. */
static void other_buses_are_closed_once_they_were(void **state)
{
	struct fixture *fixture = *state;

	put_text(fixture, "bus/mmc", "drivers_autoprobe", "1\n");
	put_text(fixture, "bus/pcmcia", "drivers_autoprobe", "1\n");
	sweep_once(fixture, 15000);
	heard_expect(&heard, 0, NULL);
	put(fixture, "closed", "", 0);
	sweep_once(fixture, 15000);
	heard_expect(&heard, 1, "value /sys/bus/pcmcia/drivers_autoprobe 1 0 yes");
	expect_text(fixture, "bus/mmc/drivers_autoprobe", "1");
}

static void radios_go_off(void **state)
{
	struct fixture *fixture = *state;

	put(fixture, "rfkill", "", 0);
	put_text(fixture, "class/rfkill/rfkill3", "soft", "0\n");
	put(fixture, "radio.rules", "", 0);
	sweep_once(fixture, 15000);
	heard_expect(&heard, 0, NULL);
	assert_int_equal(unlinkat(fixture->sysfs, "radio.rules", 0), 0);
	put_text(fixture, ".", "+rfkill:rfkill3", "I:12\nE:SEKISHO_RADIO=allow\nG:x\n");
	sweep_once(fixture, 15000);
	heard_expect(&heard, 0, NULL);
	put_text(fixture, ".", "+rfkill:rfkill3", "I:12\nE:SEKISHO_RADIO=allowed\n");
	sweep_once(fixture, 15000);
	/* Nothing reads what is written here. */
	heard_expect(&heard, 1, "value /sys/class/rfkill/rfkill3/soft 0 1 no Input/output error");
	put_text(fixture, "class/rfkill/rfkill3", "soft", "1\n");
	sweep_once(fixture, TAMPER_FOLD_MS);
	heard_expect(&heard, 1, NULL);
}

/* A place where nothing of ours puts anything right. */
static void what_stays_is_told_once(void **state)
{
	struct tamper_case one = {"program", "/usr/sbin/usbguard-daemon", "runs", NULL, 0, NULL};

	(void)state;
	for (int i = 1; i < 100; i++)
		tamper_found(&tamper, &one, i * 15000);
	heard_expect(&heard, 1, "program /usr/sbin/usbguard-daemon runs no");
	tamper_found(&tamper, &one, 10 * TAMPER_FOLD_MS);
	heard_expect(&heard, 2, NULL);
	one.found = "stopped";
	tamper_found(&tamper, &one, 10 * TAMPER_FOLD_MS + 1);
	heard_expect(&heard, 3, NULL);
	/* Those beyond what is remembered are counted: nobody floods the journal by them. */
	for (int i = 0; i < 2 * TAMPER_MAX; i++) {
		char path[32];

		heard = (struct heard){};
		snprintf(path, sizeof(path), "/%d", i);
		one.path = path;
		tamper_found(&tamper, &one, 10 * TAMPER_FOLD_MS + i);
		heard_expect(&heard, i < TAMPER_MAX - 1, NULL);
	}
	assert_int_equal(tamper.count, TAMPER_MAX);
	heard = (struct heard){};
	one.path = "/later";
	tamper_found(&tamper, &one, 10 * TAMPER_FOLD_MS + 2 * TAMPER_STILL_MS);
	heard_expect(&heard, 1, NULL);
}

#define SWEEP_TEST(name) cmocka_unit_test_setup_teardown(name, begin_sweep, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		SWEEP_TEST(nothing_is_said_where_all_holds),
		cmocka_unit_test(values_are_put_right),
		SWEEP_TEST(a_device_that_somebody_opens_is_told_at_once),
		SWEEP_TEST(what_could_not_be_closed_is_tried_again),
		SWEEP_TEST(nodes_are_closed),
		SWEEP_TEST(what_repeats_is_folded),
		SWEEP_TEST(what_is_not_put_right_is_told_so),
		SWEEP_TEST(other_buses_are_closed_once_they_were),
		SWEEP_TEST(radios_go_off),
		SWEEP_TEST(what_stays_is_told_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
