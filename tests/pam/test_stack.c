/* whole stacks. Whatever becomes of our line, no other module's success outweighs a refusal
 * of ours, and our success outweighs no refusal of theirs; PAM_IGNORE alone opens nothing. */
#include "door.h"

#include "cleanup.h"
#include "verdict.h"

#include <string.h>

/* Debian's common-auth after our line, pam_unix being pam_permit or pam_deny. */
#define PASSWORD_RIGHT                                                                             \
	"auth [success=1 default=ignore] pam_permit.so\n"                                          \
	"auth requisite pam_deny.so\n"                                                             \
	"auth required pam_permit.so\n"
#define PASSWORD_WRONG                                                                             \
	"auth [success=1 default=ignore] pam_deny.so\n"                                            \
	"auth requisite pam_deny.so\n"                                                             \
	"auth required pam_permit.so\n"

static const char *const granting[] = {
	PASSWORD_RIGHT,
	"auth required pam_permit.so\n",
	"auth requisite pam_permit.so\n",
	"auth sufficient pam_permit.so\n",
	"auth optional pam_permit.so\n",
};

static const char *const refusing[] = {
	PASSWORD_WRONG,
	"auth required pam_deny.so\n",
	"auth requisite pam_deny.so\nauth sufficient pam_permit.so\n",
};

static void test_verdicts(void **state)
{
	(void)state;
	for (uint32_t verdict = 0; verdict <= VERDICT_COUNT; verdict++) {
		const struct lying_step script[] = {SAY(verdict), END};
		struct person person = {};

		for (size_t i = 0; i < ARRAY_SIZE(granting); i++) {
			int code;

			door_write("", "", granting[i]);
			code = door_authenticate(&person, script, 0);
			if (verdict == VERDICT_GRANTED)
				assert_int_equal(code, PAM_SUCCESS);
			else
				assert_int_not_equal(code, PAM_SUCCESS);
		}
		for (size_t i = 0; i < ARRAY_SIZE(refusing); i++) {
			door_write("", "", refusing[i]);
			assert_int_not_equal(door_authenticate(&person, script, 0), PAM_SUCCESS);
			door_write("", "exempt=ignore", refusing[i]);
			assert_int_not_equal(door_authenticate(&person, script, 0), PAM_SUCCESS);
		}
	}
}

/* The modules before ours: a granting one does not end the stack (Debian's profile puts us first,
 * but the order of a stack is an administrator's). */
static void test_after_granting(void **state)
{
	static const struct lying_step refuse[] = {SAY(VERDICT_WRONG), END};
	static const struct lying_step grant[] = {SAY(VERDICT_GRANTED), END};
	struct person person = {};

	(void)state;
	door_write("auth required pam_permit.so\n", "", "");
	assert_int_equal(door_authenticate(&person, refuse, 0), PAM_AUTH_ERR);
	assert_int_equal(door_authenticate(&person, grant, 0), PAM_SUCCESS);
	door_write("auth required pam_deny.so\n", "", "");
	assert_int_not_equal(door_authenticate(&person, grant, 0), PAM_SUCCESS);
}

/* Troubles of the module's own, with every other module granting. */
static void test_troubles(void **state)
{
	static const struct lying_step scripts[][3] = {
		{{LIE_DEAF, 0, NULL, NULL}},
		{END},
		{PROMPT(NULL), END},
		{{LIE_GARBAGE, 64, NULL, NULL}, END},
		{PROMPT(NULL), SAY(VERDICT_GRANTED), END},
	};
	static const char *const bad[] = {"", "nouserok", "timeout=1", "exempt=ignore debug"};
	struct person persons[] = {
		{.answer = ""}, {.answer = NULL}, {.answer = "1", .code = PAM_CONV_ERR}};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(granting); i++) {
		pam_handle_t *pamh;

		for (size_t j = 0; j < ARRAY_SIZE(bad); j++) {
			/* The first of them is right, but there is no authd. */
			door_write("", bad[j], granting[i]);
			pamh = door_begin(&persons[0]);
			assert_int_not_equal(pam_authenticate(pamh, 0), PAM_SUCCESS);
			pam_end(pamh, PAM_SUCCESS);
		}
		door_write("", "exempt=ignore", granting[i]);
		for (size_t j = 0; j < ARRAY_SIZE(scripts); j++)
			for (size_t k = 0; k < ARRAY_SIZE(persons); k++)
				assert_int_not_equal(
					door_authenticate_broken(&persons[k], scripts[j], 0),
					PAM_SUCCESS);
	}
}

#define BOTH(name) "auth required " name ".so\naccount required " name ".so\n"

/* An exemption leaves the judgement to the other modules, in both parts; alone it opens nothing. */
static void test_exempt(void **state)
{
	static const struct lying_step script[] = {SAY(VERDICT_EXEMPT), END};
	static const struct {
		const char *of_auth;
		const char *of_account;
		const char *after;
		bool auth;
		bool account;
	} rows[] = {
		{"exempt=ignore", "exempt=ignore", BOTH("pam_permit"), true, true},
		{"exempt=ignore", "", BOTH("pam_permit"), true, false},
		{"exempt=ignore", "exempt=ignore", BOTH("pam_deny"), false, false},
		{"exempt=ignore", "exempt=ignore", "", false, false},
		{"", "exempt=ignore", BOTH("pam_permit"), false, false},
		{"", "", BOTH("pam_permit"), false, false},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct person person = {};
		struct lying_authd authd = {};
		pam_handle_t *pamh;
		int code;

		door_write_parts("", rows[i].of_auth, rows[i].of_account, rows[i].after);
		pamh = door_begin(&person);
		assert_int_equal(lying_authd_start(&authd, door_folder, script, 1), 0);
		code = pam_authenticate(pamh, 0);
		assert_int_equal(lying_authd_end(&authd), 0);
		assert_int_equal(code == PAM_SUCCESS, rows[i].auth);
		assert_int_equal(pam_acct_mgmt(pamh, 0) == PAM_SUCCESS, rows[i].account);
		pam_end(pamh, PAM_SUCCESS);
	}
}

/* setcred's fixed success changes no result of the authentication before it. */
static void test_setcred(void **state)
{
	struct person person = {};
	pam_handle_t *pamh;

	(void)state;
	door_write("", "", "auth required pam_permit.so\n");
	pamh = door_begin(&person);
	assert_int_not_equal(pam_authenticate(pamh, 0), PAM_SUCCESS);
	pam_setcred(pamh, PAM_ESTABLISH_CRED);
	assert_int_equal(pam_acct_mgmt(pamh, 0), PAM_PERM_DENIED);
	pam_end(pamh, PAM_SUCCESS);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, door_setup, door_teardown)

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		TEST(test_verdicts), TEST(test_after_granting), TEST(test_troubles),
		TEST(test_exempt),   TEST(test_setcred),
	};

	(void)argc;
	if (door_find_module(argv[0]) < 0)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
