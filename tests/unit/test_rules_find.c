/* Which rule decides: the index finds what reading from the top would, among ten thousand too. */
#include "rules_fixture.h"

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
		cmocka_unit_test_setup_teardown(the_index_changes_nothing, setup, teardown),
		cmocka_unit_test_setup_teardown(ten_thousand_are_fine, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
