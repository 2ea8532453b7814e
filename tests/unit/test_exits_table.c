/* The tables of ways out and locks: what each row has to have, and where it is told and tried. */
#include "tree_fixture.h"

#include "agent/exits/exits.h"
#include "cleanup.h"

#define MANUAL_MAX (64 * 1024)

/* @path has an item for each way out and each lock. */
static void assert_lists_all(const char *path)
{
	static char manual[MANUAL_MAX];
	FILE *file = fopen(path, "r");
	char line[96];

	assert_non_null(file);
	manual[fread(manual, 1, sizeof(manual) - 1, file)] = '\0';
	(void)fclose(file);
	assert_true(strlen(manual) < sizeof(manual) - 1);
	for (size_t i = 0; i < exit_count; i++) {
		snprintf(line, sizeof(line), ".It Cm %s\n", exit_rows[i].name);
		if (!strstr(manual, line))
			fail_msg("%s has no %s", path, exit_rows[i].name);
	}
	for (size_t i = 0; i < LOCK_COUNT; i++) {
		snprintf(line, sizeof(line), ".It Cm %s\n", lock_rows[i].name);
		if (!strstr(manual, line))
			fail_msg("%s has no lock %s", path, lock_rows[i].name);
	}
}

static void test_table(void **state)
{
	(void)state;
	assert_lists_all("docs/man/sekisho-exits.7");
	assert_lists_all("docs/man/ja/sekisho-exits.7");
	for (size_t i = 0; i < exit_count; i++) {
		const struct exit_row *row = &exit_rows[i];
		enum event_kind kind;

		for (size_t j = 0; j < i; j++)
			assert_string_not_equal(row->name, exit_rows[j].name);
		assert_int_equal(row->locks >> LOCK_COUNT, 0);
		assert_true(!row->not_ours || (row->locks == 0 && row->note));
		/* Each that is ours is told. */
		if (row->not_ours == (row->event != NULL))
			fail_msg("%s: event %s", row->name, row->event ? row->event : "none");
		if (row->event)
			assert_int_equal(event_kind_from_name(row->event, &kind), 0);
	}
}

/* Where each way out is tried: the file below tests, and what stands there. QEMU has no
 * Thunderbolt, FireWire, PCMCIA, USB device controller or modem; the locks are tried there that are
 * the same. */
static const struct {
	const char *exit, *file, *text;
} tried[] = {
	{"usb-storage", "vm/matrix_exits.py", "Exit(\"usb-storage\""},
	{"usb-mtp", "vm/matrix_exits.py", "Exit(\"usb-mtp\""},
	{"usb-network", "vm/matrix_exits.py", "Exit(\"usb-network\""},
	{"usb-serial", "vm/matrix_exits.py", "Exit(\"usb-serial\""},
	{"usb-printer", "vm/matrix_exits.py", "Exit(\"usb-printer\""},
	{"usb-radio", "vm/test_gadgets.py", "def test_random_gadgets"},
	{"usb-requests", "vm/test_exits.py", "def requests_nothing("},
	{"usb-controller", "vm/matrix_exits.py", "Exit(\"usb-controller\""},
	{"raw-nodes", "vm/attempts.py", "\"action\": \"block-write\""},
	{"serial", "vm/test_exits.py", "\"path\": \"/dev/ttyS1\""},
	{"sd-card", "vm/matrix_exits.py", "Exit(\"sd-card\""},
	{"disk", "vm/matrix_exits.py", "Exit(\"disk-nvme\""},
	{"disk-at-boot", "vm/matrix_states.py", "def at_boot("},
	{"pci", "vm/test_exits.py", "def shut_slots("},
	{"optical", "vm/test_exits.py", "\"path\": \"/dev/sr0\""},
	{"floppy", "unit/test_lockwatch.c", "modules-floppy"},
	{"thunderbolt", "unit/test_lockwatch.c", "lock thunderbolt"},
	{"pcmcia", "unit/test_sweep.c", "value /sys/bus/pcmcia/drivers_autoprobe"},
	{"firewire", "vm/test_exits.py", "told[\"modules-disks\"]"},
	{"wifi", "vm/test_radios.py", "\"/sys/class/rfkill/rfkill0/soft\": \"yes\""},
	{"bluetooth", "vm/attempts.py", "\"family\": \"bluetooth\""},
	{"modem", "vm/test_exits.py", "told[\"modules-disks\"]"},
	{"gadget", "unit/test_lockwatch.c", "lock gadgets"},
	{"usbip", "vm/matrix_exits.py", "Exit(\"usbip\""},
	{"network-disks", "vm/test_exits.py", "told[\"modules-disks\"]"},
	{"network-files", "vm/attempts.py", "\"filesystem\": \"cifs\""},
	{"file-systems", "vm/attempts.py", "\"filesystem\": \"fuse\""},
};

static bool stands_in(const char *file, const char *text)
{
	char path[64], line[1024];
	bool found = false;
	FILE *in;

	snprintf(path, sizeof(path), "tests/%s", file);
	in = fopen(path, "r");
	assert_non_null(in);
	while (!found && fgets(line, sizeof(line), in))
		found = strstr(line, text) != NULL;
	(void)fclose(in);
	return found;
}

static void test_tried(void **state)
{
	(void)state;
	for (size_t i = 0; i < exit_count; i++) {
		bool listed = false;

		for (size_t j = 0; j < ARRAY_SIZE(tried); j++) {
			if (strcmp(tried[j].exit, exit_rows[i].name) != 0)
				continue;
			listed = true;
			if (!stands_in(tried[j].file, tried[j].text))
				fail_msg("%s is not tried in tests/%s: no %s", tried[j].exit,
					 tried[j].file, tried[j].text);
		}
		if (listed == exit_rows[i].not_ours)
			fail_msg("%s: tried nowhere, or not ours", exit_rows[i].name);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_table),
		cmocka_unit_test(test_tried),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
