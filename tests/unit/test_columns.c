/* Text on a terminal of 80 columns. */
#include "cleanup.h"
#include "columns.h"

#include "tests/unit/columns_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#define TEN(text) text text text text text text text text text text
#define KANJI_30  TEN("関") TEN("所") TEN("札")
#define KANJI_7	  "庁庁庁庁庁庁庁"
#define KANJI_8	  KANJI_7 "庁"

static char *shown(size_t at, size_t indent, const char *text)
{
	char *bytes = NULL;
	size_t length = 0;
	FILE *stream = open_memstream(&bytes, &length);

	assert_non_null(stream);
	columns_printf(stream, at, indent, "%s", text);
	assert_int_equal(fclose(stream), 0);
	return bytes;
}

static void test_breaks(void **state)
{
	static const struct {
		size_t at, indent;
		const char *text, *shown;
	} rows[] = {
		{0, 4, "short\n", "short\n"},
		{0, 4, "", ""},
		{0, 2, "a\nb c\n", "a\n  b c\n"},
		/* Of 79 columns, and of 80. */
		{4, 4, "a b " TEN("1234567") " y\n", "a b " TEN("1234567") "\n    y\n"},
		{4, 4, "a b " TEN("1234567") "\n", "a b " TEN("1234567") "\n"},
		{5, 4, "a b " TEN("1234567") "\n", "a b " TEN("1234567") "\n"},
		{6, 4, "a b " TEN("1234567") "\n", "a b\n    " TEN("1234567") "\n"},
		/* A longer word is not cut. */
		{4, 4, TEN("0123456789") " y", TEN("0123456789") "\n    y"},
		{9, 4, TEN("0123456789"), "\n    " TEN("0123456789")},
		/* One that is longer than what is left of each line begins further left. */
		{0, 20, "          a " TEN("1234567") " b",
		 "          a\n         " TEN("1234567") "\n                    b"},
		{0, 20, "            " TEN("1234567"), "         " TEN("1234567")},
		/* Beside kanji, which take two columns each. */
		{0, 0, KANJI_30 KANJI_8 "県\n", KANJI_30 KANJI_8 "県\n"},
		{2, 2, KANJI_30 KANJI_8 "県\n", KANJI_30 KANJI_8 "\n  県\n"},
		{0, 0, KANJI_30 KANJI_8 "県a\n", KANJI_30 KANJI_8 "県a\n"},
		{0, 0, KANJI_30 KANJI_8 "県ab\n", KANJI_30 KANJI_8 "県\nab\n"},
		/* No line begins with what ends something, or ends with what begins it. */
		{0, 2, KANJI_30 KANJI_8 "県。\n", KANJI_30 KANJI_8 "\n  県。\n"},
		{0, 2, KANJI_30 KANJI_8 "（県）\n", KANJI_30 KANJI_8 "\n  （県）\n"},
		{0, 2, KANJI_30 KANJI_8 "「県\n", KANJI_30 KANJI_8 "\n  「県\n"},
		{0, 2, KANJI_30 KANJI_7 "庁\"県\"", KANJI_30 KANJI_7 "\n  庁\"県\""},
		{0, 2, KANJI_30 KANJI_8 "キー", KANJI_30 KANJI_8 "\n  キー"},
		/* Brackets are not parted, unless they never end or are long. */
		{0, 4, TEN("1234567") " [--run DIR]", TEN("1234567") "\n    [--run DIR]"},
		{0, 4, TEN("1234567") " [--run DIR", TEN("1234567") " [--run\n    DIR"},
		{0, 4, TEN("1234567") " [a " TEN("1234567") "]",
		 TEN("1234567") " [a\n    " TEN("1234567") "]"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		_cleanup_free_ char *text = shown(rows[i].at, rows[i].indent, rows[i].text);

		if (strcmp(text, rows[i].shown) != 0)
			fail_msg("row %zu: \"%s\"", i, text);
	}
}

/* What is broken off stands below its item. */
static void test_item(void **state)
{
	_cleanup_free_ char *text = NULL;
	size_t length = 0;
	FILE *out = open_memstream(&text, &length);

	(void)state;
	assert_non_null(out);
	columns_print_item(out, "    %s %s\n", TEN("1234567"), "beyond");
	columns_print_item(out, "%s\n", "beyond");
	assert_int_equal(fclose(out), 0);
	assert_string_equal(text, "    " TEN("1234567") "\n      beyond\nbeyond\n");
}

/* What is no text of the locale: nothing is lost of it. */
static void test_other_bytes(void **state)
{
	_cleanup_free_ char *text = shown(0, 0, "\xff\xfe \xe9\x96\n");

	(void)state;
	assert_string_equal(text, "\xff\xfe \xe9\x96\n");
	assert_int_equal(columns_of("\xff関a"), 4);
	assert_int_equal(columns_of(""), 0);
}

/* Every text of the catalogue fits behind the columns of `sekisho check`. */
static void test_catalogue(void **state)
{
	FILE *file = fopen("lib/po/ja.po", "re");
	_cleanup_free_ char *line = NULL;
	size_t room = 0, texts = 0;

	(void)state;
	assert_non_null(file);
	while (getline(&line, &room, file) > 0) {
		_cleanup_free_ char *text = NULL;
		size_t widest;

		if (strncmp(line, "msg", 3) != 0)
			continue;
		text = shown(32, 32, strchr(line, '"'));
		widest = columns_widest(text);
		texts++;
		if (widest > COLUMNS_LINE)
			fail_msg("%zu columns: %s", widest, text);
	}
	assert_int_equal(fclose(file), 0);
	assert_true(texts > 1000);
}

static int set_up(void **state)
{
	(void)state;
	return setlocale(LC_CTYPE, "C.UTF-8") ? 0 : -1;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_breaks),
		cmocka_unit_test(test_other_bytes),
		cmocka_unit_test(test_item),
		cmocka_unit_test(test_catalogue),
	};

	return cmocka_run_group_tests(tests, set_up, NULL);
}
