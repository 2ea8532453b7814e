/* The manuals in Japanese against the tables of numbers that people read to each other: the runbook
 * has a row for each of them, none twice, and no manual names a number that there is not. O-06. */
#include "agent/auth/message.h"
#include "event.h"
#include "pam_module/result.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <glob.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TEXT_MAX    (256u * 1024)
#define NUMBERS_MAX 10000

static char text[TEXT_MAX];

static void read_file(const char *path)
{
	FILE *file = fopen(path, "re");
	size_t length;

	assert_non_null(file);
	length = fread(text, 1, sizeof(text) - 1, file);
	assert_true(length < sizeof(text) - 1);
	text[length] = '\0';
	assert_int_equal(fclose(file), 0);
}

/* NNNN of "S-NNNN"; 0 if that is not what stands here. */
static unsigned int number_at(const char *at)
{
	if (strncmp(at, "S-", 2) != 0 || strspn(at + 2, "0123456789") != 4)
		return 0;
	return (unsigned int)strtoul(at + 2, NULL, 10);
}

static void gather(bool known[static NUMBERS_MAX])
{
	memset(known, 0, NUMBERS_MAX * sizeof(*known));
	for (int i = 0; i < MESSAGE_COUNT; i++)
		known[message_rows[i].number] = true;
	for (int i = 0; i < EVENT_KIND_COUNT; i++)
		known[event_rows[i].number] = true;
	for (int i = 0; i < RESULT_COUNT; i++) {
		const char *japanese = result_rows[i].japanese;
		const char *at = japanese ? strstr(japanese, "S-") : NULL;

		if (at)
			known[number_at(at)] = true;
	}
	assert_false(known[0]);
}

/* Calls @visit for each "S-NNNN" in the manuals that the pattern names; how many there were. */
static size_t each_number(const char *pattern,
			  void (*visit)(const char *path, const char *at, unsigned int number,
					void *user),
			  void *user)
{
	size_t count = 0;
	glob_t files = {};

	assert_int_equal(glob(pattern, 0, NULL, &files), 0);
	for (size_t i = 0; i < files.gl_pathc; i++) {
		read_file(files.gl_pathv[i]);
		for (const char *at = text; (at = strstr(at, "S-")); at += 2) {
			unsigned int number = number_at(at);

			if (number == 0)
				continue;
			visit(files.gl_pathv[i], at, number, user);
			count++;
		}
	}
	globfree(&files);
	return count;
}

static void is_known(const char *path, const char *at, unsigned int number, void *user)
{
	const bool *known = user;

	(void)at;
	if (!known[number])
		fail_msg("%s: nothing has the number S-%u", path, number);
}

static void count_row(const char *path, const char *at, unsigned int number, void *user)
{
	unsigned int *rows = user;

	(void)path;
	if (at - text >= 3 && strncmp(at - 3, "\n| ", 3) == 0 && strncmp(at + 6, " |", 2) == 0)
		rows[number]++;
}

static void test_no_number_that_there_is_not(void **state)
{
	static bool known[NUMBERS_MAX];

	(void)state;
	gather(known);
	assert_true(each_number("docs/ja/*.md", is_known, known) > 130);
}

static void test_the_runbook_has_each(void **state)
{
	static bool known[NUMBERS_MAX];
	static unsigned int rows[NUMBERS_MAX];

	(void)state;
	gather(known);
	each_number("docs/ja/runbook-messages.md", count_row, rows);
	for (unsigned int i = 0; i < NUMBERS_MAX; i++)
		if (rows[i] != (known[i] ? 1u : 0u))
			fail_msg("S-%u: %u rows in the runbook's table of numbers", i, rows[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_no_number_that_there_is_not),
		cmocka_unit_test(test_the_runbook_has_each),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
