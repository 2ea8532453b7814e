/* The options of the programs that run by themselves. */
#include "places.h"

#include "cleanup.h"

#include <errno.h>
#include <getopt.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static const char *journal, *run;
static bool probe;

static int parse(int argc, const char *const *words)
{
	static const struct place_option options[] = {
		{"journal", &journal, NULL}, {"run", &run, NULL}, {"probe", NULL, &probe}, {}};
	char *argv[8] = {(char *)"program"};

	for (int i = 0; i < argc; i++)
		argv[i + 1] = (char *)words[i];
	journal = "/var/journal";
	run = "/run";
	probe = false;
	optind = 0;
	return places_parse("program", options, argc + 1, argv);
}

static void test_taken(void **state)
{
	(void)state;
	assert_int_equal(parse(0, NULL), 0);
	assert_string_equal(journal, "/var/journal");
	assert_int_equal(parse(3, (const char *const[]){"--run", "/here", "--probe"}), 0);
	assert_string_equal(journal, "/var/journal");
	assert_string_equal(run, "/here");
	assert_true(probe);
}

static void test_refused(void **state)
{
	(void)state;
	assert_int_equal(parse(1, (const char *const[]){"--other"}), -EINVAL);
	assert_int_equal(parse(1, (const char *const[]){"--run"}), -EINVAL);
	assert_int_equal(parse(1, (const char *const[]){"--probe=yes"}), -EINVAL);
	assert_int_equal(parse(1, (const char *const[]){"word"}), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_taken),
		cmocka_unit_test(test_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
