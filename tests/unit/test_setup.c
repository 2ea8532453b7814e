/* sekisho setup devices on made-up terminals: what is enrolled, what is shown, and what it refuses
 * to do to people. */
#include "setup_fixture.h"

#include "agent/cli/command.h"
#include "agent/cli/enrolment.h"

#include <fcntl.h>

static const struct part keyboard[] = {{1, 0, 0, {3, 1, 1}, true}, {1, 1, 0, {3, 0, 0}, true}};
static const struct part mouse[] = {{1, 0, 0, {3, 1, 2}, true}};
static const struct part hub[] = {{1, 0, 0, {9, 0, 1}, true}};
static const struct part stick[] = {{1, 0, 0, {8, 6, 0x50}, true}};
static const struct part card[] = {{1, 0, 0, {0xff, 0xff, 0}, true}};
static const struct part reader[] = {{1, 0, 0, {0x0b, 0, 0}, true}};
static const struct part receiver[] = {{1, 0, 0, {3, 1, 2}, true}, {1, 1, 0, {0xff, 0, 0}, true}};
static const struct part types_and_stores[] = {{1, 0, 0, {3, 1, 1}, true},
					       {1, 1, 0, {8, 6, 0x50}, true}};

#define PARTS(parts) parts, sizeof(parts) / sizeof((parts)[0])

static const char shipped[] = "[Device input]\nMatchInterface=03:*:*\nAccess=allow\n"
			      "[Device hubs]\nMatchInterface=09:*:*\nAccess=allow\n";
static const char route_by_eth1[] =
	"Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT\n"
	"eth1\t00000000\t0102A8C0\t0003\t0\t0\t100\t00000000\t0\t0\t0\n"
	"eth0\t0002A8C0\t00000000\t0001\t0\t0\t100\t00FFFFFF\t0\t0\t0\n";

/* With PS/2 for both and a card on PCI that everything goes through. */
static int set_up(void **state)
{
	struct terminal *terminal = calloc(1, sizeof(*terminal));

	snprintf(terminal->root, sizeof(terminal->root), "/tmp/sekisho-setup-XXXXXX");
	if (!mkdtemp(terminal->root))
		return -1;
	fixture_text(terminal, shipped, "devices.conf");
	fixture_usb(terminal, "1-1", "1\n", 1, "", PARTS(hub));
	fixture_usb(terminal, "1-2", "0\n", 2, "S2\n", PARTS(stick));
	fixture_class(terminal, "net", "eth0", NULL);
	*state = terminal;
	return 0;
}

static int tear_down(void **state)
{
	struct terminal *terminal = *state;
	int r = tree_remove(terminal->root);

	free(terminal);
	return r;
}

static void read_back(const struct terminal *terminal, const char *name, char *text, size_t size)
{
	char path[128];
	FILE *file;

	text[0] = '\0';
	snprintf(path, sizeof(path), "%s/%s", terminal->root, name);
	file = fopen(path, "r");
	if (!file)
		return;
	text[fread(text, 1, size - 1, file)] = '\0';
	(void)fclose(file);
}

static void setup_says(struct terminal *terminal, const char *allow, int expected)
{
	char rules[64], out[64];
	const char *arguments[] = {"setup",	   "devices", "--rules", rules, "--root",
				   terminal->root, "--yes",   "--allow", allow, NULL};
	int saved[2] = {dup(STDOUT_FILENO), dup(STDERR_FILENO)}, fd, status;

	snprintf(rules, sizeof(rules), "%s/devices.conf", terminal->root);
	snprintf(out, sizeof(out), "%s/out", terminal->root);
	if (!allow)
		arguments[7] = NULL;
	fd = open(out, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	assert_true(fd >= 0);
	(void)fflush(stdout);
	assert_true(dup2(fd, STDOUT_FILENO) >= 0 && dup2(fd, STDERR_FILENO) >= 0);
	optind = 0;
	status = command_setup(allow ? 9 : 7, (char **)arguments);
	(void)fflush(stdout);
	assert_true(dup2(saved[0], STDOUT_FILENO) >= 0 && dup2(saved[1], STDERR_FILENO) >= 0);
	close(saved[0]);
	close(saved[1]);
	close(fd);
	read_back(terminal, "out", terminal->said, sizeof(terminal->said));
	if (status != expected)
		fail_msg("status %d: %s", status, terminal->said);
}

static void said(const struct terminal *terminal, const char *words)
{
	if (!strstr(terminal->said, words))
		fail_msg("not \"%s\": %s", words, terminal->said);
}

static void file_is(const struct terminal *terminal, const char *expected)
{
	char text[4096];
	const char *first;

	read_back(terminal, "devices.conf.d/" ENROLMENT_FILE, text, sizeof(text));
	first = strchr(text, '\n');
	assert_string_equal(first ? first + 1 : text, expected);
}

static void what_is_there_is_enrolled(void **state)
{
	struct terminal *terminal = *state;
	struct stat status;
	char path[128];

	fixture_input(terminal, "input0", NULL, KEYS_OF_KEYBOARD, "0");
	fixture_usb(terminal, "1-1.1", "1\n", 3, "bad ; serial\n", PARTS(keyboard));
	fixture_input(terminal, "input1", "1-1.1:1.0", KEYS_OF_KEYBOARD, "0");
	fixture_usb(terminal, "1-1.2", "1\n", 3, "\n", PARTS(keyboard));
	fixture_input(terminal, "input2", "1-1.2:1.0", KEYS_OF_KEYBOARD, "0");
	fixture_usb(terminal, "1-1.3", "1\n", 4, "S-1\n", PARTS(receiver));
	fixture_input(terminal, "input3", "1-1.3:1.0", KEYS_OF_MOUSE, MOVES);
	fixture_usb(terminal, "1-1.4", "0\n", 5, "", PARTS(reader));
	setup_says(terminal, NULL, COMMAND_OK);
	file_is(terminal,
		"\n[Device enrolled hub 046d:0001]\nMatchVendor=046d\nMatchProduct=0001\n"
		"MatchEveryInterface=09:00:01\nMatchInterface=09:00:01\nEnrolled=yes\nAccess="
		"allow\n"
		"\n[Device enrolled input 046d:0003]\nMatchVendor=046d\nMatchProduct=0003\n"
		"MatchEveryInterface=03:01:01 03:00:00\nMatchInterface=03:01:01 03:00:00\n"
		"AtMost=2\nEnrolled=yes\nAccess=allow\n"
		"\n[Device enrolled input 046d:0004]\nMatchVendor=046d\nMatchProduct=0004\n"
		"MatchSerial=S-1\nMatchEveryInterface=03:01:02 ff:00:00\nMatchInterface=03:01:02\n"
		"AtMost=1\nEnrolled=yes\nAccess=allow\n"
		"\n[Device enrolled card reader 046d:0005]\nMatchVendor=046d\nMatchProduct=0005\n"
		"MatchEveryInterface=0b:00:00\nMatchInterface=0b:00:00\nEnrolled=yes\n"
		"Access=allow\n");
	snprintf(path, sizeof(path), "%s/devices.conf.d/" ENROLMENT_FILE, terminal->root);
	assert_int_equal(stat(path, &status), 0);
	assert_int_equal(status.st_mode & 07777, 0644);
	said(terminal, "1-2        BLOCKED  046d:0002  A \\x1bdevice\n"
		       "           closed: storage (080650)\n           no rule fits");
	said(terminal, "stays      keyboard      An input (not on USB)\n");
	said(terminal, "stays      keyboard      An input (1-1.2:1.0)\n");
	said(terminal, "stays      pointer       An input (1-1.3:1.0)\n");
	said(terminal, "rule 'enrolled input 046d:0003' (");
}

/* Two with one serial number: it tells nothing, and by it the second one would be a clone. */
static void a_serial_number_of_two_is_none(void **state)
{
	struct terminal *terminal = *state;

	fixture_usb(terminal, "1-3", "1\n", 3, "0001\n", PARTS(mouse));
	fixture_input(terminal, "input1", "1-3:1.0", KEYS_OF_MOUSE, MOVES);
	fixture_usb(terminal, "1-4", "1\n", 3, "0001\n", PARTS(mouse));
	fixture_input(terminal, "input2", "1-4:1.0", KEYS_OF_MOUSE, MOVES);
	setup_says(terminal, NULL, COMMAND_OK);
	said(terminal, "stays      pointer       An input (1-3:1.0)\n");
	said(terminal, "stays      pointer       An input (1-4:1.0)\n");
	file_is(terminal,
		"\n[Device enrolled hub 046d:0001]\nMatchVendor=046d\nMatchProduct=0001\n"
		"MatchEveryInterface=09:00:01\nMatchInterface=09:00:01\nEnrolled=yes\n"
		"Access=allow\n"
		"\n[Device enrolled input 046d:0003]\nMatchVendor=046d\nMatchProduct=0003\n"
		"MatchEveryInterface=03:01:02\nMatchInterface=03:01:02\nAtMost=2\nEnrolled=yes\n"
		"Access=allow\n");
}

/* Whatever the file was, it is written anew; another file's mistake is told and changes nothing. */
static void the_file_is_replaced(void **state)
{
	struct terminal *terminal = *state;

	fixture_text(terminal, "nonsense\n", "devices.conf.d/" ENROLMENT_FILE);
	setup_says(terminal, NULL, COMMAND_OK);
	said(terminal, "none now   keyboard\nnone now   pointer\n");
	fixture_text(terminal, "nonsense\n", "devices.conf.d/10-other.conf");
	fixture_text(terminal, "\nold\n", "devices.conf.d/" ENROLMENT_FILE);
	setup_says(terminal, NULL, COMMAND_ERROR);
	said(terminal, "10-other.conf:1:");
	file_is(terminal, "old\n");
}

static void the_card_in_use_stays(void **state)
{
	struct terminal *terminal = *state;

	fixture_text(terminal, route_by_eth1, "proc/net/route");
	fixture_usb(terminal, "1-4", "1\n", 6, "N1\n", PARTS(card));
	fixture_class(terminal, "net", "eth1", "1-4:1.0");
	setup_says(terminal, NULL, COMMAND_NO);
	said(terminal, "GOES       network       eth1 (1-4:1.0)\n");
	said(terminal, "--allow DEVICE");
	file_is(terminal, "");
	setup_says(terminal, "1-4", COMMAND_OK);
	said(terminal, "stays      network       eth1 (1-4:1.0)\n");
	said(terminal, "rule 'enrolled by name 046d:0006'");
}

/* The default route leads over a bridge, by IPv6, and there the card is on USB. */
static void a_card_below_a_bridge(void **state)
{
	struct terminal *terminal = *state;
	static const char zero[] = "00000000000000000000000000000000";
	char table[512];

	snprintf(table, sizeof(table),
		 "%s 00 %s 00 %s ffffffff 00000001 00000001 00200200       lo\n"
		 "%s 00 %s 00 fe800000000000000000000000000001 00000400 00000001 00000000 00000003 "
		 "     br0\n",
		 zero, zero, zero, zero, zero);
	fixture_text(terminal, table, "proc/net/ipv6_route");
	fixture_usb(terminal, "1-4", "1\n", 6, "N1\n", PARTS(card));
	fixture_class(terminal, "net", "eth1", "1-4:1.0");
	fixture_text(terminal, "", "sys/devices/virtual/net/br0/lower_eth1");
	snprintf(table, sizeof(table), "%s/sys/class/net/br0", terminal->root);
	assert_int_equal(symlink("../../devices/virtual/net/br0", table), 0);
	setup_says(terminal, NULL, COMMAND_NO);
	said(terminal, "GOES       network       eth1 (1-4:1.0)\n");
}

static void the_last_keyboard_stays(void **state)
{
	struct terminal *terminal = *state;

	/* One that types and stores, by rules that take that for storage. */
	fixture_text(
		terminal,
		"[Device input]\nMatchInterface=03:*:*\nMatchNoInterface=08:*:*\nAccess=allow\n",
		"devices.conf");
	fixture_usb(terminal, "1-3", "1\n", 7, "", PARTS(types_and_stores));
	fixture_input(terminal, "input1", "1-3:1.0", KEYS_OF_KEYBOARD, "0");
	setup_says(terminal, NULL, COMMAND_NO);
	said(terminal, "1-3 also stores data, so it is storage: not enrolled\n");
	said(terminal, "the last keyboard would go");
	file_is(terminal, "");
	/* Nor while nothing is enforced yet. */
	fixture_text(terminal, "[Policy]\nMode=audit\n", "devices.conf.d/10-audit.conf");
	setup_says(terminal, NULL, COMMAND_NO);
	/* A power button is none, nor is what a program made. */
	fixture_input(terminal, "input2", NULL, "10000000000000 0", "0");
	setup_says(terminal, NULL, COMMAND_NO);
	/* A second one, on PS/2, is enough. */
	fixture_input(terminal, "input3", NULL, KEYS_OF_KEYBOARD, "0");
	setup_says(terminal, NULL, COMMAND_OK);
	said(terminal, "GOES       keyboard      An input (1-3:1.0)\n");
}

/* A security key that can type is no keyboard to work with. */
static void a_security_key_is_no_keyboard(void **state)
{
	static const char fido[] = "\x06\xd0\xf1\x09\x01\xa1\x01";
	struct terminal *terminal = *state;

	fixture_text(terminal,
		     "[Device bad]\nMatchProduct=0007\nAccess=block\nMatchInterface=*:*:*\n"
		     "Enrolled=yes\n[Device input]\nMatchInterface=03:*:*\nAccess=allow\n",
		     "devices.conf");
	fixture_usb(terminal, "1-5", "1\n", 8, "", PARTS(keyboard));
	fixture_input(terminal, "input1", "1-5:1.0", KEYS_OF_KEYBOARD, "0");
	fixture_class(terminal, "hidraw", "hidraw0", "1-5:1.1");
	fixture_text(terminal, fido, "sys/class/hidraw/hidraw0/device/report_descriptor");
	setup_says(terminal, NULL, COMMAND_OK);
	said(terminal, "none now   keyboard\n");
	fixture_usb(terminal, "1-3", "1\n", 7, "", PARTS(keyboard));
	fixture_input(terminal, "input2", "1-3:1.0", KEYS_OF_KEYBOARD, "0");
	setup_says(terminal, NULL, COMMAND_NO);
	said(terminal, "the last keyboard would go");
}

/* The mouse itself may work, but not the hub before it. */
static void the_last_pointer_behind_a_hub(void **state)
{
	struct terminal *terminal = *state;

	fixture_text(terminal,
		     "[Device no hub]\nMatchInterface=09:*:*\nEnrolled=yes\nAccess=block\n",
		     "devices.conf.d/10-hubs.conf");
	fixture_usb(terminal, "1-1.2", "1\n", 9, "", PARTS(mouse));
	fixture_input(terminal, "input1", "1-1.2:1.0", KEYS_OF_MOUSE, MOVES);
	setup_says(terminal, NULL, COMMAND_NO);
	said(terminal, "GOES       pointer       An input (1-1.2:1.0)\n");
	said(terminal, "the hub that it hangs on is blocked\n");
	said(terminal, "the last mouse or other pointer would go");
}

static void storage_is_not_named_in(void **state)
{
	struct terminal *terminal = *state;

	setup_says(terminal, "1-2", COMMAND_ERROR);
	said(terminal, "1-2 stores data");
	setup_says(terminal, "1-9", COMMAND_ERROR);
	said(terminal, "no device 1-9");
	file_is(terminal, "");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_is_there_is_enrolled),      TEST(the_file_is_replaced),
		TEST(the_card_in_use_stays),	      TEST(a_card_below_a_bridge),
		TEST(the_last_keyboard_stays),	      TEST(a_security_key_is_no_keyboard),
		TEST(the_last_pointer_behind_a_hub),  TEST(storage_is_not_named_in),
		TEST(a_serial_number_of_two_is_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
