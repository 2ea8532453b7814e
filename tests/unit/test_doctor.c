/* sekisho doctor: each word for what is wrong has a sentence and something to do, and the manual
 * has each reason. */
#include "agent/cli/doctor.h"
#include "agent/forward/trouble.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <glob.h>
#include <stdio.h>
#include <string.h>

static void read_file(const char *path, char *text, size_t size)
{
	FILE *file = fopen(path, "re");
	size_t length;

	assert_non_null(file);
	length = fread(text, 1, size - 1, file);
	assert_true(length < size - 1);
	text[length] = '\0';
	assert_int_equal(fclose(file), 0);
}

static void test_each_trouble_has_words(void **state)
{
	(void)state;
	for (int i = TROUBLE_NONE + 1; i < TROUBLE_COUNT; i++)
		if (!doctor_sentence(trouble_words[i]) || !doctor_advice(trouble_words[i]))
			fail_msg("no words for %s", trouble_words[i]);
	assert_null(doctor_sentence("something"));
	assert_null(doctor_advice(""));
}

/* One blank for any white space. */
static void join_lines(char *text)
{
	char *to = text;

	for (const char *at = text; *at; at++) {
		const bool blank = strchr(" \t\n", *at);

		if (!blank || (to > text && to[-1] != ' '))
			*to++ = *at;
		if (blank)
			to[-1] = ' ';
	}
	*to = '\0';
}

/* What the sources give as FINDING_..., "reason" or .reason = "reason". */
static void test_the_manual_lists_reasons(void **state)
{
	static const char *const marks[] = {"FINDING_WRONG, \"", "FINDING_WARNING, \"",
					    "FINDING_WARNING, place, \"",
					    "FINDING_WARNING, NULL, \"", "reason = \""};
	static char source[65536], manual[65536];
	glob_t files = {};
	unsigned int seen = 0;

	(void)state;
	read_file("docs/man/sekisho.1", manual, sizeof(manual));
	assert_int_equal(glob("agent/cli/doctor*.c", 0, NULL, &files), 0);
	for (size_t i = 0; i < files.gl_pathc; i++) {
		read_file(files.gl_pathv[i], source, sizeof(source));
		join_lines(source);
		for (size_t j = 0; j < sizeof(marks) / sizeof(*marks); j++)
			for (const char *at = source; (at = strstr(at, marks[j]));) {
				char reason[64];

				at += strlen(marks[j]);
				snprintf(reason, sizeof(reason), "%.*s", (int)strcspn(at, "\""),
					 at);
				if (!strstr(manual, reason) && !doctor_sentence(reason))
					fail_msg("%s: not in the manual: %s", files.gl_pathv[i],
						 reason);
				seen++;
			}
	}
	globfree(&files);
	assert_true(seen > 15);
}

static void test_findings_in_json(void **state)
{
	struct diagnosis diagnosis = {.json = true};
	const struct finding well = {.check = "name"};
	const struct finding warning = {.check = "clock", .result = FINDING_WARNING};
	const struct finding wrong = {.check = "TLS",
				      .result = FINDING_WRONG,
				      .subject = "a:1",
				      .reason = "expired",
				      .next = "renew"};
	const json_t *last;

	(void)state;
	diagnosis_add(&diagnosis, &well, "%s", "fine");
	diagnosis_add(&diagnosis, &warning, "%d", 5);
	assert_false(diagnosis.wrong);
	diagnosis_add(&diagnosis, &wrong, "it ended");
	assert_true(diagnosis.wrong);
	assert_int_equal(json_array_size(diagnosis.list), 3);
	last = json_array_get(diagnosis.list, 2);
	assert_string_equal(json_string_value(json_object_get(last, "result")), "wrong");
	assert_string_equal(json_string_value(json_object_get(last, "reason")), "expired");
	assert_string_equal(json_string_value(json_object_get(last, "next")), "renew");
	assert_null(json_object_get(json_array_get(diagnosis.list, 0), "next"));
	diagnosis_end(&diagnosis);
	assert_null(diagnosis.list);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_trouble_has_words),
		cmocka_unit_test(test_the_manual_lists_reasons),
		cmocka_unit_test(test_findings_in_json),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
