/* Devices of an office, interface by interface, by the shipped rules and by stricter ones. */
#include "descriptor_fixture.h"

#include "agent/engine/judge.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

#include <cmocka.h>

#define YES true
#define NO  false

static const struct {
	const char *name;
	struct part parts[PARTS_MAX];
} corpus[] = {
	{"keyboard with media keys", {{1, 0, 0, {0x03, 1, 1}, YES}, {1, 1, 0, {0x03, 0, 0}, YES}}},
	{"mouse", {{1, 0, 0, {0x03, 1, 2}, YES}}},
	{"FIDO key", {{1, 0, 0, {0x03, 0, 0}, YES}}},
	{"security key: types, FIDO, card",
	 {{1, 0, 0, {0x03, 1, 1}, YES},
	  {1, 1, 0, {0x03, 0, 0}, YES},
	  {1, 2, 0, {0x0b, 0, 0}, YES}}},
	{"types and stores", {{1, 0, 0, {0x03, 1, 1}, YES}, {1, 1, 0, {0x08, 6, 0x50}, NO}}},
	{"types now, stores in another configuration",
	 {{1, 0, 0, {0x03, 1, 1}, YES}, {2, 0, 0, {0x08, 6, 0x50}, NO}}},
	{"types, and stores in another setting",
	 {{1, 0, 0, {0x03, 1, 1}, YES}, {1, 0, 1, {0x08, 6, 0x50}, NO}}},
	{"types and is a network", /* a BadUSB stick's other half */
	 {{1, 0, 0, {0x03, 1, 1}, YES}, {1, 1, 0, {0xe0, 1, 3}, NO}, {1, 2, 0, {0x0a, 0, 0}, NO}}},
	{"dock: hub with one translator or several",
	 {{1, 0, 0, {0x09, 0, 1}, YES}, {1, 0, 1, {0x09, 0, 2}, YES}}},
	{"dock: hub at SuperSpeed", {{1, 0, 0, {0x09, 0, 3}, YES}}},
	{"dock: network, vendor's own or CDC ECM",
	 {{1, 0, 0, {0xff, 0xff, 0}, NO},
	  {2, 0, 0, {0x02, 6, 0}, NO},
	  {2, 1, 0, {0x0a, 0, 0}, NO},
	  {2, 1, 1, {0x0a, 0, 0}, NO}}},
	{"dock: network, CDC NCM",
	 {{1, 0, 0, {0x02, 0x0d, 0}, NO},
	  {1, 1, 0, {0x0a, 0, 1}, NO},
	  {1, 1, 1, {0x0a, 0, 1}, NO}}},
	{"dock: audio with its buttons",
	 {{1, 0, 0, {0x01, 1, 0}, NO},
	  {1, 1, 0, {0x01, 2, 0}, NO},
	  {1, 1, 1, {0x01, 2, 0}, NO},
	  {1, 2, 0, {0x03, 0, 0}, YES}}},
	{"dock: reader of memory cards", {{1, 0, 0, {0x08, 6, 0x50}, NO}}},
	{"dock: disk, BOT or UAS",
	 {{1, 0, 0, {0x08, 6, 0x50}, NO}, {1, 0, 1, {0x08, 6, 0x62}, NO}}},
	{"dock: billboard", {{1, 0, 0, {0x11, 0, 0}, NO}}},
	{"dock: firmware update", {{1, 0, 0, {0xfe, 1, 2}, NO}}},
	{"KVM switch: hub", {{1, 0, 0, {0x09, 0, 0}, YES}}},
	{"KVM switch: keyboard and mouse",
	 {{1, 0, 0, {0x03, 1, 1}, YES},
	  {1, 1, 0, {0x03, 1, 2}, YES},
	  {1, 2, 0, {0x03, 0, 0}, YES}}},
	{"KVM switch: its disk with drivers",
	 {{1, 0, 0, {0x03, 1, 1}, YES}, {1, 1, 0, {0x08, 5, 0x50}, NO}}},
	{"wireless receiver",
	 {{1, 0, 0, {0x03, 1, 1}, YES},
	  {1, 1, 0, {0x03, 1, 2}, YES},
	  {1, 2, 0, {0x03, 0, 0}, YES}}},
	{"wireless receiver with vendor interfaces",
	 {{1, 0, 0, {0x03, 1, 2}, YES},
	  {1, 1, 0, {0xff, 0, 0}, NO},
	  {1, 2, 0, {0xff, 0xff, 0xff}, NO}}},
	{"laptop: camera",
	 {{1, 0, 0, {0x0e, 1, 0}, NO},
	  {1, 1, 0, {0x0e, 2, 0}, NO},
	  {1, 1, 1, {0x0e, 2, 0}, NO},
	  {1, 2, 0, {0xfe, 1, 1}, NO}}},
	{"laptop: Bluetooth",
	 {{1, 0, 0, {0xe0, 1, 1}, NO},
	  {1, 1, 0, {0xe0, 1, 1}, NO},
	  {1, 1, 1, {0xe0, 1, 1}, NO},
	  {1, 1, 2, {0xe0, 1, 1}, NO}}},
	{"laptop: fingerprint reader", {{1, 0, 0, {0xff, 0, 0}, NO}}},
	{"laptop: touch screen", {{1, 0, 0, {0x03, 0, 0}, YES}}},
	{"card reader (CCID)", {{1, 0, 0, {0x0b, 0, 0}, YES}}},
	{"card reader, vendor's own", {{1, 0, 0, {0xff, 0xff, 0xff}, NO}}},
	{"card reader with a key pad",
	 {{1, 0, 0, {0x0b, 0, 0}, YES}, {1, 1, 0, {0x03, 1, 1}, YES}}},
	{"printer, USB or IPP", {{1, 0, 0, {0x07, 1, 2}, NO}, {1, 1, 0, {0x07, 1, 4}, NO}}},
	{"telephone: MTP, debugging",
	 {{1, 0, 0, {0x06, 1, 1}, NO}, {1, 1, 0, {0xff, 0x42, 1}, NO}}},
	{"modem", {{1, 0, 0, {0x02, 2, 1}, NO}, {1, 1, 0, {0x0a, 0, 0}, NO}}},
	{"test and measurement", {{1, 0, 0, {0xfe, 3, 1}, NO}}},
};

static size_t count_parts(const struct part *parts)
{
	size_t count = 0;

	while (count < PARTS_MAX && parts[count].configuration > 0)
		count++;
	return count;
}

static struct device_facts facts_of(const struct part *parts, size_t count)
{
	struct device_facts facts = {.name = "1-1"};
	uint8_t bytes[BUILD_SIZE_MAX];
	size_t length = build_descriptors(0x1209, 0x0001, parts, count, bytes);

	assert_int_equal(descriptors_parse(bytes, length, &facts.descriptors), 0);
	assert_int_equal(facts.descriptors.n_interfaces, count);
	return facts;
}

/* "+" for each interface that works, "-" for each that doesn't; "!" for all if nothing does. */
static void judged(const struct rules *rules, const struct part *parts, char *text)
{
	size_t count = count_parts(parts);
	struct device_facts facts = facts_of(parts, count);
	struct judgement judgement;

	judge(rules, &facts, &judgement);
	for (size_t i = 0; i < count; i++) {
		const struct rule *rule;
		enum access access = judge_interface(rules, &facts,
						     &facts.descriptors.interfaces[i].class, &rule);

		text[i] = judgement.access == ACCESS_BLOCK ? '!'
			  : access == ACCESS_ALLOW	   ? '+'
							   : '-';
	}
	text[count] = '\0';
}

static void each_interface_by_the_shipped_rules(void **state)
{
	struct config_error error;
	struct rules rules;

	(void)state;
	assert_int_equal(rules_load("packaging/devices.conf", getuid(), &rules, &error), 0);
	for (size_t i = 0; i < sizeof(corpus) / sizeof(corpus[0]); i++) {
		size_t count = count_parts(corpus[i].parts), works = 0;
		char text[PARTS_MAX + 1], expected[PARTS_MAX + 1] = "";

		for (size_t at = 0; at < count; at++)
			works += corpus[i].parts[at].works;
		for (size_t at = 0; at < count; at++)
			expected[at] = works == 0 ? '!' : corpus[i].parts[at].works ? '+' : '-';
		judged(&rules, corpus[i].parts, text);
		if (strcmp(text, expected) != 0)
			fail_msg("%s: %s, not %s", corpus[i].name, text, expected);
	}
	rules_free(&rules);
}

struct wanted {
	const char *name, *expected;
};

static void judged_as(const char *text, size_t length, const struct wanted *wanted, size_t count)
{
	char path[] = "/tmp/sekisho-corpus-XXXXXX";
	struct config_error error;
	struct rules rules;
	size_t seen = 0;
	int fd = mkstemp(path);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, length), length);
	close(fd);
	assert_int_equal(rules_load(path, getuid(), &rules, &error), 0);
	for (size_t i = 0; i < sizeof(corpus) / sizeof(corpus[0]); i++)
		for (size_t at = 0; at < count; at++) {
			char found[PARTS_MAX + 1];

			if (strcmp(corpus[i].name, wanted[at].name) != 0)
				continue;
			seen++;
			judged(&rules, corpus[i].parts, found);
			if (strcmp(found, wanted[at].expected) != 0)
				fail_msg("%s: %s", corpus[i].name, found);
		}
	assert_int_equal(seen, count);
	rules_free(&rules);
	unlink(path);
}

/* The line that the shipped file and the manual name: a device that types and stores is storage,
 * in whatever configuration or setting it stores. */
static void what_types_and_stores_is_storage(void **state)
{
	static const char strict[] = "[Device input]\nMatchInterface=03:*:*\n"
				     "MatchNoInterface=08:*:*\nAccess=allow\n";
	static const struct wanted wanted[] = {
		{"types and stores", "!!"},
		{"types now, stores in another configuration", "!!"},
		{"types, and stores in another setting", "!!"},
		{"KVM switch: its disk with drivers", "!!"},
		{"types and is a network", "+--"},
		{"keyboard with media keys", "++"},
		{"wireless receiver with vendor interfaces", "+--"},
	};

	(void)state;
	judged_as(strict, sizeof(strict) - 1, wanted, sizeof(wanted) / sizeof(wanted[0]));
}

/* The manual's rules for a terminal whose keyboards are enrolled. */
static void the_manuals_example(void **state)
{
	static const struct wanted wanted[] = {
		{"keyboard with media keys", "!!"},
		{"FIDO key", "+"},
		{"mouse", "+"},
		{"security key: types, FIDO, card", "!!!"},
		{"types and stores", "!!"},
		{"wireless receiver", "!!!"},
		{"dock: hub at SuperSpeed", "!"},
	};
	static char manual[65536];
	FILE *file = fopen("docs/man/sekisho-devices.conf.5", "r");
	const char *begin, *end;

	(void)state;
	assert_non_null(file);
	manual[fread(manual, 1, sizeof(manual) - 1, file)] = '\0';
	assert_int_equal(fclose(file), 0);
	begin = strstr(manual, "[Device input that is no keyboard]");
	assert_non_null(begin);
	end = strstr(begin, ".Ed");
	assert_non_null(end);
	judged_as(begin, (size_t)(end - begin), wanted, sizeof(wanted) / sizeof(wanted[0]));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_interface_by_the_shipped_rules),
		cmocka_unit_test(what_types_and_stores_is_storage),
		cmocka_unit_test(the_manuals_example),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
