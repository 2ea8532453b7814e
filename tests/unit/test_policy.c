/* sekisho policy: what it says of rules before they count. */
#include "policy_fixture.h"

#define INPUT "[Device input]\nMatchInterface=03:*:*\nAccess=allow\n"

static void every_mistake_is_told(void **state)
{
	static const char *const told[] = {
		"a.conf:1: is neither",	      "a.conf:3: MatchVendor=46d",
		"a.conf:4: unknown key",      "a.conf:5: Access=yes",
		"a.conf:6: unknown section",  "a.conf:8: is neither",
		"a.conf:10: the section has", "a.conf:14: is neither",
		"a.conf:15: the line",	      "b.conf:1: unknown section",
		"no.conf: No such file",      "sections: 0; mistakes: 11; warnings: 0",
	};
	struct fixture *fixture = *state;
	char long_line[512];

	snprintf(long_line, sizeof(long_line),
		 "nonsense\n[Device a]\nMatchVendor=46d\nMatchFoo=1\nAccess=yes\n[Devices b]\n"
		 "MatchVendor=046d\nnonsense\nAccess=allow\n[Device c]\n[Device d]\n"
		 "MatchVendor=046d\nAccess=allow\n[Device e\n%0300d\n",
		 0);
	put(fixture, "a.conf", long_line);
	put(fixture, "b.conf", "[Unknown]\n");
	assert_int_equal(POLICY(fixture, "check", "@/a.conf", "@/no.conf", "@/b.conf"), COMMAND_NO);
	for (size_t i = 0; i < sizeof(told) / sizeof(told[0]); i++)
		assert_said(fixture, told[i]);
	assert_int_equal(POLICY(fixture, "check", "packaging/devices.conf"), COMMAND_OK);
	assert_string_equal(fixture->said, "sections: 3; mistakes: 0; warnings: 0\n");
}

/* Several files are one list of rules. */
static void sections_that_decide_nothing_are_told(void **state)
{
	struct fixture *fixture = *state;

	put(fixture, "a.conf", INPUT);
	put(fixture, "b.conf",
	    "[Device stolen]\nMatchSerial=S1\nMatchInterface=03:01:*\n"
	    "Access=block\n");
	assert_int_equal(POLICY(fixture, "check", "@/a.conf", "@/b.conf"), COMMAND_OK);
	assert_said(fixture, "b.conf:1: warning: section 'stolen' decides nothing");
	assert_said(fixture, "by 'input' (");
	assert_int_equal(POLICY(fixture, "check", "@/b.conf", "@/a.conf"), COMMAND_OK);
	assert_string_equal(fixture->said, "sections: 2; mistakes: 0; warnings: 0\n");
}

static void a_described_device_is_judged(void **state)
{
	struct fixture *fixture = *state;

	put(fixture, "a.conf",
	    "[Device one]\nMatchVendor=046d\nMatchProduct=c31c\nMatchSerial=S1\n"
	    "MatchName=K\nMatchManufacturer=M\nMatchPort=1-2\nAccess=allow\n" INPUT);
	assert_int_equal(
		POLICY(fixture, "test", "--rules", "@/a.conf", "--interfaces", "030101 08:06:50"),
		COMMAND_OK);
	assert_said(fixture,
		    "allowed in part\n  works:  keyboard (030101)\n          rule 'input'");
	assert_said(fixture, "  closed: storage (080650)\n          no rule fits");
	assert_int_equal(POLICY(fixture, "test", "--rules", "@/a.conf", "--interfaces", "080650"),
			 COMMAND_NO);
	assert_said(fixture, "BLOCKED\n");
	assert_int_equal(POLICY(fixture, "test", "--rules", "@/a.conf", "--vendor", "046d",
				"--interfaces", "080650", "--product", "c31c", "--serial", "S1",
				"--name", "K"),
			 COMMAND_NO);
	put(fixture, "a.conf", "[Device one]\nMatchVendor=046d\nMatchProduct=c31c\nAccess=allow\n");
	assert_int_equal(POLICY(fixture, "test", "--json", "--rules", "@/a.conf", "--vendor",
				"046d", "--product", "c31c", "--interfaces", "080650"),
			 COMMAND_OK);
	assert_said(fixture, "{\"interfaces\":[{\"access\":\"allow\",\"class\":\"080650\",");
	assert_said(fixture, "\"verdict\":\"allow\"}\n");
	/* Without an interface no device is let in. */
	assert_int_equal(POLICY(fixture, "test", "--rules", "@/a.conf", "--vendor", "046d"),
			 COMMAND_NO);
	assert_said(fixture, "BLOCKED\nit has no interface\n");
}

static void wrong_usage(void **state)
{
	struct fixture *fixture = *state;

	put(fixture, "a.conf", INPUT);
	assert_int_equal(POLICY(fixture, "test", "--rules", "@/a.conf"), COMMAND_ERROR);
	assert_int_equal(POLICY(fixture, "test", "--vendor", "46d"), COMMAND_ERROR);
	assert_int_equal(POLICY(fixture, "test", "--interfaces", "0301"), COMMAND_ERROR);
	assert_int_equal(POLICY(fixture, "test", "--interfaces", "03:0101"), COMMAND_ERROR);
	assert_int_equal(POLICY(fixture, "test", "--interfaces", "03010:1"), COMMAND_ERROR);
	assert_int_equal(POLICY(fixture, "test", "--vendor", "046d", "1-1"), COMMAND_ERROR);
	assert_int_equal(POLICY(fixture, "simulate", "--since", "never"), COMMAND_ERROR);
	assert_int_equal(POLICY(fixture, "simulate", "a", "b"), COMMAND_ERROR);
	assert_int_equal(POLICY(fixture, "guess"), COMMAND_ERROR);
	assert_int_equal(POLICY(fixture, "check", "--all"), COMMAND_ERROR);
}

static void a_recorded_device_is_judged(void **state)
{
	struct fixture *fixture = *state;
	char number[24];

	put(fixture, "a.conf", INPUT);
	snprintf(number, sizeof(number), "%d",
		 (int)RECORD(fixture, EVENT_DEVICE_BLOCKED, "device", "1-3", "interfaces", "030101",
			     "reason", "no-rule"));
	assert_int_equal(POLICY(fixture, "test", "--rules", "@/a.conf", "--directory", "@/journal",
				"--sysfs", "@", number),
			 COMMAND_OK);
	assert_said(fixture, "allowed\n  works:  keyboard (030101)\n");
	assert_int_equal(POLICY(fixture, "test", "--rules", "@/a.conf", "--directory", "@/journal",
				"--sysfs", "@", "99"),
			 COMMAND_ERROR);
}

static void what_would_change_is_told(void **state)
{
	struct fixture *fixture = *state;

	/* As the rules would judge them too. */
	RECORD(fixture, EVENT_DEVICE_ALLOWED, "device", "1-1", "vendor", "046d", "interfaces",
	       "030101", "opened", "030101", "reason", "rule");
	RECORD(fixture, EVENT_DEVICE_BLOCKED, "device", "1-2", "interfaces", "080650", "reason",
	       "no-rule");
	put(fixture, "devices.conf", INPUT);
	assert_int_equal(POLICY(fixture, "simulate", "--directory", "@/journal", "@"), COMMAND_OK);
	assert_string_equal(fixture->said,
			    "2 devices in the journal, 0 would be judged otherwise\n");
	/* Of what left too soon it isn't known what would have worked. */
	RECORD(fixture, EVENT_DEVICE_BLOCKED, "device", "1-2", "vendor", "0781", "reason", "left");
	RECORD(fixture, EVENT_DEVICE_ALLOWED, "device", "1-1", "vendor", "046d", "interfaces",
	       "030101", "reason", "rule", "error", "No such device");
	assert_int_equal(POLICY(fixture, "simulate", "--directory", "@/journal", "@"), COMMAND_OK);
	assert_string_equal(fixture->said,
			    "2 devices in the journal, 0 would be judged otherwise\n");
	/* What a foreign driver took stays closed; what is no USB device is not looked at. */
	RECORD(fixture, EVENT_DEVICE_BLOCKED, "device", "1-3", "interfaces", "030101", "reason",
	       "foreign-driver");
	RECORD(fixture, EVENT_DEVICE_BLOCKED, "device", "0:0:0:0", "reason", "bus-closed");
	assert_int_equal(POLICY(fixture, "simulate", "--directory", "@/journal", "@"), COMMAND_OK);
	/* Blocked once, let in later: the last time counts. */
	RECORD(fixture, EVENT_DEVICE_ALLOWED, "device", "1-2", "interfaces", "080650", "opened",
	       "080650", "reason", "rule");
	RECORD(fixture, EVENT_DEVICE_GONE, "device", "1-2", "interfaces", "080650");
	/* Of a telephone's settings, that one counts which the kernel made. */
	RECORD(fixture, EVENT_DEVICE_BLOCKED, "device", "1-4", "name", "phone", "interfaces",
	       "060101 030000 080650", "refused", "060101", "opened", "030000", "reason", "rule");
	assert_int_equal(POLICY(fixture, "simulate", "--directory", "@/journal", "@/devices.conf"),
			 COMMAND_NO);
	assert_said(fixture, "1-2 ");
	assert_said(fixture, ": allowed; it would be: BLOCKED\n  closed: storage (080650)\n");
	assert_said(fixture, "5 devices in the journal, 1 would be judged otherwise\n");
	put(fixture, "devices.conf", "[Device all]\nMatchInterface=*:*:*\nAccess=allow\n");
	assert_int_equal(POLICY(fixture, "simulate", "--json", "--directory", "@/journal", "@"),
			 COMMAND_NO);
	assert_said(fixture, "{\"after\":\"allow\",\"before\":\"allow\",\"closes\":[],\"opens\":"
			     "[{\"access\":\"allow\",\"class\":\"060101\",");
	assert_null(strstr(fixture->said, "\"1-2\""));
	assert_null(strstr(fixture->said, "\"1-3\""));
	assert_int_equal(POLICY(fixture, "simulate", "--since", "2999-01-01", "--directory",
				"@/journal", "@"),
			 COMMAND_OK);
	assert_string_equal(fixture->said,
			    "0 devices in the journal, 0 would be judged otherwise\n");
}

/* Who reads less than there is does not say that nothing would change. */
static void damage_is_told(void **state)
{
	struct fixture *fixture = *state;
	char path[160];
	FILE *file;

	put(fixture, "devices.conf", INPUT);
	RECORD(fixture, EVENT_DEVICE_BLOCKED, "device", "1-2", "interfaces", "080650", "reason",
	       "no-rule");
	snprintf(path, sizeof(path), "%s/journal/0000000000000001.seg", fixture->root);
	file = fopen(path, "r+");
	if (!file)
		fail_msg("%s", path);
	assert_int_equal(fseek(file, -20, SEEK_END), 0);
	assert_int_equal(fputc('X', file), 'X');
	assert_int_equal(fclose(file), 0);
	assert_int_equal(POLICY(fixture, "simulate", "--directory", "@/journal", "@"),
			 COMMAND_ERROR);
	assert_non_null(strstr(fixture->complained, "can't be read: 'sekisho verify'"));
}

/* More than a device has, as only a made-up event can tell. */
static void too_much_is_told(void **state)
{
	struct fixture *fixture = *state;
	char classes[64 * sizeof("080650")] = "";

	for (size_t i = 0; i < 64; i++)
		snprintf(classes + 7 * i, sizeof(classes) - 7 * i, "080650 ");
	put(fixture, "devices.conf", "[Device all]\nMatchInterface=*:*:*\nAccess=allow\n");
	RECORD(fixture, EVENT_DEVICE_ALLOWED, "device", "1-2", "interfaces", "080650", "opened",
	       classes, "audited", classes, "refused", classes, "reason", "rule");
	assert_int_equal(POLICY(fixture, "simulate", "--directory", "@/journal", "@"),
			 COMMAND_ERROR);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(every_mistake_is_told),
		TEST(sections_that_decide_nothing_are_told),
		TEST(a_described_device_is_judged),
		TEST(wrong_usage),
		TEST(a_recorded_device_is_judged),
		TEST(what_would_change_is_told),
		TEST(damage_is_told),
		TEST(too_much_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
