/* the file of shared accounts. */
#include "agent/auth/operators.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>

static void test_lines(void **state)
{
	static const struct {
		const char *line, *wrong; /* NULL: it is right */
	} rows[] = {
		{"madoguchi taro", NULL},
		{"madoguchi taro from=2026-04-01 to=2027-03-31", NULL},
		{"madoguchi taro to=2027-03-31", NULL},
		{"madoguchi", "needs an account and a person"},
		{"", "exactly one space"},
		{"madoguchi  taro", "exactly one space"},
		{"madoguchi taro ", "exactly one space"},
		{" madoguchi taro", "exactly one space"},
		{"madoguchi\ttaro", "not by a tab"},
		{"madoguchi\ttaro to=2027-03-31", "not by a tab"},
		{"madoguchi taro\tto=2027-03-31", "not by a tab"},
		{"madoguchi taro\r", "not by a tab"},
		{"madoguchi\u3000taro", "full-width space"},
		{"madoguchi\u00a0 taro", "what can't be seen"},
		{"madoguchi taro\u200b", "what can't be seen"},
		{"\ufeffmadoguchi taro", "what can't be seen"},
		{"madoguchi\u2009taro", "what can't be seen"},
		{"\u7a93\u53e3 \u592a\u90ce", NULL},
		{"madoguchi madoguchi", "its own operator"},
		{"madoguchi taro hanako", "not known"},
		{"madoguchi taro to=2027-02-30", "to= must be a day"},
		{"madoguchi taro to=2027-03-31 to=2027-03-31", "twice"},
		{"madoguchi taro from=2027-04-01 to=2027-03-31", "from= is after"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct operator_row row;
		char line[OPERATORS_LINE_MAX + 2];
		const char *wrong = NULL;
		int r = operators_parse(rows[i].line, strlen(rows[i].line), &row, &wrong);

		if (rows[i].wrong) {
			assert_int_equal(r, -EINVAL);
			assert_non_null(strstr(wrong, rows[i].wrong));
			continue;
		}
		assert_int_equal(r, 0);
		assert_int_equal(operators_format(&row, line, sizeof(line)), 0);
		line[strlen(line) - 1] = '\0';
		assert_string_equal(line, rows[i].line);
	}
}

static int read_text(const char *text, const char *account, struct operators *operators,
		     const char **wrong, unsigned int *line)
{
	return operators_read(text, strlen(text), account, operators, wrong, line);
}

static void test_file(void **state)
{
	static struct operators operators;
	const char *wrong;
	unsigned int line;

	(void)state;
	assert_int_equal(read_text(OPERATORS_HEADER "# who\n\nmadoguchi taro\nkoza taro nonsense\n"
						    "madoguchi hanako to=2026-01-01\nmado jiro\n",
				   "madoguchi", &operators, &wrong, &line),
			 0);
	assert_int_equal(operators.count, 2);
	assert_string_equal(operators.list[1].person, "hanako");
	assert_int_equal(operators_validity(&operators.list[1], 20260101), ROSTER_VALID);
	assert_int_equal(operators_validity(&operators.list[1], 20260102), ROSTER_EXPIRED);
	/* The wrong line is of that account alone. */
	assert_int_equal(read_text(OPERATORS_HEADER "koza taro nonsense\nmado jiro\n", "mado",
				   &operators, &wrong, &line),
			 0);
	assert_int_equal(operators.count, 1);
	assert_int_equal(read_text(OPERATORS_HEADER "mado jiro\nkoza taro nonsense\n", "koza",
				   &operators, &wrong, &line),
			 -EINVAL);
	assert_int_equal(line, 3);
	/* An account that is named without anybody is no account of one person's. */
	assert_int_equal(read_text(OPERATORS_HEADER "koza\n", "koza", &operators, &wrong, &line),
			 -EINVAL);
	assert_int_equal(read_text(OPERATORS_HEADER "koza taro\nkoza taro\n", "koza", &operators,
				   &wrong, &line),
			 -EINVAL);
	assert_int_equal(read_text("koza taro\n", "taro", &operators, &wrong, &line), -EINVAL);
	assert_int_equal(line, 1);
	assert_int_equal(read_text(OPERATORS_HEADER "koza taro", "taro", &operators, &wrong, &line),
			 -EINVAL);
	assert_int_equal(read_text(OPERATORS_HEADER, "taro", &operators, &wrong, &line), 0);
	assert_int_equal(operators.count, 0);
}

/* A slip of blanks shuts the account; it does not make it one person's again. */
static void test_blanks(void **state)
{
	static const char *const lines[] = {
		"  madoguchi hanako",
		"\tmadoguchi hanako",
		"madoguchi\thanako",
		"madoguchi \thanako",
		"madoguchi\thanako to=2999-03-31",
		" \u3000 madoguchi hanako",
		"madoguchi\u3000hanako",
		"madoguchi\r",
		" madoguchi",
	};
	static struct operators operators;
	char text[256];
	const char *wrong;
	unsigned int line;

	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		snprintf(text, sizeof(text), OPERATORS_HEADER "koza taro\n%s\n", lines[i]);
		assert_int_equal(read_text(text, "madoguchi", &operators, &wrong, &line), -EINVAL);
		assert_int_equal(line, 3);
		/* Nobody else's account. */
		assert_int_equal(read_text(text, "mado", &operators, &wrong, &line), 0);
		assert_int_equal(operators.count, 0);
		assert_int_equal(read_text(text, "hanako", &operators, &wrong, &line), 0);
		assert_int_equal(operators.count, 0);
		assert_int_equal(read_text(text, "koza", &operators, &wrong, &line), 0);
		assert_int_equal(operators.count, 1);
	}
}

/* So does what is no ASCII and may look like a blank or like nothing; also half a character. */
static void test_wide(void **state)
{
	static const char *const marks[] = {
		"\u00a0", "\u00ad", "\xc2\x85", "\u1680", "\u2000", "\u2009", "\u200b",
		"\u200e", "\u2028", "\u202f",	"\u205f", "\u2060", "\u3000", "\ufeff",
		"\u3164", "\xc2",   "\xff",	"\xa0",	  "\u0301", "\u4fc2", " \u00a0\t",
	};
	static char long_text[OPERATORS_FILE_MAX];
	static const char *const accounts[] = {"madoguchi", "\u7a93\u53e3"};
	static struct operators operators;
	const char *wrong;
	unsigned int line;

	(void)state;
	for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++)
		for (size_t j = 0; j < 2 * sizeof(accounts) / sizeof(accounts[0]); j++) {
			const char *account = accounts[j / 2], *mark = marks[i];
			char text[256];

			snprintf(text, sizeof(text), OPERATORS_HEADER "koza taro\n%s%s%s hanako\n",
				 j % 2 ? mark : "", account, j % 2 ? "" : mark);
			assert_int_equal(read_text(text, account, &operators, &wrong, &line),
					 -EINVAL);
			assert_int_equal(line, 3);
			assert_int_equal(read_text(text, "mado", &operators, &wrong, &line), 0);
			assert_int_equal(operators.count, 0);
			assert_int_equal(read_text(text, "koza", &operators, &wrong, &line), 0);
			assert_int_equal(operators.count, 1);
		}
	memset(long_text, 0xe3, sizeof(long_text));
	memcpy(long_text, OPERATORS_HEADER, strlen(OPERATORS_HEADER));
	long_text[sizeof(long_text) - 1] = '\n';
	assert_int_equal(operators_read(long_text, sizeof(long_text), "madoguchi", &operators,
					&wrong, &line),
			 -EINVAL);
	/* Within the name; in the place of the space; a name that only ends alike is another one.
	 */
	assert_int_equal(read_text(OPERATORS_HEADER "mado\u200bguchi hanako\n", "madoguchi",
				   &operators, &wrong, &line),
			 -EINVAL);
	assert_int_equal(read_text(OPERATORS_HEADER "madoguchi\u00a0hanako\n", "madoguchi",
				   &operators, &wrong, &line),
			 -EINVAL);
	assert_int_equal(read_text(OPERATORS_HEADER "\u00a0zeimu-madoguchi hanako\n", "madoguchi",
				   &operators, &wrong, &line),
			 0);
	assert_int_equal(operators.count, 0);
	assert_int_equal(read_text(OPERATORS_HEADER "\u7a93\u53e3 hanako\n", "\u7a93\u53e3",
				   &operators, &wrong, &line),
			 0);
	assert_int_equal(operators.count, 1);
}

static void test_too_many(void **state)
{
	static struct operators operators;
	char text[4096] = OPERATORS_HEADER;
	const char *wrong;
	unsigned int line;

	(void)state;
	for (int i = 0; i <= OPERATORS_MAX; i++) {
		assert_int_equal(read_text(text, "koza", &operators, &wrong, &line), 0);
		assert_int_equal(operators.count, i);
		snprintf(text + strlen(text), sizeof(text) - strlen(text), "koza p%d\n", i);
	}
	assert_int_equal(read_text(text, "koza", &operators, &wrong, &line), -E2BIG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lines),	 cmocka_unit_test(test_file),
		cmocka_unit_test(test_blanks),	 cmocka_unit_test(test_wide),
		cmocka_unit_test(test_too_many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
