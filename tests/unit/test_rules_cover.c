/* Which sections can decide nothing: held against judging each device there is in a small world. */
#include "agent/engine/judge.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define HASH "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"

static char path[] = "/tmp/sekisho-cover-XXXXXX";

static void load(const char *text, struct rules *rules)
{
	struct config_error error;
	FILE *file = fopen(path, "we");

	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
	if (rules_load(path, getuid(), rules, &error) < 0)
		fail_msg("%s", error.text);
}

static void examples(void **state)
{
	static const struct {
		const char *wide, *narrow;
		bool covered;
	} pairs[] = {
		{"MatchInterface=*:*:*", "MatchVendor=046d", true},
		{"MatchInterface=03:*:*", "MatchVendor=046d", false},
		{"MatchInterface=03:*:*", "MatchInterface=03:01:01 03:01:02", true},
		{"MatchInterface=03:*:*", "MatchInterface=03:01:01 08:*:*", false},
		{"MatchInterface=03:*:* 08:*:*", "MatchInterface=08:06:50 03:*:01", true},
		{"MatchInterface=03:01:*", "MatchInterface=03:*:*", false},
		{"MatchInterface=03:*:*", "MatchEveryInterface=03:*:*", true},
		{"MatchEveryInterface=03:*:*", "MatchInterface=03:*:*", false},
		{"MatchEveryInterface=03:*:*", "MatchEveryInterface=03:01:*", true},
		{"MatchEveryInterface=03:*:* *:*:*", "MatchInterface=03:*:*", true},
		{"MatchVendor=046d", "MatchVendor=046d\nMatchProduct=0001", true},
		{"MatchVendor=046d\nMatchProduct=0001", "MatchVendor=046d", false},
		{"MatchVendor=046d", "MatchVendor=046e", false},
		{"MatchSerial=S1", "MatchSerial=S1", true},
		{"MatchSerial=S1", "MatchSerial=S2", false},
		{"MatchPort=1-1", "MatchPort=1-1\nMatchName=N\nMatchManufacturer=M", true},
		{"MatchName=N", "MatchPort=1-1\nMatchName=N\nMatchManufacturer=M", true},
		{"MatchManufacturer=M", "MatchName=N", false},
		{"MatchPort=1-1 1-2 1-3", "MatchPort=1-3 1-1", true},
		{"MatchPort=1-1 1-2", "MatchPort=1-1 1-3", false},
		{"MatchPort=1-1 1-2", "MatchVendor=046d", false},
		{"MatchInterface=03:*:*\nMatchNoInterface=08:*:*", "MatchInterface=03:01:01",
		 false},
		{"MatchInterface=03:*:*", "MatchInterface=03:*:*\nMatchNoInterface=08:*:*", true},
		{"MatchHasSerial=yes", "MatchSerial=S1", true},
		{"MatchHasSerial=no", "MatchSerial=S1", false},
		{"MatchHasSerial=yes", "MatchHasSerial=yes\nMatchName=N", true},
		{"MatchHasSerial=yes", "MatchHasSerial=no", false},
		{"MatchHasSerial=yes", "MatchName=N", false},
		{"MatchInternal=yes", "MatchInternal=yes\nMatchName=N", true},
		{"MatchInternal=no", "MatchInternal=yes", false},
		{"MatchDescriptors=" HASH, "MatchName=N\nMatchDescriptors=" HASH, true},
		{"MatchDescriptors=" HASH, "MatchName=N", false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
		struct rules rules;
		char text[256];

		snprintf(text, sizeof(text),
			 "[Device wide]\n%s\nAccess=allow\n[Device narrow]\n%s\nAccess=block\n",
			 pairs[i].wide, pairs[i].narrow);
		load(text, &rules);
		assert_null(rules_cover(&rules, 0));
		if ((rules_cover(&rules, 1) == &rules.list[0]) != pairs[i].covered)
			fail_msg("%s", text);
		rules_free(&rules);
	}
}

/* What two take together is told of the later one. */
static void two_take_all(void **state)
{
	struct rules rules;

	(void)state;
	load("[Device a]\nMatchInterface=08:*:*\nAccess=block\n"
	     "[Device b]\nMatchInterface=03:*:*\nAccess=allow\n"
	     "[Device c]\nMatchInterface=03:01:* 08:06:*\nAccess=allow\n",
	     &rules);
	assert_null(rules_cover(&rules, 1));
	assert_ptr_equal(rules_cover(&rules, 2), &rules.list[1]);
	rules_free(&rules);
}

/* No device there is reaches a section of which it is said that none does. */
static void no_device_reaches_them(void **state)
{
	static const char *const parts[] = {
		"MatchVendor=0001\n",	   "MatchSerial=S1\n",	     "MatchInterface=03:*:*\n",
		"MatchInterface=08:*:*\n", "MatchInterface=*:*:*\n", "MatchEveryInterface=03:*:*\n",
		"MatchPort=1-1\n",
	};
	size_t reached[4096] = {}, covered = 0, count = 0;
	static char text[65536];
	struct rules rules;
	size_t length = 0;

	(void)state;
	for (unsigned int i = 1; i < 128; i++) {
		unsigned int set = i * 45 % 128;

		/* One MatchInterface= at most. */
		if (set == 0 || __builtin_popcount(set & 0x1c) > 1)
			continue;
		length += (size_t)snprintf(text + length, sizeof(text) - length, "[Device n]\n");
		for (size_t at = 0; at < 7; at++)
			if (set & 1u << at)
				length += (size_t)snprintf(text + length, sizeof(text) - length,
							   "%s", parts[at]);
		length += (size_t)snprintf(text + length, sizeof(text) - length, "Access=allow\n");
	}
	load(text, &rules);
	for (unsigned int i = 0; i < 64; i++) {
		struct device_facts facts = {};

		facts.descriptors.vendor = i & 1;
		snprintf(facts.serial, sizeof(facts.serial), "S%u", i >> 1 & 1);
		snprintf(facts.name, sizeof(facts.name), "1-%u", i >> 2 & 1);
		facts.descriptors.n_interfaces = 1 + (i >> 5 & 1);
		facts.descriptors.interfaces[0].class.class = i >> 3 & 1 ? 3 : 8;
		facts.descriptors.interfaces[1].class.class = i >> 4 & 1 ? 3 : 7;
		for (size_t j = 0; j < facts.descriptors.n_interfaces; j++) {
			const struct rule *rule =
				rules_find(&rules, &facts, &facts.descriptors.interfaces[j].class);

			if (rule)
				reached[rule - rules.list]++;
		}
	}
	for (size_t i = 0; i < rules.n_list; i++) {
		if (!rules_cover(&rules, i))
			continue;
		covered++;
		count += reached[i];
	}
	assert_true(covered > 10 && covered < rules.n_list);
	assert_int_equal(count, 0);
	rules_free(&rules);
}

static int make_file(void **state)
{
	int fd = mkstemp(path);

	(void)state;
	return fd < 0 ? -1 : close(fd);
}

static int remove_file(void **state)
{
	(void)state;
	return unlink(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(examples),
		cmocka_unit_test(two_take_all),
		cmocka_unit_test(no_device_reaches_them),
	};

	return cmocka_run_group_tests(tests, make_file, remove_file);
}
