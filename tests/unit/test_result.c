/* The module's tables: every row is in the manual, with its code, its meaning and its number for
 * the telephone; one row alone lets an authentication succeed.. */
#include "agent/auth/remote.h"
#include "agent/auth/otpfactor.h"
#include "agent/auth/otpstate.h"
#include "agent/auth/settings.h"
#include "pam_module/arguments.h"
#include "pam_module/result.h"

#include "cleanup.h"
#include "file.h"
#include "paths.h"
#include "tests/unit/columns_fixture.h"
#include "verdict.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <security/pam_modules.h>
#include <string.h>
#include <unistd.h>

#define MANUAL	   "docs/man/pam_sekisho.8" /* tests run in the top folder */
#define MANUAL_JA  "docs/man/ja/pam_sekisho.8"
#define MANUAL_MAX 65536

static const struct {
	int code;
	const char *name;
} codes[] = {
	{PAM_SUCCESS, "PAM_SUCCESS"},
	{PAM_AUTH_ERR, "PAM_AUTH_ERR"},
	{PAM_AUTHINFO_UNAVAIL, "PAM_AUTHINFO_UNAVAIL"},
	{PAM_MAXTRIES, "PAM_MAXTRIES"},
	{PAM_IGNORE, "PAM_IGNORE"},
	{PAM_SERVICE_ERR, "PAM_SERVICE_ERR"},
	{PAM_USER_UNKNOWN, "PAM_USER_UNKNOWN"},
	{PAM_PERM_DENIED, "PAM_PERM_DENIED"},
	{PAM_SESSION_ERR, "PAM_SESSION_ERR"},
	{PAM_AUTHTOK_ERR, "PAM_AUTHTOK_ERR"},
};

static const char *code_name(int code)
{
	for (size_t i = 0; i < ARRAY_SIZE(codes); i++)
		if (codes[i].code == code)
			return codes[i].name;
	return "no such code";
}

static char *read_manual(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	size_t length;
	char *text;

	assert_true(fd >= 0);
	assert_int_equal(file_read_all(fd, MANUAL_MAX, &text, &length), 0);
	close(fd);
	return text;
}

static void assert_lists(const char *manual, const char *text)
{
	if (!strstr(manual, text))
		print_error("the manual lacks: %s\n", text);
	assert_non_null(strstr(manual, text));
}

static void test_manual_lists_rows(void **state)
{
	_cleanup_free_ char *manual = read_manual(MANUAL);
	unsigned int items = 0;

	(void)state;
	for (size_t i = 0; i < RESULT_COUNT; i++) {
		const struct result_row *row = &result_rows[i];
		char item[1024];
		char number[8] = "";

		assert_non_null(row->name);
		snprintf(item, sizeof(item), ".It Li %s %s\n%s\n", row->name, code_name(row->code),
			 row->meaning);
		assert_lists(manual, item);
		assert_int_equal(row->english == NULL, row->japanese == NULL);
		if (!row->english)
			continue;
		/* "[S-1001] ..." and its Japanese twin. */
		snprintf(number, sizeof(number), "%.6s", row->english + 1);
		assert_ptr_equal(strstr(row->english, "[S-1"), row->english);
		assert_ptr_equal(strstr(row->japanese, "【S-1"), row->japanese);
		assert_non_null(strstr(row->japanese, number));
		assert_true(columns_fit(row->english));
		assert_true(columns_fit(row->japanese));
		snprintf(item, sizeof(item), ".It Li %s %s\n%s\nThe person sees %s.\n", row->name,
			 code_name(row->code), row->meaning, number);
		assert_lists(manual, item);
	}
	/* And no row that is not there. */
	for (const char *at = manual; (at = strstr(at, "\n.It Li ")); at++)
		items++;
	assert_int_equal(items, RESULT_COUNT);
}

/* The end of the item that begins at @at. */
static const char *item_end(const char *at)
{
	const char *next = strstr(at + 1, "\n.It "), *end = strstr(at + 1, "\n.El");

	assert_non_null(end);
	return next && next < end ? next : end;
}

/* The same in Japanese, with the text as the person sees it where there is one. */
static void test_japanese_manual_lists_rows(void **state)
{
	_cleanup_free_ char *manual = read_manual(MANUAL_JA);
	unsigned int items = 0, texts = 0;

	(void)state;
	for (size_t i = 0; i < RESULT_COUNT; i++) {
		const struct result_row *row = &result_rows[i];
		char item[1024];
		const char *at, *quoted;

		snprintf(item, sizeof(item), "\n.It Li %s %s\n", row->name, code_name(row->code));
		at = strstr(manual, item);
		if (!at)
			fail_msg("%s lacks: %s", MANUAL_JA, item);
		if (!row->japanese)
			continue;
		snprintf(item, sizeof(item), "\n「%s」と表示されます。\n", row->japanese);
		quoted = strstr(at, item);
		if (!quoted || quoted > item_end(at))
			fail_msg("%s: %s lacks: %s", MANUAL_JA, row->name, item);
		texts++;
	}
	for (const char *at = manual; (at = strstr(at, "\n.It Li ")); at++)
		items++;
	assert_int_equal(items, RESULT_COUNT);
	for (const char *at = manual; (at = strstr(at, "【S-")); at++)
		texts--;
	assert_int_equal(texts, 0);
}

static void test_japanese_manual_lists_arguments(void **state)
{
	_cleanup_free_ char *manual = read_manual(MANUAL_JA);
	unsigned int items = 0;
	char text[64];

	(void)state;
	for (size_t i = 0; i < ARGUMENT_COUNT; i++) {
		snprintf(text, sizeof(text), "\n.It Cm %s Ns = Ns ", argument_rows[i].name);
		assert_lists(manual, text);
	}
	for (const char *at = manual; (at = strstr(at, "\n.It Cm ")); at++)
		items++;
	assert_int_equal(items, ARGUMENT_COUNT);
	assert_lists(manual, SEKISHO_AUTH_SOCKET);
	snprintf(text, sizeof(text), "%dから%dまで", ARGUMENTS_TIMEOUT_MIN, ARGUMENTS_TIMEOUT_MAX);
	assert_lists(manual, text);
	snprintf(text, sizeof(text), "既定は%dです", ARGUMENTS_TIMEOUT);
	assert_lists(manual, text);
}

static void test_manual_lists_arguments(void **state)
{
	_cleanup_free_ char *manual = read_manual(MANUAL);
	unsigned int items = 0;
	char number[64];

	(void)state;
	for (size_t i = 0; i < ARGUMENT_COUNT; i++) {
		char item[64];

		snprintf(item, sizeof(item), "\n.It Cm %s Ns = Ns ", argument_rows[i].name);
		assert_lists(manual, item);
	}
	for (const char *at = manual; (at = strstr(at, "\n.It Cm ")); at++)
		items++;
	assert_int_equal(items, ARGUMENT_COUNT);
	assert_lists(manual, SEKISHO_AUTH_SOCKET);
	snprintf(number, sizeof(number), "%d to %d", ARGUMENTS_TIMEOUT_MIN, ARGUMENTS_TIMEOUT_MAX);
	assert_lists(manual, number);
	snprintf(number, sizeof(number), "default is %d", ARGUMENTS_TIMEOUT);
	assert_lists(manual, number);
}

/* Success and silence stand where they must, nowhere else, and an entry point has its own rows. */
static void test_codes(void **state)
{
	static const enum entry entries[] = {ENTRY_AUTHENTICATE, ENTRY_SETCRED, ENTRY_ACCOUNT,
					     ENTRY_SESSION, ENTRY_PASSWORD};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(entries); i++) {
		for (int result = -1; result <= RESULT_COUNT; result++) {
			int code = result_code(entries[i], (enum result)result);
			bool ours = result >= 0 && result < RESULT_COUNT &&
				    (result_rows[result].entries & entries[i]);

			assert_int_equal(code, ours ? result_rows[result].code : PAM_SYSTEM_ERR);
			assert_int_equal(
				code == PAM_SUCCESS,
				(entries[i] == ENTRY_AUTHENTICATE && result == RESULT_GRANTED) ||
					(entries[i] == ENTRY_SETCRED && result == RESULT_SETCRED) ||
					(entries[i] == ENTRY_ACCOUNT &&
					 result == RESULT_ACCOUNT_GRANTED));
			assert_int_equal(
				code == PAM_IGNORE,
				(entries[i] == ENTRY_AUTHENTICATE && result == RESULT_EXEMPT) ||
					(entries[i] == ENTRY_ACCOUNT &&
					 (result == RESULT_ACCOUNT_EXEMPT ||
					  result == RESULT_ACCOUNT_OTHER)));
		}
	}
}

static void test_verdicts(void **state)
{
	(void)state;
	for (unsigned int verdict = 0; verdict < VERDICT_COUNT; verdict++) {
		enum result result = result_from_verdict(verdict);

		assert_int_equal(result, verdict);
		assert_string_equal(result_rows[result].name, verdict_name(verdict));
		assert_int_equal(result_rows[result].entries, ENTRY_AUTHENTICATE);
		for (unsigned int other = 0; other < verdict; other++)
			assert_string_not_equal(verdict_name(verdict), verdict_name(other));
	}
	assert_int_equal(result_from_verdict(VERDICT_COUNT), RESULT_BROKEN);
	assert_int_equal(result_from_verdict(UINT32_MAX), RESULT_BROKEN);
	/* A number that keeps its low byte, or its sign, is not VERDICT_GRANTED. */
	assert_int_equal(result_from_verdict(0x101), RESULT_BROKEN);
	assert_int_equal(result_from_verdict(0x80000001), RESULT_BROKEN);
	assert_string_equal(verdict_name(VERDICT_GRANTED), "granted");
	assert_string_equal(verdict_name(VERDICT_COUNT), "broken");
	assert_string_equal(verdict_name(UINT32_MAX), "broken");
}

static void test_arguments(void **state)
{
	const char *all[] = {"socket=/s", "timeout=7", "exempt=ignore", "account=a,bc"};
	const char *twice[] = {"exempt=ignore", "exempt=ignore"};
	struct arguments arguments = {.timeout = 77};
	const char *bad = NULL;

	(void)state;
	assert_int_equal(arguments_parse(2, twice, &arguments, &bad), -EINVAL);
	assert_ptr_equal(bad, twice[1]);
	assert_int_equal(arguments.timeout, 77); /* untouched by failures */
	assert_int_equal(arguments_parse(0, NULL, &arguments, &bad), 0);
	assert_string_equal(arguments.socket, SEKISHO_AUTH_SOCKET);
	assert_int_equal(arguments.timeout, ARGUMENTS_TIMEOUT);
	assert_false(arguments.exempt);
	assert_true(arguments_account(&arguments, "anything"));
	assert_int_equal(arguments_parse(4, all, &arguments, &bad), 0);
	assert_string_equal(arguments.socket, "/s");
	assert_int_equal(arguments.timeout, 7);
	assert_true(arguments.exempt);
	assert_true(arguments_account(&arguments, "a"));
	assert_true(arguments_account(&arguments, "bc"));
	assert_false(arguments_account(&arguments, "b"));
	assert_false(arguments_account(&arguments, "bcd"));
	assert_false(arguments_account(&arguments, "a,bc"));
	assert_false(arguments_account(&arguments, ""));
}

/* The module does not give up before authd does: each wait, and ten seconds for what lies between.
 * The packaged file names the defaults. */
static void test_defaults_fit_the_timeout(void **state)
{
	_cleanup_free_ char *packaged = NULL;
	_cleanup_close_ int fd = open("packaging/sekisho.conf", O_RDONLY | O_CLOEXEC);
	char path[] = "/tmp/sekisho-result-XXXXXX";
	int empty = mkostemp(path, O_CLOEXEC);
	struct settings settings;
	struct config_error error;
	char lines[128];
	size_t length;

	(void)state;
	assert_true(fd >= 0 && empty >= 0);
	close(empty);
	assert_int_equal(settings_load(path, geteuid(), &settings, &error), 0);
	unlink(path);
	assert_true(settings.key_wait + settings.pin_wait + settings.touch_wait +
			    REMOTE_CONFIRM_SECONDS + 10 <=
		    ARGUMENTS_TIMEOUT);
	/* With codes: the question, the key that was chosen there, its PIN and touch; or the
	 * question, another's waiting and one's own. */
	assert_true(2 * settings.pin_wait + settings.touch_wait + 20 <= ARGUMENTS_TIMEOUT);
	assert_true(settings.pin_wait + OTPFACTOR_LOCK_MS / 1000 + OTPSTATE_DELAY_MAX + 10 <=
		    ARGUMENTS_TIMEOUT);
	snprintf(lines, sizeof(lines), "#KeyWaitSeconds=%u\n#PinSeconds=%u\n#TouchSeconds=%u\n",
		 settings.key_wait, settings.pin_wait, settings.touch_wait);
	assert_int_equal(file_read_all(fd, MANUAL_MAX, &packaged, &length), 0);
	assert_non_null(strstr(packaged, lines));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_manual_lists_rows),
		cmocka_unit_test(test_manual_lists_arguments),
		cmocka_unit_test(test_japanese_manual_lists_rows),
		cmocka_unit_test(test_japanese_manual_lists_arguments),
		cmocka_unit_test(test_codes),
		cmocka_unit_test(test_verdicts),
		cmocka_unit_test(test_arguments),
		cmocka_unit_test(test_defaults_fit_the_timeout),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
