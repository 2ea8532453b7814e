/* The ways out and the locks on them, on a made-up machine. */
#include "exits_fixture.h"
#include "disk_fixture.h"

#define DEVICES "sys/bus/usb/devices/"
#define EMPTY	"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

static int policy; /* what is found of a group that holds a file "policy" */
static size_t lets; /* the node that it lets through, where it is 1 */

static int try_nodes(int top, int cgroup, const struct raw_nodes *nodes, size_t *ret_open)
{
	assert_int_equal(faccessat(top, "user.slice", F_OK, 0), 0);
	assert_true(lets < nodes->count);
	*ret_open = lets;
	return faccessat(cgroup, "policy", F_OK, 0) == 0 ? policy : 1;
}

static void put_interface(const struct place *place, const char *name, const char *authorized,
			  const char *class)
{
	static const char *const attributes[] = {"bInterfaceClass", "bInterfaceSubClass",
						 "bInterfaceProtocol"};
	char path[128], digits[4];

	snprintf(path, sizeof(path), DEVICES "%s/authorized", name);
	put(place, path, authorized);
	for (size_t i = 0; i < ARRAY_SIZE(attributes); i++) {
		snprintf(path, sizeof(path), DEVICES "%s/%s", name, attributes[i]);
		snprintf(digits, sizeof(digits), "%.2s\n", class + 2 * i);
		put(place, path, digits);
	}
}

/* A terminal where all is as it should be: a bus, a keyboard let in, a stick refused, a session. */
static int set_up(void **state)
{
	struct place *place = open_place();

	place->machine.try_nodes = try_nodes;
	place->machine.devices = json_pack("[{s:s, s:s}, {s:s, s:s}]", "device", "1-1", "opened",
					   "030101", "device", "1-2", "opened", "");
	policy = 0;
	lets = 0;
	put(place, "sys/module/usbcore/parameters/authorized_default", "0\n");
	put(place, DEVICES "usb1/authorized_default", "0\n");
	put(place, DEVICES "usb1/interface_authorized_default", "0\n");
	put_interface(place, "1-0:1.0", "1\n", "090000");
	put(place, DEVICES "1-1/authorized", "1\n");
	put_interface(place, "1-1:1.0", "1\n", "030101");
	put_interface(place, "1-1:1.1", "0\n", "080650");
	put(place, DEVICES "1-2/authorized", "0\n");
	put(place, DEVICES "1-2/busnum", "1\n");
	put(place, DEVICES "1-2/devnum", "3\n");
	put(place, "dev/bus/usb/001/003", "");
	assert_int_equal(fchmodat(place->machine.root, "dev/bus/usb/001/003", 0600, 0), 0);
	put(place, "sys/bus/scsi/drivers_autoprobe", "0\n");
	put_root_disk(place->root);
	put(place, "disks.conf", "[Disk vda]\nBus=virtio\nSerial=ROOT_1\n");
	put(place, "sys/bus/thunderbolt/devices/domain0/security", "user\n");
	put(place, "sys/bus/thunderbolt/devices/0-0/authorized", "1\n");
	put(place, "sys/bus/thunderbolt/devices/0-1/authorized", "0\n");
	put(place, "proc/devices",
	    "Character devices:\n  1 mem\n 21 sg\n189 usb_device\n248 bsg\n249 ptp\n\n"
	    "Block devices:\n  8 sd\n259 blkext\n");
	put(place, "sys/dev/char/248:7", "");
	put(place, "sys/dev/char/249:0", "");
	put(place, "sys/dev/char/189:5", "");
	put(place, "sys/dev/block/8:1", "");
	put(place, "sys/module/thunderbolt/parameters/xdomain", "N\n");
	put(place, "sys/bus/scsi/drivers/sr/bind", "");
	put(place, "sys/class/block/sr0/ro", "1\n");
	put_closed(place, "dev/sr0");
	put(place, "sys/fs/cgroup/user.slice/policy", "");
	put(place, "sys/fs/cgroup/user.slice/user-1000.slice/session-1.scope/cgroup.procs", "");
	put(place, "sys/fs/cgroup/system.slice/atd.service/policy", "");
	put(place, "proc/78/loginuid", "1000");
	put(place, "proc/78/cgroup", "0::/system.slice/atd.service\n");
	put(place, "proc/1/loginuid", "4294967295");
	put(place, "proc/1/cgroup", "0::/init.scope\n");
	put(place, "proc/77/loginuid", "1000");
	put(place, "proc/77/cgroup", "0::/user.slice/user-1000.slice/session-1.scope\n");
	put(place, "usr/share/sekisho/files.sha256",
	    EMPTY "  /lib/udev/rules.d/72-sekisho.rules\n");
	put(place, "lib/udev/rules.d/72-sekisho.rules", "");
	put_guard(place);
	*state = place;
	return 0;
}

static void test_all_hold(void **state)
{
	struct place *place = *state;

	locks_look(&place->machine, place->findings);
	for (size_t i = 0; i < LOCK_COUNT; i++) {
		if (place->findings[i].state != LOCK_HOLDS)
			print_error("%s: %s\n", lock_rows[i].name, place->findings[i].text);
		assert_int_equal(place->findings[i].state, LOCK_HOLDS);
		assert_true(place->findings[i].text[0] != '\0');
	}
	assert_int_equal(state_of(place, "usb-storage"), EXIT_CLOSED);
	assert_int_equal(state_of(place, "firewire"), EXIT_CLOSED);
	assert_int_equal(state_of(place, "wifi"), EXIT_ABSENT);
	put(place, "sys/class/ieee80211/phy0/uevent", "");
	assert_int_equal(state_of(place, "wifi"), EXIT_OPEN);
	put(place, "sys/class/rfkill/rfkill0/state", "2\n");
	put(place, "sys/class/rfkill/rfkill1/state", "0\n");
	assert_int_equal(state_of(place, "wifi"), EXIT_CLOSED);
	assert_int_equal(state_of(place, "disk-at-boot"), EXIT_CLOSED);
	assert_int_equal(state_of(place, "pci"), EXIT_ABSENT);
	put(place, "sys/bus/pci/slots/1/address", "0000:02:00\n");
	assert_int_equal(state_of(place, "pci"), EXIT_CLOSED);
	assert_int_equal(state_of(place, "paper"), EXIT_NOT_OURS);
}

/* A lock undone by one file: which lock, what its evidence holds, a way out that opens. */
static const struct {
	const char *path, *text;
	enum lock_id lock;
	const char *evidence, *exit;
} undone[] = {
	{"sys/module/usbcore/parameters/authorized_default", "-1\n", LOCK_USB_DEFAULT, "= -1",
	 "usb-controller"},
	{DEVICES "usb1/authorized_default", "1\n", LOCK_USB_BUSES, "usb1/authorized_default = 1",
	 "usb-storage"},
	{DEVICES "usb2/authorized_default", "2\n", LOCK_USB_BUSES, "usb2/authorized_default = 2",
	 "usb-mtp"},
	{DEVICES "usb1/interface_authorized_default", "1\n", LOCK_USB_BUSES, "interface_authorized",
	 "usb-network"},
	{DEVICES "1-1:1.1/authorized", "1\n", LOCK_USB_INTERFACES, "1-1:1.1", "usb-storage"},
	{"sys/bus/scsi/drivers_autoprobe", "1\n", LOCK_BUSES, "scsi/drivers_autoprobe = 1", "disk"},
	{"sys/bus/thunderbolt/devices/domain0/security", "none\n", LOCK_THUNDERBOLT,
	 "security = none", "thunderbolt"},
	{"sys/bus/thunderbolt/devices/0-301/authorized", "2\n", LOCK_THUNDERBOLT,
	 "0-301/authorized = 2", "thunderbolt"},
	{"sys/module/thunderbolt/parameters/xdomain", "Y\n", LOCK_THUNDERBOLT, "xdomain = Y",
	 "thunderbolt"},
	{"sys/bus/mmc/drivers_autoprobe", "1\n", LOCK_BUSES, "mmc/drivers_autoprobe = 1",
	 "sd-card"},
	{"disks.conf", "[Disk sda]\nBus=scsi\nSerial=1\n", LOCK_DISKS, ", vda:", "disk-at-boot"},
	{"sys/class/block/sr0/ro", "0\n", LOCK_OPTICAL, "sr0/ro = 0", "optical"},
	{"sys/class/rfkill/rfkill3/state", "1\n", LOCK_RADIOS, "rfkill3/state = 1", NULL},
	{"sys/class/udc/dummy_udc.0/function", "g1\n", LOCK_GADGETS, "function = g1", "gadget"},
	{"sys/module/libcomposite/initstate", "live\n", LOCK_MODULES_GADGET,
	 "/sys/module/libcomposite", NULL},
	{"sys/module/nbd/parameters/nbds_max", "16\n", LOCK_MODULES_DISKS, "/sys/module/nbd",
	 "network-disks"},
	{"etc/modprobe.d/cifs.conf", "install cifs /sbin/modprobe -i cifs\n", LOCK_MODULES_FILES,
	 "does not refuse cifs", "network-files"},
	{"run/modprobe.d/a.conf", "install usbip* /bin/echo\n", LOCK_MODULES_USBIP, "usbip_core",
	 "usbip"},
	{"proc/77/cgroup", "0::/system.slice/cron.service\n", LOCK_SESSION_PLACE, "cron.service",
	 "raw-nodes"},
	{"proc/77/cgroup", "0::/user.slice.evil/x\n", LOCK_SESSION_PLACE, "77", "disk"},
	{"lib/udev/rules.d/72-sekisho.rules", "x", LOCK_FILES, "72-sekisho.rules", "raw-nodes"},
	{"run/udev/rules.d/1.rules", "ATTR{authorized}=\"1\"", LOCK_SOLE_JUDGE, "1.rules",
	 "usb-mtp"},
};

static void test_undone(void **state)
{
	for (size_t i = 0; i < ARRAY_SIZE(undone); i++) {
		struct place *place;

		assert_int_equal(set_up(state), 0);
		place = *state;
		put(place, undone[i].path, undone[i].text);
		locks_look(&place->machine, place->findings);
		if (undone[i].exit)
			assert_int_equal(state_of(place, undone[i].exit), EXIT_OPEN);
		for (size_t j = 0; j < LOCK_COUNT; j++)
			assert_int_equal(place->findings[j].state,
					 j == undone[i].lock ? LOCK_BROKEN : LOCK_HOLDS);
		if (!strstr(place->findings[undone[i].lock].text, undone[i].evidence))
			fail_msg("%s", place->findings[undone[i].lock].text);
		tear_down(state);
	}
}

static void test_nodes(void **state)
{
	struct place *place = *state;

	assert_int_equal(fchmodat(place->machine.root, "dev/bus/usb/001/003", 0660, 0), 0);
	assert_int_equal(state_of(place, "usb-requests"), EXIT_OPEN);
	assert_non_null(strstr(place->findings[LOCK_USB_NODES].text, "/dev/bus/usb/001/003"));
	assert_int_equal(fchmodat(place->machine.root, "dev/bus/usb/001/003", 0600, 0), 0);
	assert_int_equal(fchownat(place->machine.root, "dev/bus/usb/001/003", 1000, 0, 0), 0);
	assert_int_equal(state_of(place, "usb-requests"), EXIT_OPEN);
	/* It left between the one look and the other. */
	assert_int_equal(unlinkat(place->machine.root, "dev/bus/usb/001/003", 0), 0);
	assert_int_equal(state_of(place, "usb-requests"), EXIT_CLOSED);
}

/* While sekishod is silent, what udev's rules open is all that may be open. */
static void test_without_agent(void **state)
{
	struct place *place = *state;

	json_decref(place->machine.devices);
	place->machine.devices = NULL;
	assert_int_equal(state_of(place, "usb-storage"), EXIT_CLOSED);
	put_interface(place, "1-1:1.2", "1\n", "0b0000");
	assert_int_equal(state_of(place, "usb-storage"), EXIT_OPEN);
}

static size_t find_node(const struct raw_nodes *nodes, mode_t type, unsigned int major_number,
			unsigned int minor_number)
{
	size_t i = 0;

	while (i < nodes->count &&
	       (nodes->list[i].type != type || nodes->list[i].major != major_number ||
		nodes->list[i].minor != minor_number))
		i++;
	return i;
}

/* All that is there, and what may come: of drivers that carry something out, and of no others. */
static void test_raw_nodes(void **state)
{
	struct place *place = *state;
	struct raw_nodes nodes;
	static const struct {
		mode_t type;
		unsigned int major, minor;
		bool raw;
	} asked[] = {
		{S_IFCHR, 189, 0, true},  {S_IFCHR, 189, 5, true}, {S_IFCHR, 248, 0, true},
		{S_IFCHR, 248, 7, true},  {S_IFCHR, 21, 0, true},  {S_IFCHR, 10, 229, true},
		{S_IFBLK, 8, 0, true},	  {S_IFBLK, 8, 1, true},   {S_IFBLK, 259, 0, true},
		{S_IFCHR, 249, 0, false}, {S_IFCHR, 1, 3, false},  {S_IFCHR, 5, 0, false},
		{S_IFCHR, 10, 0, false},
	};

	assert_int_equal(rawnodes_list(place->machine.root, &nodes), 0);
	for (size_t i = 0; i < ARRAY_SIZE(asked); i++)
		assert_int_equal(find_node(&nodes, asked[i].type, asked[i].major, asked[i].minor) <
					 nodes.count,
				 asked[i].raw);
	for (int i = 0; i < RAW_NODES_MAX; i++) {
		char path[48];

		snprintf(path, sizeof(path), "sys/dev/block/8:%d", i);
		put(place, path, "");
	}
	assert_int_equal(rawnodes_list(place->machine.root, &nodes), -E2BIG);
	assert_int_equal(state_of(place, "raw-nodes"), EXIT_UNSEEN);
}

/* Nothing is closed by rules that are not enforced. */
static void test_audit_mode(void **state)
{
	struct place *place = *state;

	place->machine.audit = true;
	assert_int_equal(state_of(place, "usb-storage"), EXIT_OPEN);
	assert_int_equal(place->findings[LOCK_USB_INTERFACES].state, LOCK_BROKEN);
}

/* A policy that is there and lets a node through is none: which node is told. */
static void test_sessions(void **state)
{
	struct place *place = *state;
	struct raw_nodes nodes;

	assert_int_equal(rawnodes_list(place->machine.root, &nodes), 0);
	policy = 1;
	lets = find_node(&nodes, S_IFCHR, 21, 0);
	assert_int_equal(state_of(place, "raw-nodes"), EXIT_OPEN);
	assert_non_null(strstr(place->findings[LOCK_SESSION_DEVICES].text, "sg (21:0)"));
	/* What can't be seen is not closed. */
	policy = -EPERM;
	assert_int_equal(state_of(place, "raw-nodes"), EXIT_UNSEEN);
	assert_int_equal(place->findings[LOCK_SESSION_DEVICES].state, LOCK_UNSEEN);
}

/* One that ends meanwhile is none; one that can't be read is not fine. */
static void test_processes(void **state)
{
	struct place *place = *state;
	char line[700];

	put(place, "proc/79/stat", "");
	assert_int_equal(state_of(place, "raw-nodes"), EXIT_UNSEEN);
	put(place, "proc/79/loginuid", "1000");
	memset(line, 'x', sizeof(line) - 1);
	line[sizeof(line) - 1] = '\0';
	put(place, "proc/79/cgroup", line);
	assert_int_equal(state_of(place, "raw-nodes"), EXIT_UNSEEN);
	put(place, "proc/79/cgroup", "1:name=systemd:/user.slice\n");
	assert_int_equal(state_of(place, "raw-nodes"), EXIT_OPEN);
}

/* A folder where a value should be, a value without end. */
static void test_unseen(void **state)
{
	struct place *place = *state;

	put(place, DEVICES "usb3/authorized_default/x", "");
	assert_int_equal(state_of(place, "usb-controller"), EXIT_UNSEEN);
	put(place, "sys/bus/memstick/drivers_autoprobe", "0123456789");
	assert_int_equal(state_of(place, "sd-card"), EXIT_UNSEEN);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_all_hold, set_up, tear_down),
		cmocka_unit_test(test_undone),
		cmocka_unit_test_setup_teardown(test_nodes, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_without_agent, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_raw_nodes, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_audit_mode, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_sessions, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_processes, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_unseen, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
