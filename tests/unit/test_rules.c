/* devices.conf: every mistake has its file and line; judgements by the shipped and other rules. */
#include "rules_fixture.h"

static void mistakes_have_a_line(void **state)
{
	static const struct {
		const char *text, *place, *word;
	} mistakes[] = {
		{"[Device a]\nMatchVendor=046d\n", ":1:", "Access"},
		{"[Device a]\nAccess=allow\n", ":1:", "Match"},
		{"[Device a]\nMatchVendor=46d\nAccess=allow\n", ":2:", "MatchVendor"},
		{"[Device a]\nMatchVendor=046d1\nAccess=allow\n", ":2:", "MatchVendor"},
		{"[Device a]\nMatchProduct=xyzw\nAccess=allow\n", ":2:", "MatchProduct"},
		{"[Device a]\nMatchSerial=\nAccess=allow\n", ":2:", "MatchSerial"},
		{"[Device a]\nMatchInterface=03:*\nAccess=allow\n", ":2:", "MatchInterface"},
		{"[Device a]\nMatchInterface=3:*:*\nAccess=allow\n", ":2:", "MatchInterface"},
		{"[Device a]\nMatchInterface=03:*:*:*\nAccess=allow\n", ":2:", "MatchInterface"},
		{"[Device a]\nMatchInterface=\nAccess=allow\n", ":2:", "MatchInterface"},
		{"[Device a]\nMatchVendor=046d\nAccess=yes\n", ":3:", "Access"},
		{"[Device a]\nMatchVendor=046d\nMatchVendor=046e\nAccess=allow\n", ":3:", "twice"},
		{"[Device a]\nMatchVendr=046d\nAccess=allow\n", ":2:", "MatchVendr"},
		{"[Device a]\nMatchNoInterface=08\nAccess=allow\n", ":2:", "MatchNoInterface"},
		{"[Device a]\nMatchVendor=046d\nAtMost=0\nAccess=allow\n", ":3:", "AtMost"},
		{"[Device a]\nMatchVendor=046d\nAtMost=256\nAccess=allow\n", ":3:", "AtMost"},
		{"[Device a]\nMatchVendor=046d\nAtMost=1\nAccess=block\n", ":1:", "AtMost"},
		{"[Device a]\nMatchVendor=046d\nUnits=2\nAccess=allow\n", ":3:", "Units"},
		{"[Device a]\nMatchVendor=046d\nUnits=all\nAccess=charge\n", ":1:", "Units"},
		{"[Device a]\nUnits=all\nAccess=allow\n", ":1:", "Match"},
		{"[Device a]\nMatchVendor=046d\nAccess=challenge\n", ":1:", "MatchInterface"},
		{"[Device a]\nMatchInterface=*:*:*\nAccess=challenge\n", ":1:", "MatchInterface"},
		{"[Device a]\nMatchInterface=03:*:* 08:*:*\nAccess=challenge\n", ":1:", "03"},
		{"[Device a]\nMatchInterface=03:*:*\nAtMost=1\nAccess=challenge\n",
		 ":1:", "AtMost"},
		{"[Device a]\nMatchVendor=046d\nEnrolled=1\nAccess=allow\n", ":3:", "Enrolled"},
		{"[Device a]\nEnrolled=yes\nAtMost=1\nAccess=allow\n", ":1:", "Match"},
		{"[Device ]\nMatchVendor=046d\nAccess=allow\n", ":1:", "[Device"},
		{"[Devices a]\nMatchVendor=046d\nAccess=allow\n", ":1:", "[Device"},
		{"MatchVendor=046d\nAccess=allow\n", ":0:", ""},
		{"[Device a]\nMatchVendor=046d\nAccess=allow\n\n[Device b]\nAccess=block\n",
		 ":5:", "Match"},
		{"[Device aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa]\nMatchVendor=046d\n"
		 "Access=allow\n",
		 ":1:", "longer"},
		{"[Device a]\nMatchDescriptors=00\nAccess=allow\n", ":2:", "MatchDescriptors"},
		{"[Device a]\nMatchHasSerial=\nAccess=allow\n", ":2:", "MatchHasSerial"},
		{"[Device a]\nMatchInternal=maybe\nAccess=allow\n", ":2:", "MatchInternal"},
		{"[Device a]\nMatchPort=\nAccess=allow\n", ":2:", "MatchPort"},
		{"[Device a]\nMatchSerial=S\nMatchHasSerial=no\nAccess=allow\n", ":1:", "never"},
		{"[Device a]\n[Device b]\nMatchVendor=046d\nAccess=allow\n", ":1:", "Access"},
		{"[Device a] Access=block\nMatchVendor=046d\nAccess=allow\n", ":1:", "follow"},
		{"nonsense\n", ":1:", ""},
	};
	struct fixture *fixture = *state;

	for (size_t i = 0; i < sizeof(mistakes) / sizeof(mistakes[0]); i++) {
		int r = load(fixture, mistakes[i].text);

		if (r == 0)
			fail_msg("taken: %s", mistakes[i].text);
		if (strcmp(mistakes[i].place, ":0:") != 0 &&
		    !strstr(fixture->error.text, mistakes[i].place))
			fail_msg("%s: %s", mistakes[i].text, fixture->error.text);
		assert_non_null(strstr(fixture->error.text, mistakes[i].word));
		assert_null(fixture->rules.list);
	}
	assert_int_equal(rules_load("/nonexistent", getuid(), &fixture->rules, &fixture->error),
			 -ENOENT);
}

/* Who may write the rules decides what leaves the terminal. */
static void others_may_not_write_them(void **state)
{
	struct fixture *fixture = *state;

	assert_int_equal(load(fixture, "[Device a]\nMatchVendor=046d\nAccess=allow\n"), 0);
	assert_int_equal(chmod(fixture->path, 0666), 0);
	rules_free(&fixture->rules);
	assert_int_equal(rules_load(fixture->path, getuid(), &fixture->rules, &fixture->error),
			 -EPERM);
}

static void shipped_rules(void **state)
{
	struct fixture *fixture = *state;
	const struct usb_class composite[] = {keyboard, storage};
	struct device_facts facts;
	struct judgement judgement;
	const struct rule *rule;

	assert_int_equal(
		rules_load("packaging/devices.conf", getuid(), &fixture->rules, &fixture->error),
		0);
	for (size_t i = 0; i < 3; i++) {
		facts = device(1, 1, (const struct usb_class *[]){&keyboard, &hub, &reader}[i]);
		judge(&fixture->rules, &facts, &judgement);
		assert_int_equal(judgement.access, ACCESS_ALLOW);
		assert_int_equal(judgement.reason, JUDGE_BY_RULE);
		assert_false(judgement.partial);
	}
	for (size_t i = 0; i < 2; i++) {
		facts = device(1, 1, (const struct usb_class *[]){&storage, &network}[i]);
		judge(&fixture->rules, &facts, &judgement);
		assert_int_equal(judgement.access, ACCESS_BLOCK);
		assert_int_equal(judgement.reason, JUDGE_NO_RULE);
		assert_null(judgement.rule);
	}
	facts = device(1, 2, composite);
	judge(&fixture->rules, &facts, &judgement);
	assert_int_equal(judgement.access, ACCESS_ALLOW);
	assert_true(judgement.partial);
	assert_int_equal(judge_interface(&fixture->rules, &facts, &storage, &rule), ACCESS_BLOCK);
	assert_int_equal(judge_interface(&fixture->rules, &facts, &keyboard, &rule), ACCESS_ALLOW);
}

static void what_cannot_be_read_is_blocked(void **state)
{
	struct fixture *fixture = *state;
	struct device_facts facts = device(0x046d, 1, &keyboard);
	struct judgement judgement;

	assert_int_equal(load(fixture, "[Device all]\nMatchInterface=*:*:*\nAccess=allow\n"), 0);
	facts.unreadable = -EBADMSG;
	judge(&fixture->rules, &facts, &judgement);
	assert_int_equal(judgement.access, ACCESS_BLOCK);
	assert_int_equal(judgement.reason, JUDGE_UNREADABLE);
	facts = device(0x046d, 0, NULL);
	judge(&fixture->rules, &facts, &judgement);
	assert_int_equal(judgement.access, ACCESS_BLOCK);
	assert_int_equal(judgement.reason, JUDGE_NO_INTERFACE);
}

/* Each key narrows: a device that differs in it alone does not fit. */
static void every_key_counts(void **state)
{
	static const struct {
		const char *line;
		bool fits;
	} lines[] = {
		{"MatchVendor=046d", true},
		{"MatchVendor=046e", false},
		{"MatchProduct=0001", true},
		{"MatchProduct=0002", false},
		{"MatchSerial=S1", true},
		{"MatchSerial=S", false},
		{"MatchSerial=S11", false},
		{"MatchManufacturer=M", false},
		{"MatchName=P", true},
		{"MatchName=p", false},
		{"MatchPort=1-2", true},
		{"MatchPort=1-2.1", false},
		{"MatchPort=1-1 1-2", true},
		{"MatchPort=1-2  1-1", true},
		{"MatchPort=1-1 1-22 1-", false},
		{"MatchHasSerial=yes", true},
		{"MatchHasSerial=no", false},
		{"MatchInternal=yes", false},
		{"MatchInternal=no", true},
		{"MatchDescriptors=" HASH, true},
		{"MatchDescriptors=" OTHER_HASH, false},
		{"MatchInterface=03:*:*", true},
		{"MatchInterface=03:01:02", false},
		{"MatchInterface=08:*:* 03:01:01", true},
		{"MatchInterface=*:*:01", true},
		{"MatchEveryInterface=03:*:*", false},
		{"MatchEveryInterface=03:*:* 08:06:50", true},
		{"MatchNoInterface=08:*:*", false},
		{"MatchNoInterface=02:*:* 03:01:01", false},
		{"MatchNoInterface=02:*:* 0a:*:*", true},
	};
	struct fixture *fixture = *state;
	const struct usb_class classes[] = {keyboard, storage};
	struct device_facts facts = device(0x046d, 2, classes);

	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		char text[128];

		snprintf(text, sizeof(text), "[Device a]\n%s\nAccess=allow\n", lines[i].line);
		assert_int_equal(load(fixture, text), 0);
		if ((rules_find(&fixture->rules, &facts, &keyboard) != NULL) != lines[i].fits)
			fail_msg("%s", lines[i].line);
	}
}

/* An interface that only the kernel knows of is one of every interface. */
static void every_counts_what_the_kernel_sees(void **state)
{
	struct fixture *fixture = *state;
	struct device_facts facts = device(0x046d, 1, &keyboard);

	assert_int_equal(load(fixture, "[Device a]\nMatchEveryInterface=03:*:*\nAccess=allow\n"),
			 0);
	assert_non_null(rules_find(&fixture->rules, &facts, &keyboard));
	assert_null(rules_find(&fixture->rules, &facts, &storage));
}

static void the_first_one_counts(void **state)
{
	struct fixture *fixture = *state;
	struct device_facts facts = device(0x046d, 1, &keyboard);
	const struct rule *rule;
	char more[128];

	snprintf(more, sizeof(more), "%s/10-more.conf", fixture->dropins);
	write_file(more, "[Device late]\nMatchInterface=*:*:*\nAccess=allow\n");
	assert_int_equal(load(fixture, "[Device stolen]\nMatchSerial=S1\nAccess=block\n\n"
				       "[Device keyboards]\nMatchInterface=03:*:*\nAccess=allow\n"),
			 0);
	assert_int_equal(fixture->rules.n_list, 3);
	assert_int_equal(judge_interface(&fixture->rules, &facts, &keyboard, &rule), ACCESS_BLOCK);
	assert_string_equal(rules_text(&fixture->rules, rule->name), "stolen");
	assert_int_equal(rule->line, 1);
	facts.serial[0] = '\0';
	assert_int_equal(judge_interface(&fixture->rules, &facts, &keyboard, &rule), ACCESS_ALLOW);
	assert_string_equal(rules_text(&fixture->rules, rule->name), "keyboards");
	assert_int_equal(rule->line, 5);
	assert_int_equal(judge_interface(&fixture->rules, &facts, &storage, &rule), ACCESS_ALLOW);
	assert_string_equal(rules_text(&fixture->rules, rule->file), more);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(mistakes_have_a_line, setup, teardown),
		cmocka_unit_test_setup_teardown(others_may_not_write_them, setup, teardown),
		cmocka_unit_test_setup_teardown(shipped_rules, setup, teardown),
		cmocka_unit_test_setup_teardown(what_cannot_be_read_is_blocked, setup, teardown),
		cmocka_unit_test_setup_teardown(every_key_counts, setup, teardown),
		cmocka_unit_test_setup_teardown(every_counts_what_the_kernel_sees, setup, teardown),
		cmocka_unit_test_setup_teardown(the_first_one_counts, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
