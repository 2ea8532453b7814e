/* USBGuard's rules as sections: what is carried over, what is not, and what is told of it. */
#include "policy_fixture.h"

#include "agent/cli/usbguard_import.h"
#include "agent/engine/judge.h"

#include <errno.h>
#include <stdlib.h>

static void what_is_no_rule(void **state)
{
	static const struct {
		const char *line;
		size_t column; /* 0: it can be read */
	} lines[] = {
		{"", 0},
		{" \t", 0},
		{"# allow", 0},
		{"allow", 0},
		{"allow # all of them", 0},
		{"  block\t1050:0011\r", 0},
		{"allow id 1050:*", 0},
		{"allow serial \"a # b\"", 0},
		{"allow with-interface{08:*:*}", 0},
		{"allow if !allowed-matches(with-interface one-of { 03:00:01 })", 0},
		{"permit 1050:0011", 1},
		{"match 1050:0011", 1},
		{"\"allow\"", 1},
		{"allow 1050:001", 7},
		{"allow id 1050", 10},
		{"allow id \"1050:0011\"", 10},
		{"allow id", 9},
		{"allow id {", 11},
		{"allow id { }", 13},
		{"allow id one-of 1050:0011", 17},
		{"allow id { 1050:0011", 21},
		{"allow with-interface *:*:*", 22},
		{"allow with-interface 08:*:*:*", 22},
		{"allow serial 1", 14},
		{"allow serial \"1", 14},
		{"allow serial \"\\x0\"", 14},
		{"allow serial \"\\x00\"", 14},
		{"allow serial \"\\q\"", 14},
		{"allow serial \"1\" serial \"2\"", 18},
		{"allow serial \"1\" colour \"2\"", 18},
		{"allow if localtime(08:00", 10},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		struct usbguard_rule rule;
		size_t column = 0;
		int r = usbguard_parse(lines[i].line, &rule, &column);

		if (r != (lines[i].column ? -EBADMSG : 0) || column != lines[i].column)
			fail_msg("%s: %d, column %zu", lines[i].line, r, column);
		if (r == 0)
			usbguard_release(&rule);
	}
}

static void escapes(void **state)
{
	struct usbguard_rule rule;
	size_t column;

	(void)state;
	assert_int_equal(usbguard_parse("allow name \"a\\\"\\\\\\x41\\066\\t\" via-port { \"1-1\" "
					"\"1-2\" } label \"\"",
					&rule, &column),
			 0);
	assert_string_equal(rule.attributes[USBGUARD_NAME].values[0], "a\"\\AB\t");
	assert_int_equal(rule.attributes[USBGUARD_PORT].count, 2);
	assert_string_equal(rule.attributes[USBGUARD_PORT].values[1], "1-2");
	assert_int_equal(rule.attributes[USBGUARD_PORT].how, USBGUARD_EQUALS);
	assert_string_equal(rule.attributes[USBGUARD_LABEL].values[0], "");
	usbguard_release(&rule);
}

#define SOME	(1u << USBGUARD_SOME_INTERFACES)
#define ONLY	(1u << USBGUARD_ONLY_INTERFACES)
#define OTHERS	(1u << USBGUARD_OTHERS_JUDGED)
#define EVERY	(1u << USBGUARD_EVERY_DEVICE)
#define HASH	(1u << USBGUARD_HASH)
#define PARENT	(1u << USBGUARD_PARENT_HASH)
#define NAME	(1u << USBGUARD_NAME)
#define CONNECT (1u << USBGUARD_CONNECT_TYPE)
#define NO(key) NULL, 0, 0, USBGUARD_##key

static const struct {
	const char *line, *sections; /* without "[Device usbguard 7]" */
	unsigned int notes, left_out;
	enum usbguard_key key; /* where there is no section */
} imports[] = {
	{"allow 1050:0011", "MatchVendor=1050\nMatchProduct=0011\nAccess=allow\n", 0, 0, 0},
	{"allow 1050:*", "MatchVendor=1050\nAccess=allow\n", 0, 0, 0},
	{"reject via-port \"1-2\"", "MatchPort=1-2\nAccess=block\n", 0, 0, 0},
	{"allow 1050:0011 serial \"\" name \"K\"",
	 "MatchVendor=1050\nMatchProduct=0011\nMatchHasSerial=no\nMatchName=K\nAccess=allow\n", 0,
	 0, 0},
	{"allow serial \"S\" via-port one-of { \"1-2\" \"1-3\" } if true",
	 "MatchSerial=S\nMatchPort=1-2 1-3\nAccess=allow\n", 0, 0, 0},
	{"block", "MatchInterface=*:*:*\nAccess=block\n", EVERY, 0, 0},
	{"allow *:*", "MatchInterface=*:*:*\nAccess=allow\n", EVERY, 0, 0},
	{"allow with-interface 03:01:01", "MatchEveryInterface=03:01:01\nAccess=allow\n", 0, 0, 0},
	{"allow with-interface equals { 08:*:* }", "MatchEveryInterface=08:*:*\nAccess=allow\n", 0,
	 0, 0},
	{"allow with-interface match-all { 03:*:* 09:*:* }",
	 "MatchEveryInterface=03:*:* 09:*:*\nAccess=allow\n", 0, 0, 0},
	{"allow with-interface { 03:01:01 08:06:50 }",
	 "MatchEveryInterface=03:01:01 08:06:50\nAccess=allow\n", SOME, 0, 0},
	{"allow with-interface one-of { 03:00:01 03:01:01 }",
	 "MatchInterface=03:00:01 03:01:01\nAccess=allow\n", ONLY, 0, 0},
	{"allow with-interface all-of { 03:00:01 03:01:01 }",
	 "MatchInterface=03:00:01 03:01:01\nAccess=allow\n", SOME | ONLY, 0, 0},
	{"block with-interface one-of { 08:*:* }", "MatchInterface=08:*:*\nAccess=block\n", OTHERS,
	 0, 0},
	{"allow id 1050:0011 hash \"x=\" parent-hash \"y=\" with-connect-type \"hotplug\"",
	 "MatchVendor=1050\nMatchProduct=0011\nAccess=allow\n", 0, HASH | PARENT | CONNECT, 0},
	{"allow 1050:0011 with-connect-type \"hardwired\"",
	 "MatchVendor=1050\nMatchProduct=0011\nMatchInternal=yes\nAccess=allow\n", 0, 0, 0},
	{"block 1050:0011 with-connect-type \"hardwired\"",
	 "MatchVendor=1050\nMatchProduct=0011\nAccess=block\n", 0, CONNECT, 0},
	{"allow 1050:0011 name \" K\"", "MatchVendor=1050\nMatchProduct=0011\nAccess=allow\n", 0,
	 NAME, 0},
	{"block with-interface 08:*:* hash \"x=\"", "MatchEveryInterface=08:*:*\nAccess=block\n", 0,
	 HASH, 0},
	/* Whatever it is that would be let in is not known. */
	{"allow hash \"x=\"", NO(HASH)},
	{"allow 1050:* hash \"x=\"", NO(HASH)},
	{"allow with-interface 03:*:* parent-hash \"x=\"", NO(PARENT_HASH)},
	{"allow with-interface 03:*:* with-connect-type \"hotplug\"", NO(CONNECT_TYPE)},
	{"allow with-interface 03:*:* name \"\"", NO(NAME)},
	{"reject hash \"x=\"", NO(HASH)},
	{"allow if random(0.1666)", NO(CONDITION)},
	{"allow 1050:0011 if !true", NO(CONDITION)},
	{"allow 1050:0011 if none-of { true }", NO(CONDITION)},
	{"allow id none-of { 1050:0011 }", NO(ID)},
	{"allow id { 1050:0011 1050:0012 }", NO(ID)},
	{"allow serial all-of { \"1\" \"2\" }", NO(SERIAL)},
	{"allow 1050:0011 serial \"a ;b\"", NO(SERIAL)},
	{"allow 1050:0011 serial \"a\\x0ab\"", NO(SERIAL)},
	{"allow 1050:0011 via-port \"1 2\"", NO(PORT)},
	{"allow with-interface none-of { 08:*:* }", NO(INTERFACE)},
	{"reject with-interface all-of { 08:*:* 03:01:* }", NO(INTERFACE)},
	{"allow 1d6b:0002 serial \"0000:00:14.0\"", NO(ID)},
	{"allow via-port \"usb1\"", NO(PORT)},
};

/* Reads sections as the agent does. */
static void load(struct fixture *fixture, const char *text, struct rules *rules)
{
	struct config_error error;
	char path[80];

	put(fixture, "devices.conf", text);
	snprintf(path, sizeof(path), "%s/devices.conf", fixture->root);
	if (rules_load(path, getuid(), rules, &error) < 0)
		fail_msg("%s\n%s", error.text, text);
}

static void each_rule(void **state)
{
	struct fixture *fixture = *state;

	for (size_t i = 0; i < sizeof(imports) / sizeof(imports[0]); i++) {
		struct usbguard_import result;
		struct usbguard_rule rule;
		char expected[512] = "";
		char *text = NULL;
		size_t length, column;
		FILE *out = open_memstream(&text, &length);
		struct rules rules;

		assert_int_equal(usbguard_parse(imports[i].line, &rule, &column), 0);
		usbguard_import(&rule, 7, out, &result);
		assert_int_equal(fclose(out), 0);
		if (imports[i].sections)
			snprintf(expected, sizeof(expected), "[Device usbguard 7]\n%s\n",
				 imports[i].sections);
		if (strcmp(text, expected) != 0 || !result.refusal != (expected[0] != '\0'))
			fail_msg("%s\n%s", imports[i].line, text);
		if (result.refusal)
			assert_int_equal(result.key, imports[i].key);
		else if (result.notes != imports[i].notes || result.left_out != imports[i].left_out)
			fail_msg("%s: %x %x", imports[i].line, result.notes, result.left_out);
		load(fixture, text, &rules);
		rules_free(&rules);
		usbguard_release(&rule);
		free(text);
	}
}

static void a_file(void **state)
{
	static const char *const told[] = {
		"rules.conf:3: not the same: hash, parent-hash: left out",
		"rules.conf:4: NOT CARRIED OVER: if: ",
		"rules.conf:5: NOT CARRIED OVER: column 7: ",
		"rules.conf:6: not needed: id: ",
		"rules: 6; not carried over: 2; not the same: 1\n",
	};
	struct fixture *fixture = *state;
	struct rules rules;

	put(fixture, "rules.conf",
	    "# ours\nallow id one-of { 046d:c31c 046d:c31d } serial one-of { \"1\" \"2\" }\n"
	    "allow id 046d:c077 serial \"\" name \"Mouse\" hash \"a=\" parent-hash \"b=\"\n"
	    "allow 1050:0011 if localtime(08:00-17:00)\nallow everything\nallow 1d6b:0003\n"
	    "reject via-port \"1-2\"\n");
	assert_int_equal(POLICY(fixture, "import", "usbguard", "@/rules.conf"), COMMAND_NO);
	for (size_t i = 0; i < sizeof(told) / sizeof(told[0]); i++)
		if (!strstr(fixture->complained, told[i]))
			fail_msg("%s\n%s", told[i], fixture->complained);
	load(fixture, fixture->said, &rules);
	assert_int_equal(rules.n_list, 6);
	assert_string_equal(rules_text(&rules, rules.list[3].name), "usbguard 2.4");
	assert_int_equal(rules.list[3].product, 0xc31d);
	assert_string_equal(rules_text(&rules, rules.list[3].serial), "2");
	assert_string_equal(rules_text(&rules, rules.list[5].name), "usbguard 7");
	rules_free(&rules);
	put(fixture, "rules.conf", "allow 046d:c31c\n");
	assert_int_equal(POLICY(fixture, "import", "usbguard", "@/rules.conf"), COMMAND_OK);
	assert_int_equal(POLICY(fixture, "import", "usbguard", "@/none"), COMMAND_ERROR);
	assert_int_equal(POLICY(fixture, "import", "@/rules.conf"), COMMAND_ERROR);
	assert_int_equal(POLICY(fixture, "import", "udev", "@/rules.conf"), COMMAND_ERROR);
}

/* A line of devices.conf that would be too long is no section at all. */
static void long_rules(void **state)
{
	struct fixture *fixture = *state;
	char text[4096] = "allow with-interface one-of { ";

	for (int i = 0; i < 30; i++)
		snprintf(text + strlen(text), sizeof(text) - strlen(text), "03:%02x:01 ", i);
	snprintf(text + strlen(text), sizeof(text) - strlen(text), "}\nallow id one-of { ");
	for (int i = 0; i < 60; i++)
		snprintf(text + strlen(text), sizeof(text) - strlen(text), "046d:%04x ", i);
	snprintf(text + strlen(text), sizeof(text) - strlen(text),
		 "} serial one-of { \"1\" \"2\" }\n");
	put(fixture, "rules.conf", text);
	assert_int_equal(POLICY(fixture, "import", "usbguard", "@/rules.conf"), COMMAND_NO);
	assert_non_null(strstr(fixture->complained, "not carried over: 2"));
	assert_null(strstr(fixture->said, "[Device"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_no_rule),
		cmocka_unit_test(escapes),
		TEST(each_rule),
		TEST(a_file),
		TEST(long_rules),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
