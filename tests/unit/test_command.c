/* The subcommands: every option of the table is in a manual. */
#include "agent/cli/command.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

static void read_manuals(char *text, size_t size)
{
	static const char *const names[] = {
		"docs/man/sekisho.1",
		"docs/man/sekisho-enable.1",
		"docs/man/sekisho-key.1",
	};
	size_t length = 0;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		FILE *file = fopen(names[i], "re");

		assert_non_null(file);
		length += fread(text + length, 1, size - 1 - length, file);
		assert_int_equal(fclose(file), 0);
	}
	assert_true(length < size - 1);
	text[length] = '\0';
}

static void test_manuals_list_options(void **state)
{
	static char manuals[65536];

	(void)state;
	read_manuals(manuals, sizeof(manuals));
	for (size_t i = 0; i < n_commands; i++) {
		const char *at = commands[i].synopsis;

		while ((at = strstr(at, "--"))) {
			size_t length = strspn(at + 2, "abcdefghijklmnopqrstuvwxyz-");
			char option[64];

			snprintf(option, sizeof(option), "Fl -%.*s", (int)length, at + 2);
			if (!strstr(manuals, option))
				fail_msg("%s: missing: %s", commands[i].name, option);
			at += 2;
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_manuals_list_options),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
