/* The built module under libpam with the real authd, its session and token child and a software
 * key: what comes out of a whole stack.. */
#include "real_fixture.h"

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

	terminal_configure(terminal, PATIENT "UserVerification=roster\n"
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

/* sshd's password authentication would give the password to a hidden question: none is asked. */
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
	assert_non_null(strstr(door_log(), ": no-key, event "));
	assert_non_null(strstr(person.last, "S-2128"));
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

	terminal_configure(terminal, PATIENT "ExemptUsers=hanako\nExemptServices=door\n");
	assert_refused(&person, PAM_AUTH_ERR, ": exempt-refused, event ");
	door_write("", "exempt=ignore account=door",
		   "auth required pam_permit.so\naccount required pam_permit.so\n");
	assert_granted(&person);
	assert_int_equal(person.prompts, 0);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		TEST(test_granted),   TEST(test_wrong_pin),	     TEST(test_key_and_pin_alone),
		TEST(test_no_answer), TEST(test_password_from_afar), TEST(test_no_key),
		TEST(test_other_key), TEST(test_unplugged),	     TEST(test_wrong_signature),
		TEST(test_cloned),    TEST(test_deadline),	     TEST(test_broken),
		TEST(test_exempt),
	};

	(void)argc;
	if (door_find_module(argv[0]) < 0)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
