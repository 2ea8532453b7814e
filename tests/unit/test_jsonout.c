/* JSON is UTF-8 and has all its rows in a locale of another character set, too. */
#include "jsonout.h"

#include "agent/cli/diagnosis.h"
#include "agent/cli/judged.h"
#include "cleanup.h"
#include "gettext.h"

#include <libgen.h>
#include <limits.h>
#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define TEXT "it follows a time server"

/* What OUTPUT_CHARSET says is what a locale such as ja_JP.eucJP would say, which no machine has by
 * itself. */
static int set_up(void **state)
{
	char program[PATH_MAX] = "", path[PATH_MAX + 16];

	(void)state;
	assert_true(readlink("/proc/self/exe", program, sizeof(program) - 1) > 0);
	snprintf(path, sizeof(path), "%s/../../locale", dirname(program));
	setenv("LC_ALL", "C.UTF-8", 1);
	setenv("LANGUAGE", "ja", 1);
	setenv("OUTPUT_CHARSET", "EUC-JP", 1);
	assert_non_null(setlocale(LC_ALL, ""));
	assert_non_null(bindtextdomain("sekisho", path));
	assert_non_null(textdomain("sekisho"));
	return 0;
}

static void test_another_character_set(void **state)
{
	struct diagnosis diagnosis = {.json = true};
	const struct finding finding = {.check = "clock", .subject = "/tmp/\xa4\xa2"};
	json_t *row;

	(void)state;
	/* The control: so it was lost. */
	assert_string_not_equal(_(TEXT), TEXT);
	assert_null(json_string(_(TEXT)));
	jsonout_begin();
	diagnosis_add(&diagnosis, &finding, "%s", _(TEXT));
	row = json_array_get(diagnosis.list, 0);
	assert_non_null(strstr(json_string_value(json_object_get(row, "text")), "時刻"));
	assert_string_equal(json_string_value(json_object_get(row, "subject")), "/tmp/\\xa4\\xa2");
	json_decref(diagnosis.list);
}

static void test_text(void **state)
{
	/* A character that a buffer's end cut in two. */
	json_t *cut = jsonout_text("\xe9\x96\xa2\xe6\x89"),
	       *whole = jsonout_text("C:\\\xe9\x96\xa2");

	(void)state;
	assert_string_equal(json_string_value(cut), "\xe9\x96\xa2\\xe6\\x89");
	assert_string_equal(json_string_value(whole), "C:\\\xe9\x96\xa2");
	assert_null(jsonout_text(NULL));
	json_decref(cut);
	json_decref(whole);
}

/* A rule's name and its file's are what an administrator typed. */
static void test_rule(void **state)
{
	static const char text[] = "[Device caf\xe9]\nMatchInterface=03:*:*\nAccess=allow\n";
	struct device_facts facts = {
		.descriptors = {.interfaces = {{.class = {3, 1, 1}}}, .n_interfaces = 1}};
	char path[] = "/tmp/sekisho-rules-XXXXXX";
	int fd = mkstemp(path);
	struct config_error error;
	struct rules rules;
	json_t *object, *row;

	(void)state;
	assert_int_equal(write(fd, text, sizeof(text) - 1), sizeof(text) - 1);
	close(fd);
	assert_int_equal(rules_load(path, getuid(), &rules, &error), 0);
	unlink(path);
	object = judged_json(&rules, &facts);
	row = json_array_get(json_object_get(object, "interfaces"), 0);
	assert_string_equal(json_string_value(json_object_get(row, "rule")), "caf\\xe9");
	json_decref(object);
	rules_free(&rules);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_another_character_set, set_up),
		cmocka_unit_test(test_text),
		cmocka_unit_test(test_rule),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
