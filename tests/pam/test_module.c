/* The built module under the real libpam, with an authd that lies: every way an entry point can
 * end, one assertion each.. */
#include "door.h"

#include "cleanup.h"
#include "verdict.h"

#include <errno.h>
#include <string.h>

static const struct lying_step granting[] = {PROMPT("1234"), SAY(VERDICT_GRANTED), END};

/* The module's own words, when authd sent none. */
static void test_verdicts(void **state)
{
	static const struct {
		uint32_t verdict;
		int code;
		bool delay;
		const char *words; /* NULL: none */
		const char *log;
	} rows[] = {
		{VERDICT_BROKEN, PAM_AUTHINFO_UNAVAIL, false, "[S-1001] ", ": broken, "},
		{VERDICT_GRANTED, PAM_SUCCESS, false, NULL, ": granted, "},
		{VERDICT_WRONG, PAM_AUTH_ERR, true, NULL, ": wrong, "},
		{VERDICT_NO_KEY, PAM_AUTHINFO_UNAVAIL, false, NULL, ": no-key, "},
		{VERDICT_TIMEOUT, PAM_AUTHINFO_UNAVAIL, false, NULL, ": timeout, "},
		{VERDICT_CANCELLED, PAM_AUTHINFO_UNAVAIL, false, NULL, ": cancelled, "},
		{VERDICT_BLOCKED, PAM_MAXTRIES, true, NULL, ": blocked, "},
		{VERDICT_EXEMPT, PAM_AUTH_ERR, false, "[S-1006] ", ": exempt-refused, "},
		{VERDICT_COUNT, PAM_AUTHINFO_UNAVAIL, false, "[S-1001] ", ": broken, "},
		{0x10001, PAM_AUTHINFO_UNAVAIL, false, "[S-1001] ", ": broken, "},
		{UINT32_MAX, PAM_AUTHINFO_UNAVAIL, false, "[S-1001] ", ": broken, "},
	};

	(void)state;
	door_write("", "", "");
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct lying_step script[] = {PROMPT("1234"), SAY(rows[i].verdict), END};
		struct person person = {.answer = "1234"};

		assert_int_equal(door_authenticate(&person, script, 0), rows[i].code);
		assert_int_equal(person.prompts, 1);
		assert_int_equal(person.notices, rows[i].words != NULL);
		if (rows[i].words)
			assert_ptr_equal(strstr(person.last, rows[i].words), person.last);
		assert_non_null(strstr(door_log(), rows[i].log));
		assert_non_null(strstr(door_log(), ", event event-1"));
		if (rows[i].delay)
			assert_in_range(door_delay(), 1000000, 3000000);
		else
			assert_int_equal(door_delay(), 0);
	}
}

/* authd's own words are shown once, and ours not besides. */
static void test_words(void **state)
{
	static const struct lying_step script[] = {{LIE_NOTICE, 0, "touch the key", NULL},
						   {LIE_VERDICT, VERDICT_BROKEN, "no", NULL},
						   END};
	static const struct lying_step welcome[] = {{LIE_VERDICT, VERDICT_GRANTED, "welcome", NULL},
						    END};
	static const struct lying_step error[] = {
		{LIE_NOTICE, 1, "wrong PIN", NULL}, SAY(VERDICT_GRANTED), END};
	static const struct lying_step echo[] = {
		{LIE_PROMPT, 1, "name: ", "1234"}, SAY(VERDICT_GRANTED), END};
	struct person person = {.answer = "1234"};

	(void)state;
	door_write("", "", "");
	assert_int_equal(door_authenticate(&person, script, 0), PAM_AUTHINFO_UNAVAIL);
	assert_int_equal(person.notices, 2);
	assert_string_equal(person.last, "no");
	assert_int_equal(person.last_style, PAM_ERROR_MSG);
	assert_int_equal(door_authenticate(&person, welcome, 0), PAM_SUCCESS);
	assert_string_equal(person.last, "welcome");
	assert_int_equal(person.last_style, PAM_TEXT_INFO);
	assert_int_equal(door_authenticate(&person, error, 0), PAM_SUCCESS);
	assert_string_equal(person.last, "wrong PIN");
	assert_int_equal(person.last_style, PAM_ERROR_MSG);
	assert_int_equal(door_authenticate(&person, granting, 0), PAM_SUCCESS);
	assert_int_equal(person.last_style, PAM_PROMPT_ECHO_OFF);
	assert_int_equal(door_authenticate(&person, echo, 0), PAM_SUCCESS);
	assert_int_equal(person.last_style, PAM_PROMPT_ECHO_ON);
}

/* The code alone goes to authd; what is not exactly a code behind a password goes nowhere. */
static void test_joined(void **state)
{
	static const struct {
		uint32_t digits;
		const char *answer;
		const char *sent;
	} rows[] = {
		{6, "Hanako-2026123456", "123456"},
		{8, "Hanako-202612345678", "12345678"},
		{7, "x7654321", "7654321"},
		{6, "Hanako 2026 123456", "123456"},
		{6,
		 "\xe9\x96\xa2\xe6\x89\x80"
		 "123456",
		 "123456"},
		{6, "Hanako-2026", ""},
		{6, "123456", ""},
		{6, "12345", ""},
		{8, "1234567", ""},
		{6, "Hanako-2026123 456", ""},
		{6, "Hanako-2026123456 ", ""},
		{6, "Hanako-2026-12345", ""},
		{6,
		 "Hanako-202612345"
		 "\xef\xbc\x96",
		 ""},
	};
	static const uint32_t bad[] = {1, 5, 9, 512, UINT32_MAX};

	(void)state;
	door_write("", "", "");
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct lying_step script[] = {
			{LIE_JOINED, rows[i].digits, "password and code: ", rows[i].sent},
			SAY(VERDICT_WRONG),
			END};
		struct person person = {.answer = rows[i].answer};

		assert_int_equal(door_authenticate(&person, script, 0), PAM_AUTH_ERR);
		assert_int_equal(person.last_style, PAM_PROMPT_ECHO_OFF);
	}
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		const struct lying_step script[] = {
			{LIE_JOINED, bad[i], "password and code: ", NULL},
			SAY(VERDICT_GRANTED),
			END};
		struct person person = {.answer = "Hanako-2026123456"};
		int code = door_authenticate_broken(&person, script, 0);

		assert_int_equal(code, PAM_AUTHINFO_UNAVAIL);
	}
}

/* PAM_SILENT is told to authd; a notice that comes all the same is not shown, a prompt is. */
static void test_silent(void **state)
{
	static const struct lying_step script[] = {{LIE_HELLO, 1, "", ""},
						   {LIE_NOTICE, 0, "touch", NULL},
						   PROMPT("1234"),
						   {LIE_VERDICT, VERDICT_WRONG, "no", NULL},
						   END};
	struct person person = {.answer = "1234"};

	(void)state;
	door_write("", "", "");
	assert_int_equal(door_authenticate(&person, script, PAM_SILENT), PAM_AUTH_ERR);
	assert_int_equal(person.notices, 0);
	assert_int_equal(person.prompts, 1);
}

static void test_arguments(void **state)
{
	static const char *const bad[] = {
		"debug",	"timeout=4",   "timeout=601", "timeout=x",
		"timeout=",	"exempt=yes",  "exempt",      "account=",
		"socket=here",	"record=here", "nouserok",    "timeout=5 timeout=6",
		"account=a,,b", "account=,a",  "account=a,",  "Timeout=5",
	};
	struct person person = {.answer = "1234"};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		pam_handle_t *pamh;

		door_write("", bad[i], "");
		pamh = door_begin(&person);
		assert_int_equal(pam_authenticate(pamh, 0), PAM_SERVICE_ERR);
		assert_non_null(strstr(person.last, "S-1004"));
		assert_non_null(strstr(door_log(),
				       strrchr(bad[i], ' ') ? strrchr(bad[i], ' ') + 1 : bad[i]));
		assert_int_equal(pam_acct_mgmt(pamh, 0), PAM_SERVICE_ERR);
		pam_end(pamh, PAM_SUCCESS);
	}
	door_write("", "timeout=600 exempt=ignore account=door", "");
	assert_int_equal(door_authenticate(&person, granting, 0), PAM_SUCCESS);
}

static void test_user(void **state)
{
	char long_name[300];
	struct person person = {.answer = NULL};
	pam_handle_t *pamh;

	(void)state;
	memset(long_name, 'x', sizeof(long_name) - 1);
	long_name[sizeof(long_name) - 1] = '\0';
	door_write("", "", "");
	pamh = door_begin_as(&person, long_name);
	assert_int_equal(pam_authenticate(pamh, 0), PAM_USER_UNKNOWN);
	pam_end(pamh, PAM_SUCCESS);
	/* The program is asked, and gives nothing. */
	pamh = door_begin_as(&person, NULL);
	assert_int_not_equal(pam_authenticate(pamh, 0), PAM_SUCCESS);
	assert_int_equal(person.prompts, 1);
	pam_end(pamh, PAM_SUCCESS);
	person.answer = "";
	pamh = door_begin_as(&person, NULL);
	assert_int_equal(pam_authenticate(pamh, 0), PAM_USER_UNKNOWN);
	pam_end(pamh, PAM_SUCCESS);
}

/* L-01: a refusal of which authd knows nothing goes to the journal from here. */
static void test_record(void **state)
{
	static const struct lying_step exempt[] = {SAY(VERDICT_EXEMPT), END};
	struct person person = {.answer = "1234"};
	struct lying_authd authd = {};
	struct lying_authd engine = {};
	pam_handle_t *pamh;

	(void)state;
	door_write("", "", "");
	pamh = door_begin(&person);
	assert_int_equal(lying_engine_start(&engine, door_folder, "no-service", 0), 0);
	assert_int_equal(pam_authenticate(pamh, 0), PAM_AUTHINFO_UNAVAIL);
	assert_int_equal(lying_authd_end(&engine), 0);
	assert_null(strstr(door_log(), "recording the refusal"));
	assert_int_equal(lying_engine_start(&engine, door_folder, "account-missing", ENOSPC), 0);
	assert_int_equal(pam_acct_mgmt(pamh, 0), PAM_PERM_DENIED);
	assert_int_equal(lying_authd_end(&engine), 0);
	assert_non_null(strstr(door_log(), "recording the refusal in the journal: No space"));
	pam_end(pamh, PAM_SUCCESS);

	pamh = door_begin(&person);
	assert_int_equal(lying_engine_start(&engine, door_folder, "exempt-refused", 0), 0);
	assert_int_equal(lying_authd_start(&authd, door_folder, exempt, 1), 0);
	assert_int_equal(pam_authenticate(pamh, 0), PAM_AUTH_ERR);
	assert_int_equal(lying_authd_end(&authd), 0);
	assert_int_equal(lying_authd_end(&engine), 0);
	pam_end(pamh, PAM_SUCCESS);

	/* Nobody there: told in the log, and refused all the same. */
	pamh = door_begin(&person);
	assert_int_equal(pam_authenticate(pamh, 0), PAM_AUTHINFO_UNAVAIL);
	assert_non_null(strstr(door_log(), "recording the refusal in the journal: No such file"));
	pam_end(pamh, PAM_SUCCESS);
}

static void test_other_entry_points(void **state)
{
	struct person person = {.answer = "1234"};
	pam_handle_t *pamh;

	(void)state;
	door_write("", "", "");
	pamh = door_begin(&person);
	assert_int_equal(pam_open_session(pamh, 0), PAM_SESSION_ERR);
	assert_non_null(strstr(door_log(), "Take the line out"));
	assert_int_equal(pam_close_session(pamh, 0), PAM_SESSION_ERR);
	assert_int_equal(pam_chauthtok(pamh, 0), PAM_AUTHTOK_ERR);
	assert_int_equal(person.prompts, 0);
	pam_end(pamh, PAM_SUCCESS);
}

static void test_language(void **state)
{
	static const struct {
		const char *name; /* of the variable */
		const char *value;
		const char *tty;
		const char *told; /* to authd */
		bool japanese;
	} rows[] = {
		{"LANG", "ja_JP.UTF-8", "pts/0", "ja_JP.UTF-8", true},
		{"LC_MESSAGES", "ja_JP.UTF-8", ":0", "ja_JP.UTF-8", true},
		{"LC_ALL", "C", "pts/0", "C", false},
		{"LANG", "ja_JP.UTF-8", "/dev/tty1", "ja_JP.UTF-8", false},
		{"LANG", "ja_JP.UTF-8", "tty12", "ja_JP.UTF-8", false},
		{"LANG", "ja_JP.UTF-8", "ttyS0", "ja_JP.UTF-8", true},
		{"LANG", "ja/../../etc", "pts/0", "", false},
		{"LANG", "ja\n", "pts/0", "", false},
		{"LANG", "ja_JPxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
		 "pts/0", "", false},
	};

	(void)state;
	door_write("", "", "");
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct lying_step script[] = {
			{LIE_HELLO, 0, rows[i].told, rows[i].tty}, SAY(VERDICT_BROKEN), END};
		struct person person = {};
		pam_handle_t *pamh;

		assert_int_equal(setenv(rows[i].name, rows[i].value, 1), 0);
		pamh = door_begin(&person);
		assert_int_equal(pam_set_item(pamh, PAM_TTY, rows[i].tty), PAM_SUCCESS);
		assert_int_equal(door_ask(pamh, script), PAM_AUTHINFO_UNAVAIL);
		pam_end(pamh, PAM_SUCCESS);
		unsetenv(rows[i].name);
		assert_ptr_equal(strstr(person.last, rows[i].japanese ? "【S-1001】" : "[S-1001] "),
				 person.last);
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, door_setup, door_teardown)

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		TEST(test_verdicts),  TEST(test_words),	 TEST(test_silent),
		TEST(test_arguments), TEST(test_user),	 TEST(test_other_entry_points),
		TEST(test_language),  TEST(test_record), TEST(test_joined),
	};

	(void)argc;
	if (door_find_module(argv[0]) < 0)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
