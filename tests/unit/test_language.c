/* Which language a person at a door reads. */
#include "language.h"

#include "cleanup.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

static void test_language(void **state)
{
	static const struct {
		const char *locale;
		const char *tty;
		const char *service;
		bool japanese;
	} rows[] = {
		{"ja_JP.UTF-8", "pts/0", "sudo", true},
		{"ja", "", "sshd", true},
		{"ja_JP.UTF-8", ":0", "gdm-password", true},
		{"ja_JP.UTF-8", "ttyS0", "login", true},
		{"ja_JP.UTF-8", "tty", "login", true},
		{"ja_JP.UTF-8", "tty1x", "login", true},
		/* The console has no kanji, unless somebody draws on it. */
		{"ja_JP.UTF-8", "tty1", "login", false},
		{"ja_JP.UTF-8", "/dev/tty1", "login", false},
		{"ja_JP.UTF-8", "/dev/tty63", "sudo", false},
		{"ja_JP.UTF-8", "/dev/tty2", "gdm-password", true},
		{"ja_JP.UTF-8", "tty7", "lightdm", true},
		{"", "pts/0", "sudo", false},
		{"C", "pts/0", "sudo", false},
		{"en_US.UTF-8", "/dev/tty2", "gdm-password", false},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		assert_int_equal(language_japanese(rows[i].locale, rows[i].tty, rows[i].service),
				 rows[i].japanese);
}

static void test_text_console(void **state)
{
	(void)state;
	assert_true(language_text_console("tty1"));
	assert_true(language_text_console("/dev/tty63"));
	assert_false(language_text_console("/dev/tty"));
	assert_false(language_text_console("/dev/pts/1"));
	assert_false(language_text_console("/dev/ttyS0"));
	assert_false(language_text_console(""));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_language),
		cmocka_unit_test(test_text_console),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
