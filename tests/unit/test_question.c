/* Questions of a dialog: which answers are a yes, and what Enter alone is, as the question says. */
#include "agent/cli/question.h"

#include "cleanup.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What is typed, to a question whose answer to Enter is @otherwise; what was shown is @shown's. */
static int ask(const char *typed, bool otherwise, bool *ret_yes, char **shown)
{
	FILE *in = stdin, *out = stdout;
	size_t length;
	int r;

	stdin = fmemopen((char *)typed, strlen(typed), "r");
	stdout = open_memstream(shown, &length);
	assert_true(stdin && stdout);
	r = question_yes("Well?", otherwise, ret_yes);
	fclose(stdin);
	fclose(stdout);
	stdin = in;
	stdout = out;
	return r;
}

static void test_yes(void **state)
{
	static const struct {
		const char *typed;
		bool otherwise, yes;
	} rows[] = {
		{"\n", true, true},	  {"\n", false, false},	     {" \t\n", true, true},
		{"y\n", false, true},	  {"YES\n", false, true},    {" y \n", false, true},
		{"はい\n", false, true},  {"ｙ\n", false, true},     {"n\n", true, false},
		{"No\n", true, false},	  {"いいえ\n", true, false}, {"perhaps\ny\n", false, true},
		{"yn\nn\n", true, false},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		_cleanup_free_ char *shown = NULL;
		bool yes = !rows[i].yes;

		assert_int_equal(ask(rows[i].typed, rows[i].otherwise, &yes, &shown), 0);
		if (yes != rows[i].yes)
			fail_msg("row %zu", i);
		assert_memory_equal(shown,
				    rows[i].otherwise ? "Well? [y/n, Enter: yes] "
						      : "Well? [y/n, Enter: no] ",
				    strlen("Well? [y/n, Enter: no] "));
	}
}

/* Who types nothing more has agreed to nothing. */
static void test_no_answer(void **state)
{
	_cleanup_free_ char *shown = NULL, *again = NULL;
	bool yes = false;

	(void)state;
	assert_int_equal(ask("what", true, &yes, &shown), -ENODATA);
	assert_false(yes);
	assert_int_equal(ask("a\nb\nc\nd\ne\nf\ng\nh\ni\nj\ny\n", true, &yes, &again), -ENODATA);
	assert_false(yes);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_yes),
		cmocka_unit_test(test_no_answer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
