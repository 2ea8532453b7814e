/* devices.conf: every mistake has its file and line; judgements by the shipped and other rules. */
#include "agent/engine/judge.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

struct fixture {
	char directory[48], path[80], dropins[96];
	struct rules rules;
	struct config_error error;
};

static int setup(void **state)
{
	struct fixture *fixture = calloc(1, sizeof(*fixture));

	snprintf(fixture->directory, sizeof(fixture->directory), "/tmp/sekisho-rules-XXXXXX");
	if (!mkdtemp(fixture->directory))
		return -1;
	snprintf(fixture->path, sizeof(fixture->path), "%s/devices.conf", fixture->directory);
	snprintf(fixture->dropins, sizeof(fixture->dropins), "%s.d", fixture->path);
	*state = fixture;
	return mkdir(fixture->dropins, 0755);
}

static int teardown(void **state)
{
	struct fixture *fixture = *state;
	char path[128];

	rules_free(&fixture->rules);
	snprintf(path, sizeof(path), "%s/10-more.conf", fixture->dropins);
	unlink(path);
	unlink(fixture->path);
	rmdir(fixture->dropins);
	rmdir(fixture->directory);
	free(fixture);
	return 0;
}

static void write_file(const char *path, const char *text)
{
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
}

static int load(struct fixture *fixture, const char *text)
{
	write_file(fixture->path, text);
	rules_free(&fixture->rules);
	return rules_load(fixture->path, getuid(), &fixture->rules, &fixture->error);
}

#define HASH	   "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
#define OTHER_HASH "000102030405060708090A0B0C0D0E0F101112131415161718191A1B1C1D1E1E"

static struct device_facts device(uint16_t vendor, size_t count, const struct usb_class *classes)
{
	struct device_facts facts = {.name = "1-2", .serial = "S1", .product = "P", .hash = HASH};

	facts.descriptors.vendor = vendor;
	facts.descriptors.product = 0x0001;
	facts.descriptors.n_interfaces = count;
	for (size_t i = 0; i < count; i++)
		facts.descriptors.interfaces[i].class = classes[i];
	return facts;
}

static const struct usb_class keyboard = {3, 1, 1}, storage = {8, 6, 0x50}, hub = {9, 0, 1},
			      reader = {0x0b, 0, 0}, network = {2, 6, 0};

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

/* The first that fits, held against each by itself. */
static const struct rule *find_one_by_one(const struct rules *rules,
					  const struct device_facts *facts,
					  const struct usb_class *class)
{
	for (size_t i = 0; i < rules->n_list; i++) {
		uint32_t order = 0;
		struct rules one = *rules;

		one.list = &rules->list[i];
		one.n_list = 1;
		one.order = &order;
		if (rules_find(&one, facts, class))
			return one.list;
	}
	return NULL;
}

/* Whatever a rule names, the index finds what reading from the top finds. */
static void the_index_changes_nothing(void **state)
{
	static const char *const parts[] = {
		"MatchVendor=0001\n", "MatchVendor=0002\n",	 "MatchProduct=0001\n",
		"MatchSerial=S1\n",   "MatchSerial=S2\n",	 "MatchInterface=03:*:*\n",
		"MatchPort=1-1\n",    "MatchInterface=08:*:*\n",
	};
	struct fixture *fixture = *state;
	FILE *file = fopen(fixture->path, "w");
	const struct rule *last = NULL;
	size_t different = 0, none = 0;

	assert_non_null(file);
	/* Each set of conditions, as far as none is given twice, in an order of its own. */
	for (unsigned int i = 0; i < 256; i++) {
		unsigned int set = i * 167 % 256;

		if ((set & 3) == 3 || (set & 0x18) == 0x18 || (set & 0xa0) == 0xa0 || set == 0)
			continue;
		fprintf(file, "[Device n%u]\n", set);
		for (size_t at = 0; at < 8; at++)
			if (set & 1u << at)
				fputs(parts[at], file);
		fputs(set % 3 ? "Access=allow\n\n" : "Access=block\n\n", file);
	}
	assert_int_equal(fclose(file), 0);
	assert_int_equal(rules_load(fixture->path, getuid(), &fixture->rules, &fixture->error), 0);
	/* From each rule on to the end. */
	for (size_t from = 0; from < fixture->rules.n_list; from++) {
		struct rules rules = fixture->rules;

		rules.list += from;
		rules.n_list -= from;
		assert_int_equal(rules_index(&rules), 0);
		for (unsigned int i = 0; i < 72; i++) {
			struct device_facts facts =
				device((uint16_t)(i % 3), (uint16_t)(i / 3 % 2), &keyboard);
			const struct usb_class *class = i / 36 ? &keyboard : &storage;
			const struct rule *expected;

			snprintf(facts.serial, sizeof(facts.serial), "S%u", i / 6 % 3);
			snprintf(facts.name, sizeof(facts.name), "1-%u", i / 18 % 2);
			expected = find_one_by_one(&rules, &facts, class);
			assert_ptr_equal(rules_find(&rules, &facts, class), expected);
			different += expected && expected != last;
			last = expected;
			none += !expected;
		}
		free(rules.order);
	}
	assert_true(different > 1000);
	assert_true(none > 100);
}

static void ten_thousand_are_fine(void **state)
{
	struct fixture *fixture = *state;
	struct device_facts facts = device(0x046d, 1, &keyboard);
	FILE *file = fopen(fixture->path, "w");
	const struct rule *rule;

	assert_non_null(file);
	for (int i = 0; i < 10000; i++)
		fprintf(file, "[Device n%d]\nMatchVendor=%04x\nMatchSerial=s%d\nAccess=allow\n\n",
			i, i, i);
	fputs("[Device last]\nMatchInterface=03:*:*\nAccess=allow\n", file);
	assert_int_equal(fclose(file), 0);
	assert_int_equal(rules_load(fixture->path, getuid(), &fixture->rules, &fixture->error), 0);
	assert_int_equal(fixture->rules.n_list, 10001);
	rule = rules_find(&fixture->rules, &facts, &keyboard);
	assert_non_null(rule);
	assert_string_equal(rules_text(&fixture->rules, rule->name), "last");
	assert_int_equal(rule->line, 50001);
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
		cmocka_unit_test_setup_teardown(the_index_changes_nothing, setup, teardown),
		cmocka_unit_test_setup_teardown(ten_thousand_are_fine, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
