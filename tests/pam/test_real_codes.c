/* One-time codes at the built module: alone, and behind the password where a program asks once.
 * */
#include "real_fixture.h"

#include "tests/auth/codes.h"
#include "tests/auth/folder.h"

#include "agent/auth/otp.h"

#include <liboath/oath.h>
#include <time.h>

static void write_code_of_hanako(const struct terminal *terminal, const char *attributes)
{
	char line[128];

	snprintf(line, sizeof(line), "hanako totp " CODES_SEED_HEX "%s\n", attributes);
	codes_write(terminal, line, 0600);
}

/* What her token shows, @ahead seconds from now. */
static void show(unsigned int digits, time_t ahead, char *code)
{
	assert_int_equal(oath_totp_generate(CODES_SEED, strlen(CODES_SEED), time(NULL) + ahead, 30,
					    0, digits, code),
			 OATH_OK);
}

/* by a one-time code, once, and not by the code alone. */
static void test_one_time_code(void **state)
{
	struct terminal *terminal = *state;
	char code[sizeof("123456")];
	struct person person = {.answer = code};

	terminal_configure(terminal, PATIENT "Factors=key, otp\n");
	write_code_of_hanako(terminal, "");
	show(6, 0, code);
	assert_granted(&person);
	assert_int_equal(person.prompts, 1);
	assert_event(terminal, "\"factor\":\"otp\"");
	assert_refused(&person, PAM_AUTH_ERR, ": wrong");
	assert_event(terminal, "\"reason\":\"otp-used\"");
	assert_in_range(door_delay(), 1000000, 3000000);
	/* The next code and a wrong password: no. */
	show(6, 30, code);
	door_write("", "account=door", "auth required pam_deny.so\n");
	assert_int_not_equal(visit(&person).auth, PAM_SUCCESS);
	assert_non_null(strstr(door_log(), "granted, event "));
	/* What sshd makes up is no try. */
	person.answer = "\b\n\r\177INCORRECT";
	assert_refused(&person, PAM_AUTH_ERR, ": empty:");
}

/* The module after ours: takes the password that it finds, and no other than hanako's. */
static void write_door_with_password(const struct terminal *terminal)
{
	char path[128];
	char line[256];

	folder_write(terminal, "password", "#!/bin/sh\ntest \"$(tr -d '\\000')\" = Hanako-2026\n",
		     0700);
	snprintf(line, sizeof(line),
		 "auth required pam_exec.so quiet expose_authtok %s\n"
		 "account required pam_permit.so\n",
		 folder_path(terminal, "password", path));
	door_write("", "account=door", line);
}

/* a program that asks once: the password with the code right behind it. */
static void test_single_prompt(void **state)
{
	struct terminal *terminal = *state;
	char answer[64];
	char code[OTP_CODE_SIZE];
	struct person person = {.answer = answer};
	const char *const refused[] = {"Hanako-2026", "Hanako-2026000000", "Hanako-2026 000000",
				       "000000"};

	terminal_configure(terminal, PATIENT "Factors=key, otp\nSinglePrompt=door\n");
	write_door_with_password(terminal);
	enrol(terminal);
	/* Eight digits: hers, not most people's. */
	write_code_of_hanako(terminal, " digits=8");
	show(8, 0, code);
	for (size_t i = 0; i < ARRAY_SIZE(refused); i++) {
		snprintf(answer, sizeof(answer), "%s", refused[i]);
		assert_refused(&person, PAM_AUTH_ERR, ": wrong, event ");
		assert_true(person.last_style != PAM_PROMPT_ECHO_ON);
	}
	assert_events(terminal, "\"reason\":\"otp-wrong\"", 1);
	assert_events(terminal, "\"reason\":\"otp-malformed\"", ARRAY_SIZE(refused) - 1);
	/* The code alone: not looked at, so that it is good afterwards. */
	snprintf(answer, sizeof(answer), "%s", code);
	assert_refused(&person, PAM_AUTH_ERR, ": wrong, event ");
	person.prompts = 0;
	snprintf(answer, sizeof(answer), "Hanako-2026%s", code);
	assert_granted(&person);
	assert_int_equal(person.prompts, 1);
	assert_non_null(strstr(person.last, "[S-2014]"));
	assert_event(terminal, "\"factor\":\"otp\"");
	assert_refused(&person, PAM_AUTH_ERR, ": wrong, event ");
	assert_event(terminal, "\"reason\":\"otp-used\"");
	show(8, 30, code);
	/* The right code behind a wrong password. */
	snprintf(answer, sizeof(answer), "Hanako-2027%s", code);
	assert_int_not_equal(visit(&person).auth, PAM_SUCCESS);
	assert_events(terminal, "login.granted", 2);
	/* No key was asked by any of it. */
	assert_int_equal(terminal_status(terminal, 0, "pin-retries"), 8);
	assert_events(terminal, "\"factor\":\"key\"", 0);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		TEST(test_one_time_code),
		TEST(test_single_prompt),
	};

	(void)argc;
	if (door_find_module(argv[0]) < 0)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
