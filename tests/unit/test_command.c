/* The subcommands: every option of the table is in a manual. */
#include "agent/cli/command.h"
#include "agent/collector/command.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

/* The files up to the first NULL, one behind the other. */
static void read_manuals(const char *const names[], char *text, size_t size)
{
	size_t length = 0;

	for (; *names; names++) {
		FILE *file = fopen(*names, "re");

		assert_non_null(file);
		length += fread(text + length, 1, size - 1 - length, file);
		assert_int_equal(fclose(file), 0);
	}
	assert_true(length < size - 1);
	text[length] = '\0';
}

static void assert_listed(const struct command_table *table, const char *const names[])
{
	static char manuals[65536];

	read_manuals(names, manuals, sizeof(manuals));
	for (size_t i = 0; i < table->count; i++) {
		const char *at = table->rows[i].synopsis;

		while ((at = strstr(at, "--"))) {
			size_t length = strspn(at + 2, "abcdefghijklmnopqrstuvwxyz-");
			char option[64];

			snprintf(option, sizeof(option), "Fl -%.*s", (int)length, at + 2);
			if (!strstr(manuals, option))
				fail_msg("%s: missing: %s", table->rows[i].name, option);
			at += 2;
		}
	}
}

static void test_manuals_list_options(void **state)
{
	static const char *const terminal[] = {
		"docs/man/sekisho.1",	     "docs/man/sekisho-enable.1",
		"docs/man/sekisho-import.1", "docs/man/sekisho-key.1",
		"docs/man/sekisho-otp.1",    "docs/man/sekisho-policy.1",
		"docs/man/sekisho-setup.1",  NULL};
	static const char *const collector[] = {"docs/man/sekisho-collector.8", NULL};
	static const char *const collector_ja[] = {"docs/man/ja/sekisho-collector.8", NULL};

	(void)state;
	assert_listed(&sekisho_commands, terminal);
	assert_listed(&collector_commands, collector);
	assert_listed(&collector_commands, collector_ja);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_manuals_list_options),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
