/* The built module under libpam with the real authd, its session and token child and a software
 * key: what comes out of a whole stack.. */
#include "door.h"

#include "tests/auth/authd.h"
#include "tests/auth/codes.h"
#include "tests/auth/folder.h"

#include "agent/auth/otp.h"
#include "cleanup.h"

#include <liboath/oath.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define SETTINGS PATIENT

static pid_t authd;

static void stop_authd(void)
{
	if (authd <= 0)
		return;
	kill(authd, SIGTERM);
	waitpid(authd, NULL, 0);
	authd = 0;
}

static void socket_path(char *path, size_t size)
{
	snprintf(path, size, "%s/auth.sock", door_folder);
}

static int setup(void **state)
{
	char path[128];

	if (door_setup(state) < 0 || terminal_setup(state) < 0)
		return -1;
	terminal_configure(*state, SETTINGS);
	socket_path(path, sizeof(path));
	authd = authd_start(*state, path, false);
	door_write("", "account=door",
		   "auth required pam_permit.so\naccount required pam_permit.so\n");
	return 0;
}

static int teardown(void **state)
{
	char path[128];

	stop_authd();
	socket_path(path, sizeof(path));
	unlink(path);
	return terminal_teardown(state) < 0 ? -1 : door_teardown(state);
}

struct ending {
	int auth;
	int account;
};

static struct ending visit(struct person *person)
{
	pam_handle_t *pamh = door_begin(person);
	struct ending ending;

	ending.auth = pam_authenticate(pamh, 0);
	ending.account = pam_acct_mgmt(pamh, PAM_SILENT);
	pam_end(pamh, ending.auth);
	return ending;
}

static void assert_granted(struct person *person)
{
	struct ending ending = visit(person);

	assert_int_equal(ending.auth, PAM_SUCCESS);
	assert_int_equal(ending.account, PAM_SUCCESS);
}

static void assert_refused(struct person *person, int code, const char *log)
{
	struct ending ending = visit(person);

	if (ending.auth != code || !strstr(door_log(), log))
		print_error("code %d, wanted %d %s; last shown: %s\n%s", ending.auth, code, log,
			    person->last, door_log());
	assert_int_equal(ending.auth, code);
	assert_int_equal(ending.account, PAM_PERM_DENIED);
	assert_non_null(strstr(door_log(), log));
}

static void enrol(struct terminal *terminal)
{
	PLUG(terminal, 0);
	terminal_enrol(terminal, 0, "hanako", PIN);
}

static void test_granted(void **state)
{
	struct terminal *terminal = *state;
	struct person person = {.answer = PIN};
	char id[64];
	const char *at;

	enrol(terminal);
	assert_granted(&person);
	assert_int_equal(person.prompts, 1);
	assert_event(terminal, "login.granted ");
	/* The log names the event. */
	at = strstr(door_log(), "granted, event ");
	assert_non_null(at);
	snprintf(id, sizeof(id), "%.36s", at + strlen("granted, event "));
	assert_int_equal(strspn(id, "0123456789abcdef-"), 36);
	/* Right key and PIN, wrong password: no. */
	door_write("", "account=door", "auth required pam_deny.so\n");
	assert_int_not_equal(visit(&person).auth, PAM_SUCCESS);
}

/* key and PIN without a password, where sekisho.conf says that they are enough: never the
 * touch alone, whatever the roster says. */
static void test_key_and_pin_alone(void **state)
{
	struct terminal *terminal = *state;
	struct person person = {.answer = PIN}, wrong = {.answer = "9999"};
	struct ending ending;

	terminal_configure(terminal, SETTINGS "UserVerification=roster\n"
					      "[Service door]\nFactors=key+pin\n");
	door_write("", "account=door", "account required pam_permit.so\n");
	PLUG(terminal, 0);
	terminal_enrol(terminal, 0, "hanako", PIN)->uv_optional = true;
	terminal_roster(terminal);
	ending = visit(&person);
	assert_int_equal(ending.auth, PAM_SUCCESS);
	assert_int_equal(ending.account, PAM_SUCCESS);
	assert_int_equal(person.prompts, 1);
	assert_event(terminal, "\"verified\":\"yes\"");
	ending = visit(&wrong);
	assert_int_not_equal(ending.auth, PAM_SUCCESS);
	assert_int_equal(ending.account, PAM_PERM_DENIED);
	assert_int_equal(wrong.prompts, 1);
}

static void test_wrong_pin(void **state)
{
	struct terminal *terminal = *state;
	struct person person = {.answer = "9999"};
	struct ending ending;

	enrol(terminal);
	ending = visit(&person);
	assert_true(ending.auth == PAM_AUTH_ERR || ending.auth == PAM_MAXTRIES);
	assert_int_equal(ending.account, PAM_PERM_DENIED);
	assert_true(person.prompts >= 1);
	assert_in_range(door_delay(), 1000000, 3000000);
	assert_int_equal(terminal_status(terminal, 0, "pin-retries"), 8 - (long)person.prompts);
}

/* What is no answer costs no try. */
static void test_no_answer(void **state)
{
	struct terminal *terminal = *state;
	struct person persons[] = {
		{.answer = ""},
		{.answer = "\b\n\r\177INCORRECT"},
		/* As long as the PIN, the code, or a slip of the hand that was typed. */
		{.answer = "\b\n\r\177IN"},
		{.answer = "\b"},
		{.answer = "\b\n\r\177INCORRECT\b\n\r"},
	};
	struct person gone = {.answer = PIN, .code = PAM_CONV_ERR};

	enrol(terminal);
	for (size_t i = 0; i < ARRAY_SIZE(persons); i++)
		assert_refused(&persons[i], PAM_AUTH_ERR, ": empty:");
	assert_refused(&gone, PAM_AUTHINFO_UNAVAIL, ": conversation:");
	assert_int_equal(terminal_status(terminal, 0, "pin-retries"), 8);
	/* And the key is free again at once. */
	gone.code = PAM_SUCCESS;
	assert_int_equal(visit(&gone).auth, PAM_SUCCESS);
}

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

	terminal_configure(terminal, SETTINGS "Factors=key, otp\n");
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

	terminal_configure(terminal, SETTINGS "Factors=key, otp\nSinglePrompt=door\n");
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

/* sshd's password authentication gives the password to every hidden question. */
static void test_password_from_afar(void **state)
{
	struct terminal *terminal = *state;
	struct person person = {.answer = "Hanako-2026", .as_sshd = true};
	pam_handle_t *pamh;

	enrol(terminal);
	pamh = door_begin(&person);
	assert_int_equal(pam_set_item(pamh, PAM_RHOST, "192.0.2.7"), PAM_SUCCESS);
	assert_int_equal(pam_authenticate(pamh, 0), PAM_AUTHINFO_UNAVAIL);
	pam_end(pamh, PAM_AUTHINFO_UNAVAIL);
	assert_non_null(strstr(door_log(), ": conversation:"));
	assert_int_equal(person.prompts, 0);
	assert_int_equal(terminal_status(terminal, 0, "pin-retries"), 8);
}

static void test_no_key(void **state)
{
	struct terminal *terminal = *state;
	struct person person = {.answer = PIN};

	enrol(terminal);
	terminal_unplug(terminal, 0);
	terminal_configure(terminal, HASTY);
	assert_refused(&person, PAM_AUTHINFO_UNAVAIL, ": no-key, event ");
	assert_non_null(strstr(person.last, "S-2"));
	assert_int_equal(door_delay(), 0);
}

static void test_other_key(void **state)
{
	struct terminal *terminal = *state;
	struct person person = {.answer = PIN};

	PLUG(terminal, 0);
	terminal_enrol(terminal, 0, "taro", PIN);
	assert_refused(&person, PAM_AUTH_ERR, ": wrong, event ");
}

static void test_unplugged(void **state)
{
	struct terminal *terminal = *state;
	struct person person = {.answer = PIN};

	PLUG(terminal, 0, "--touch", "command");
	terminal_command(terminal, 0, "touch-mode auto");
	terminal_enrol(terminal, 0, "hanako", PIN);
	terminal_command(terminal, 0, "touch-mode command");
	terminal_command(terminal, 0, "misbehave unplug-midway");
	assert_refused(&person, PAM_AUTHINFO_UNAVAIL, ": no-key, event ");
}

static void test_wrong_signature(void **state)
{
	struct terminal *terminal = *state;
	struct person person = {.answer = PIN};

	enrol(terminal);
	terminal_command(terminal, 0, "misbehave wrong-signature");
	assert_refused(&person, PAM_AUTH_ERR, ": wrong, event ");
}

static void test_cloned(void **state)
{
	struct terminal *terminal = *state;
	struct person person = {.answer = PIN};

	PLUG(terminal, 0, "--counter", "100");
	terminal_enrol(terminal, 0, "hanako", PIN);
	assert_int_equal(visit(&person).auth, PAM_SUCCESS);
	terminal_command(terminal, 0, "set counter 50");
	assert_refused(&person, PAM_MAXTRIES, ": blocked, event ");
}

/* The module's deadline is over before the key is touched. */
static void test_deadline(void **state)
{
	struct terminal *terminal = *state;
	struct person person = {.answer = PIN};

	enrol(terminal);
	terminal_command(terminal, 0, "touch-mode never");
	door_write("", "timeout=5", "auth required pam_permit.so\n");
	assert_refused(&person, PAM_AUTHINFO_UNAVAIL, ": deadline:");
	assert_non_null(strstr(person.last, "S-1003"));
}

static void test_broken(void **state)
{
	struct terminal *terminal = *state;
	struct person person = {.answer = PIN};

	enrol(terminal);
	terminal_configure(terminal, "[Auth]\nNoSuchKey=1\n");
	assert_refused(&person, PAM_AUTHINFO_UNAVAIL, ": broken");
	/* The socket's file stays, nobody listens. */
	stop_authd();
	assert_refused(&person, PAM_AUTHINFO_UNAVAIL, ": no-service:");
}

static void test_exempt(void **state)
{
	struct terminal *terminal = *state;
	struct person person = {.answer = PIN};

	terminal_configure(terminal, SETTINGS "ExemptUsers=hanako\nExemptServices=door\n");
	assert_refused(&person, PAM_AUTH_ERR, ": exempt-refused, event ");
	door_write("", "exempt=ignore account=door",
		   "auth required pam_permit.so\naccount required pam_permit.so\n");
	assert_granted(&person);
	assert_int_equal(person.prompts, 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		TEST(test_granted),   TEST(test_wrong_pin),	     TEST(test_key_and_pin_alone),
		TEST(test_no_answer), TEST(test_password_from_afar), TEST(test_no_key),
		TEST(test_other_key), TEST(test_unplugged),	     TEST(test_wrong_signature),
		TEST(test_cloned),    TEST(test_deadline),	     TEST(test_broken),
		TEST(test_exempt),    TEST(test_one_time_code),	     TEST(test_single_prompt),
	};

	(void)argc;
	if (door_find_module(argv[0]) < 0)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
