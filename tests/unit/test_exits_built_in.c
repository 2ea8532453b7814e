/* The locks on what is built in: optical drives, serial ports, radios, drivers that are refused. */
#include "exits_fixture.h"

static int set_up(void **state)
{
	struct place *place = open_place();

	put_guard(place);
	put(place, "sys/class/block/sr0/ro", "1\n");
	put(place, "sys/class/block/sr0/device/scsi_generic/sg1/dev", "21:1\n");
	put_closed(place, "dev/sr0");
	put_closed(place, "dev/sg1");
	put(place, "sys/class/tty/ttyS0/type", "4\n");
	put_closed(place, "dev/ttyS0");
	put(place, "sys/class/tty/ttyS1/type", "0\n");
	put(place, "dev/ttyS1", "");
	*state = place;
	return 0;
}

static enum lock_state lock_of(struct place *place, enum lock_id lock)
{
	locks_look(&place->machine, place->findings);
	return place->findings[lock].state;
}

static void test_optical(void **state)
{
	static const char *const nodes[] = {"dev/sr0", "dev/sg1"};
	struct place *place = *state;

	for (size_t i = 0; i < ARRAY_SIZE(nodes); i++) {
		assert_int_equal(fchmodat(place->machine.root, nodes[i], 0660, 0), 0);
		assert_int_equal(lock_of(place, LOCK_OPTICAL), LOCK_BROKEN);
		assert_non_null(strstr(place->findings[LOCK_OPTICAL].text, nodes[i]));
		assert_int_equal(fchmodat(place->machine.root, nodes[i], 0600, 0), 0);
		assert_int_equal(lock_of(place, LOCK_OPTICAL), LOCK_HOLDS);
	}
	/* What a rule let in on USB is left as it is. */
	put(place, "sys/devices/pci0/usb1/1-1/block/sr1/ro", "0\n");
	assert_int_equal(symlinkat("../../devices/pci0/usb1/1-1/block/sr1", place->machine.root,
				   "sys/class/block/sr1"),
			 0);
	assert_int_equal(lock_of(place, LOCK_OPTICAL), LOCK_HOLDS);
}

static void test_serial(void **state)
{
	struct place *place = *state;

	assert_int_equal(state_of(place, "serial"), EXIT_CLOSED);
	assert_non_null(strstr(place->findings[LOCK_SERIAL].text, "1 serial"));
	assert_int_equal(fchmodat(place->machine.root, "dev/ttyS0", 0660, 0), 0);
	assert_int_equal(fchownat(place->machine.root, "dev/ttyS0", 0, 20, 0), 0);
	assert_int_equal(state_of(place, "serial"), EXIT_OPEN);
	/* What login(1) makes of the port somebody logs in at. */
	assert_int_equal(fchownat(place->machine.root, "dev/ttyS0", 1000, 5, 0), 0);
	assert_int_equal(fchmodat(place->machine.root, "dev/ttyS0", 0620, 0), 0);
	assert_int_equal(state_of(place, "serial"), EXIT_CLOSED);
	assert_int_equal(fchmodat(place->machine.root, "dev/ttyS0", 0602, 0), 0);
	assert_int_equal(state_of(place, "serial"), EXIT_OPEN);
}

/* Every module that the package's file refuses is looked for in the kernel. */
static void test_each_module(void **state)
{
	struct place *place = *state;
	_cleanup_fclose_ FILE *file = fopen("packaging/modprobe/sekisho-modules.conf", "r");
	char line[256], name[64], path[128], evidence[128];
	size_t count = 0;

	assert_non_null(file);
	while (fgets(line, sizeof(line), file)) {
		size_t broken = 0;

		if (strncmp(line, "install ", 8) != 0)
			continue;
		snprintf(name, sizeof(name), "%.*s", (int)strcspn(line + 8, " "), line + 8);
		snprintf(path, sizeof(path), "sys/module/%s/initstate", name);
		snprintf(evidence, sizeof(evidence), "/sys/module/%s is there", name);
		put(place, path, "live\n");
		locks_look(&place->machine, place->findings);
		for (size_t i = 0; i < LOCK_COUNT; i++)
			broken += strncmp(lock_rows[i].name, "modules-", 8) == 0 &&
				  strstr(place->findings[i].text, evidence) != NULL;
		if (broken != 1)
			fail_msg("%s is seen by %zu locks", name, broken);
		assert_int_equal(unlinkat(place->machine.root, path, 0), 0);
		*strrchr(path, '/') = '\0';
		assert_int_equal(unlinkat(place->machine.root, path, AT_REMOVEDIR), 0);
		count++;
	}
	assert_true(count > 20);
}

/* A file of the same name in /etc stands in the package's place. */
static void test_modules(void **state)
{
	static const char *const exits[] = {"usbip",	"network-disks", "network-files",
					    "firewire", "floppy",	 "modem"};
	struct place *place = *state;

	put(place, "etc/modprobe.d/sekisho-modules.conf", "blacklist nbd\n");
	for (size_t i = 0; i < ARRAY_SIZE(exits); i++)
		assert_int_equal(state_of(place, exits[i]), EXIT_OPEN);
	put_modules(place, "etc/modprobe.d/sekisho-modules.conf");
	for (size_t i = 0; i < ARRAY_SIZE(exits); i++)
		assert_int_equal(state_of(place, exits[i]), EXIT_CLOSED);
	/* The first line of several counts. */
	put(place, "etc/modprobe.d/zzz.conf", "install floppy /sbin/modprobe -i floppy\n");
	assert_int_equal(state_of(place, "floppy"), EXIT_CLOSED);
}

/* A radio that the administrator lets on is a way out all the same: by whose leave is told. */
static void test_radio_by_policy(void **state)
{
	struct place *place = *state;

	put(place, "etc/udev/rules.d/71-sekisho-radio.rules", "");
	put(place, "sys/class/ieee80211/phy0/uevent", "");
	put(place, "sys/class/rfkill/rfkill0/state", "0\n");
	assert_int_equal(state_of(place, "wifi"), EXIT_CLOSED);
	put(place, "sys/class/rfkill/rfkill0/state", "1\n");
	assert_int_equal(state_of(place, "wifi"), EXIT_OPEN);
	assert_string_equal(place->findings[LOCK_RADIOS].text,
			    "/sys/class/rfkill/rfkill0/state = 1; open by policy: "
			    "/etc/udev/rules.d/71-sekisho-radio.rules");
}

/* Each kind of radio by itself. */
static void test_each_radio(void **state)
{
	struct place *place = *state;

	put(place, "sys/class/ieee80211/phy0/uevent", "");
	put(place, "sys/class/bluetooth/hci0/uevent", "");
	put(place, "sys/class/rfkill/rfkill0/state", "0\n");
	put(place, "sys/class/rfkill/rfkill0/type", "wlan\n");
	assert_int_equal(state_of(place, "wifi"), EXIT_CLOSED);
	/* One without a kill switch. */
	assert_int_equal(state_of(place, "bluetooth"), EXIT_OPEN);
	put(place, "sys/class/rfkill/rfkill1/type", "bluetooth\n");
	put(place, "sys/class/rfkill/rfkill1/state", "0\n");
	assert_int_equal(state_of(place, "bluetooth"), EXIT_CLOSED);
	put(place, "sys/class/rfkill/rfkill1/state", "1\n");
	assert_int_equal(state_of(place, "bluetooth"), EXIT_OPEN);
	assert_int_equal(state_of(place, "wifi"), EXIT_CLOSED);
	/* What says of itself nothing that we know is looked at with the others. */
	put(place, "sys/class/rfkill/rfkill1/state", "0\n");
	put(place, "sys/class/rfkill/rfkill2/state", "1\n");
	assert_int_equal(state_of(place, "wifi"), EXIT_OPEN);
	assert_int_equal(state_of(place, "bluetooth"), EXIT_CLOSED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_optical, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_serial, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_each_module, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_modules, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_radio_by_policy, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_each_radio, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
