/* An authd that is missing, false, broken, slow or talkative, and a program that cannot ask: never
 * a success, and never counted as a wrong answer of the person. A-01. */
#include "door.h"

#include "cleanup.h"
#include "verdict.h"

#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define UNANSWERED                                                                                 \
	{                                                                                          \
		LIE_ASK, 0, "PIN: ", NULL                                                          \
	}
#define GRANT                                                                                      \
	{                                                                                          \
		LIE_VERDICT, VERDICT_GRANTED, NULL, NULL                                           \
	}

static void assert_no_service(struct person *person, int code)
{
	assert_int_equal(code, PAM_AUTHINFO_UNAVAIL);
	assert_non_null(strstr(person->last, "S-1002"));
	assert_int_equal(person->last_style, PAM_ERROR_MSG);
	assert_non_null(strstr(door_log(), ": no-service:"));
}

/* Must run first: as a user who is not root, before that user is root in a namespace. */
static void test_wrong_peer(void **state)
{
	static const struct lying_step script[] = {GRANT, END};
	struct lying_authd authd = {.owner = geteuid() == 0 ? 65534 : 0};
	struct person person = {.answer = "1234"};
	pam_handle_t *pamh;

	(void)state;
	snprintf(door_folder, sizeof(door_folder), "/tmp/sekisho-pam-XXXXXX");
	assert_non_null(mkdtemp(door_folder));
	door_write("", "", "");
	assert_int_equal(lying_authd_start(&authd, door_folder, script, 1), 0);
	pamh = door_begin(&person);
	assert_no_service(&person, pam_authenticate(pamh, 0));
	assert_non_null(strstr(door_log(), "not by root"));
	assert_int_equal(person.prompts, 0);
	pam_end(pamh, PAM_SUCCESS);
	/* Not even a hello was sent to it. */
	assert_int_not_equal(lying_authd_end(&authd), 0);
	assert_int_equal(door_teardown(NULL), 0);
}

static void test_missing(void **state)
{
	struct person person = {.answer = "1234"};
	struct lying_authd authd = {};
	static const struct lying_step script[] = {END};
	pam_handle_t *pamh;

	(void)state;
	door_write("", "", "");
	pamh = door_begin(&person);
	assert_no_service(&person, pam_authenticate(pamh, 0));
	assert_int_equal(person.prompts, 0);
	/* The socket's file is there, nobody listens. */
	assert_int_equal(lying_authd_start(&authd, door_folder, script, 0), 0);
	snprintf(person.last, sizeof(person.last), "-");
	assert_int_not_equal(access(authd.socket, F_OK), -1);
	/* It serves nobody: once it has ended, nobody has the listener. */
	assert_int_equal(waitid(P_PID, (id_t)authd.pid, NULL, WEXITED | WNOWAIT), 0);
	assert_no_service(&person, pam_authenticate(pamh, 0));
	assert_int_equal(lying_authd_end(&authd), 0);
	pam_end(pamh, PAM_SUCCESS);
}

/* Each script ends, or stops making sense, before a verdict. */
static void test_broken(void **state)
{
	static const struct lying_step scripts[][4] = {
		{{LIE_DEAF, 0, NULL, NULL}},
		{END},
		{PROMPT(NULL), END},
		{{LIE_NOTICE, 0, "hello", NULL}, END},
		{{LIE_GARBAGE, 1, NULL, NULL}, END},
		{{LIE_GARBAGE, 8, NULL, NULL}, END},
		{{LIE_GARBAGE, 8192, NULL, NULL}, END},
		{{LIE_GARBAGE, 8193, NULL, NULL}, END},
		{{LIE_BIG, 64, NULL, NULL}, END},
		{{LIE_BIG, 8192, NULL, NULL}, END},
		{{LIE_BIG, 8193, NULL, NULL}, END}, /* what fits is a verdict that grants */
		{{LIE_BIG, 16384, NULL, NULL}, END},
		{PROMPT(NULL), {LIE_GARBAGE, 64, NULL, NULL}, END},
		{{LIE_GARBAGE, 64, NULL, NULL}, GRANT, END},
		{{LIE_NOTICE, 0, "hello", NULL}, {LIE_BIG, 8193, NULL, NULL}, GRANT, END},
	};

	(void)state;
	door_write("", "", "");
	for (size_t i = 0; i < ARRAY_SIZE(scripts); i++) {
		struct person person = {.answer = "1234"};

		assert_no_service(&person, door_authenticate_broken(&person, scripts[i], 0));
	}
}

/* A verdict that grants, cut after each of its bytes. */
static void test_cut(void **state)
{
	size_t whole = lying_verdict_length();

	(void)state;
	door_write("", "", "");
	for (size_t length = 1; length < whole; length++) {
		const struct lying_step script[] = {{LIE_CUT, (uint32_t)length, NULL, NULL}, END};
		struct person person = {};
		int code = door_authenticate(&person, script, 0);

		/* Without the whole last field, the event's id, a verdict is a verdict. */
		if (length == 16)
			assert_int_equal(code, PAM_SUCCESS);
		else
			assert_no_service(&person, code);
	}
	assert_true(whole > 16);
}

/* The first verdict counts, whatever follows; and authd may grant without a question. */
static void test_two_verdicts(void **state)
{
	static const struct lying_step refused[] = {
		{LIE_VERDICT, VERDICT_WRONG, NULL, NULL}, GRANT, END};
	static const struct lying_step granted[] = {
		GRANT, {LIE_VERDICT, VERDICT_WRONG, NULL, NULL}, END};
	struct person person = {.answer = "1234"};

	(void)state;
	door_write("", "", "");
	assert_int_equal(door_authenticate_broken(&person, refused, 0), PAM_AUTH_ERR);
	assert_int_equal(door_authenticate_broken(&person, granted, 0), PAM_SUCCESS);
	assert_int_equal(person.prompts, 0);
}

/* What the program or the person gives instead of an answer: authd sees the connection end and
 * gets nothing that could cost the person a try. */
static void test_conversation(void **state)
{
	static const struct lying_step script[] = {UNANSWERED, END};
	char long_answer[514];
	struct {
		struct person person;
		int code;
		const char *log;
	} rows[] = {
		{{.answer = ""}, PAM_AUTH_ERR, ": empty:"},
		{{.answer = "\b\n\r\177INCORRECT"}, PAM_AUTH_ERR, ": empty:"},
		{{.answer = long_answer}, PAM_AUTH_ERR, ": empty:"},
		{{.answer = NULL}, PAM_AUTHINFO_UNAVAIL, ": conversation:"},
		{{.answer = "1", .code = PAM_CONV_ERR}, PAM_AUTHINFO_UNAVAIL, ": conversation:"},
		{{.answer = "1", .code = PAM_CONV_AGAIN}, PAM_AUTHINFO_UNAVAIL, ": conversation:"},
		{{.answer = "1", .code = PAM_BUF_ERR}, PAM_AUTHINFO_UNAVAIL, ": conversation:"},
		{{.answer = "1", .no_response = true}, PAM_AUTHINFO_UNAVAIL, ": conversation:"},
	};

	(void)state;
	memset(long_answer, 'x', sizeof(long_answer) - 1);
	long_answer[sizeof(long_answer) - 1] = '\0'; /* 513: one too many */
	door_write("", "", "");
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		assert_int_equal(door_authenticate(&rows[i].person, script, 0), rows[i].code);
		assert_non_null(strstr(door_log(), rows[i].log));
		assert_null(strstr(door_log(), "INCORRECT"));
	}
}

/* The longest answer that is sent. */
static void test_longest_answer(void **state)
{
	char answer[513];
	const struct lying_step script[] = {{LIE_PROMPT, 0, "PIN: ", answer}, GRANT, END};
	struct person person = {.answer = answer};

	(void)state;
	memset(answer, 'x', sizeof(answer) - 1);
	answer[sizeof(answer) - 1] = '\0';
	door_write("", "", "");
	assert_int_equal(door_authenticate(&person, script, 0), PAM_SUCCESS);
}

static void test_null_conversation(void **state)
{
	static const struct pam_conv none = {NULL, NULL};
	static const struct lying_step script[] = {UNANSWERED, END};
	struct lying_authd authd = {};
	struct person person = {};
	pam_handle_t *pamh;

	(void)state;
	door_write("", "", "");
	pamh = door_begin(&person);
	assert_int_equal(pam_set_item(pamh, PAM_CONV, &none), PAM_SUCCESS);
	assert_int_equal(lying_authd_start(&authd, door_folder, script, 1), 0);
	assert_int_equal(pam_authenticate(pamh, 0), PAM_AUTHINFO_UNAVAIL);
	assert_int_equal(lying_authd_end(&authd), 0);
	pam_end(pamh, PAM_SUCCESS);
}

static void test_flood(void **state)
{
	static const struct lying_step script[] = {{LIE_FLOOD, 100000, NULL, NULL}, GRANT, END};
	struct person person = {};

	(void)state;
	door_write("", "", "");
	assert_no_service(&person, door_authenticate_broken(&person, script, 0));
	assert_int_equal(person.notices, 128 + 1);
}

/* Silent, talking faster than the terminal shows it, or the person too slow: over after the five
 * seconds of the line. */
static void test_deadline(void **state)
{
	static const struct lying_step scripts[][3] = {
		{{LIE_STALL, 0, NULL, NULL}, END},
		{{LIE_FLOOD, 200, NULL, NULL}, END},
		{UNANSWERED, END},
	};
	static const unsigned int sleeps[] = {0, 60, 5100};

	(void)state;
	door_write("", "timeout=5", "");
	for (size_t i = 0; i < ARRAY_SIZE(scripts); i++) {
		struct person person = {.answer = "1234", .sleep_ms = sleeps[i]};

		assert_int_equal(door_authenticate(&person, scripts[i], 0), PAM_AUTHINFO_UNAVAIL);
		assert_non_null(strstr(person.last, "S-1003"));
		assert_non_null(strstr(door_log(), ": deadline:"));
	}
}

/* authd waits for an answer less long than the line does. What is typed after that is not sent, and
 * the person is told what authd said meanwhile, not that the check can't be done. */
static void test_answered_late(void **state)
{
	static const struct lying_step script[] = {
		{LIE_LEAVE, 0, "PIN: ", NULL},
		{LIE_VERDICT, VERDICT_TIMEOUT, "S-2112 too late", NULL},
		END};
	struct person person = {.answer = "1234", .sleep_ms = 500};

	(void)state;
	door_write("", "", "");
	assert_int_equal(door_authenticate(&person, script, 0), PAM_AUTHINFO_UNAVAIL);
	assert_string_equal(person.last, "S-2112 too late");
	assert_null(strstr(door_log(), ": no-service:"));
}

/* authd gives more time for a call than the line has for a log-in; however much it says, the
 * log-in goes on. */
static void test_call(void **state)
{
	static const struct lying_step called[] = {
		{LIE_CALL, 60, "number?", NULL}, {LIE_VERDICT, VERDICT_GRANTED, NULL, NULL}, END};
	static const struct lying_step endless[] = {{LIE_CALL, UINT32_MAX, "number?", NULL},
						    {LIE_CALL, UINT32_MAX, "number?", NULL},
						    {LIE_VERDICT, VERDICT_GRANTED, NULL, NULL},
						    END};
	struct person person = {.answer = "1234", .sleep_ms = 5100};

	(void)state;
	door_write("", "timeout=5", "");
	assert_int_equal(door_authenticate(&person, called, 0), PAM_SUCCESS);
	person = (struct person){.answer = "1234"};
	assert_int_equal(door_authenticate(&person, endless, 0), PAM_SUCCESS);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, door_setup, door_teardown)

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_wrong_peer),
		TEST(test_missing),
		TEST(test_broken),
		TEST(test_cut),
		TEST(test_two_verdicts),
		TEST(test_conversation),
		TEST(test_longest_answer),
		TEST(test_null_conversation),
		TEST(test_flood),
		TEST(test_deadline),
		TEST(test_answered_late),
		TEST(test_call),
	};

	(void)argc;
	if (door_find_module(argv[0]) < 0)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
