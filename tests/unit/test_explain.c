/* sekisho explain, on a journal and a /sys of our own. */
#include "tree_fixture.h"

#include "agent/cli/command.h"

#include "agent/engine/journal.h"
#include "event.h"

#include <unistd.h>

static char root[] = "/tmp/sekisho-explain-XXXXXX";

static void put(const char *name, const void *bytes, size_t length)
{
	tree_put(root, name, bytes, length);
}

static const char unlimited[] = "[Device input]\nMatchInterface=03:*:*\nAccess=allow\n";
static const char limited[] = "[Device input]\nMatchInterface=03:*:*\nAtMost=1\nAccess=allow\n";

static void explained(const char *what, const char *expected)
{
	char rules[64], journal[64], out[64], said[1024] = "";
	const char *arguments[] = {"explain", "--rules", rules, "--directory", journal,
				   "--sysfs", root,	 what,	NULL};
	int saved = dup(STDOUT_FILENO);
	FILE *file;

	snprintf(rules, sizeof(rules), "%s/devices.conf", root);
	snprintf(journal, sizeof(journal), "%s/journal", root);
	snprintf(out, sizeof(out), "%s/out", root);
	(void)fflush(stdout);
	assert_non_null(freopen(out, "w", stdout));
	optind = 1;
	assert_int_equal(command_explain(8, (char **)arguments), COMMAND_OK);
	(void)fflush(stdout);
	assert_true(dup2(saved, STDOUT_FILENO) >= 0);
	close(saved);
	file = fopen(out, "r");
	assert_non_null(file);
	(void)!fread(said, 1, sizeof(said) - 1, file);
	(void)fclose(file);
	if (!strstr(said, expected))
		fail_msg("%s: %s", what, said);
}

static uint64_t record(struct journal *journal, const char *interfaces, const char *reason)
{
	static struct record_request request;
	_cleanup_event_ struct event event = {};
	uint64_t sequence;

	assert_int_equal(event_begin(&event, EVENT_DEVICE_BLOCKED), 0);
	event_set(&event, "device", "1-3");
	event_set(&event, "interfaces", interfaces);
	event_set(&event, "reason", reason);
	assert_int_equal(event_to_record(&event, &request), 0);
	assert_int_equal(journal_record(journal, &request, &sequence), 0);
	return sequence;
}

static void events(void **state)
{
	struct journal_options options = {.host = "00112233445566778899aabbccddeeff",
					  .boot = "ffeeddccbbaa99887766554433221100"};
	struct journal_recovery recovery;
	struct journal *journal;
	char path[64], number[24];

	(void)state;
	snprintf(path, sizeof(path), "%s/journal", root);
	assert_int_equal(mkdir(path, 0755), 0);
	assert_int_equal(journal_open(path, &options, &journal, &recovery), 0);
	snprintf(number, sizeof(number), "%d", (int)record(journal, "030101", "rule"));
	explained(number, "1-3: allowed\n");
	snprintf(number, sizeof(number), "%d", (int)record(journal, "030101", "foreign-driver"));
	explained(number, "1-3: BLOCKED\na driver that is not of its class took it\n");
	snprintf(number, sizeof(number), "%d", (int)record(journal, "030101", "surplus"));
	explained(number, "1-3: allowed\n");
	put("devices.conf", limited, sizeof(limited) - 1);
	explained(number, "1-3: BLOCKED\n");
	explained(number, "rule 'input' (");
	explained(number, "surplus, as many as the rule lets in");
	put("devices.conf", unlimited, sizeof(unlimited) - 1);
	snprintf(number, sizeof(number), "%d", (int)record(journal, "030101 080650...", "rule"));
	explained(number, "1-3: allowed in part\n");
	explained(number, "the event does not tell all of its interfaces\n");
	journal_close(journal);
}

static void a_device_that_is_there(void **state)
{
	static const uint8_t descriptors[18 + 9 + 9] = {18, 1, 0, 2, 0, 0, 0, 8, 0x6d, 4, 1, 0,
							0,  1, 0, 0, 0, 1, 9, 2, 18,   0, 1, 1,
							0,  0, 0, 9, 4, 0, 0, 0, 3,    1, 1, 0};
	char name[] = "bus/usb/devices/1-3/descriptors";

	(void)state;
	put(name, descriptors, sizeof(descriptors));
	put("bus/usb/devices/1-3/authorized", "1\n", 2);
	explained("1-3", "1-3: allowed\n");
	put("bus/usb/devices/1-3/authorized", "0\n", 2);
	explained("1-3", "1-3: BLOCKED\nthe rules allow it, but it was not let in");
}

static int setup(void **state)
{
	(void)state;
	if (!mkdtemp(root))
		return -1;
	put("devices.conf", unlimited, sizeof(unlimited) - 1);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	return tree_remove(root);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(events),
		cmocka_unit_test(a_device_that_is_there),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
