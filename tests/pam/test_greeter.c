/* What the module says where the greeter shows less than it is told, as LightDM's does. A-01. */
#include "door.h"

#include "cleanup.h"
#include "verdict.h"

#include <string.h>
#include <unistd.h>

/* A log-in at the door under the name of a greeter's service. */
static int log_in(const char *service, const struct lying_step *script, struct person *person)
{
	pam_handle_t *pamh;
	char path[128];
	int code;

	snprintf(path, sizeof(path), "%s/%s", door_folder, service);
	if (strcmp(service, "door") != 0)
		assert_int_equal(symlink("door", path), 0);
	pamh = door_begin(person);
	assert_int_equal(pam_set_item(pamh, PAM_SERVICE, service), PAM_SUCCESS);
	code = door_ask(pamh, script);
	pam_end(pamh, code);
	if (strcmp(service, "door") != 0)
		assert_int_equal(unlink(path), 0);
	return code;
}

/* What a question says comes before it; at the end nothing is left standing for the next module. */
static void test_question_is_told_too(void **state)
{
	static const struct lying_step script[] = {
		PROMPT("1234"), {LIE_NOTICE, 0, "touch", NULL}, SAY(VERDICT_GRANTED), END};
	struct person other = {.answer = "1234"};
	struct person person = {.answer = "1234"};

	(void)state;
	door_write("", "", "");
	assert_int_equal(log_in("door", script, &other), PAM_SUCCESS);
	assert_string_equal(other.styles, "hi");
	assert_int_equal(log_in("lightdm", script, &person), PAM_SUCCESS);
	assert_string_equal(person.styles, "ihii");
	assert_string_equal(person.last, "");
}

/* An error would be written over, and the next question follows at once. */
static void test_refusal_can_be_read(void **state)
{
	static const struct lying_step script[] = {
		PROMPT("1234"), {LIE_VERDICT, VERDICT_WRONG, "wrong PIN", NULL}, END};
	static const struct lying_step broken[] = {SAY(VERDICT_BROKEN), END};
	struct person other = {.answer = "1234"};
	struct person person = {.answer = "1234"};

	(void)state;
	door_write("", "", "");
	assert_int_equal(log_in("door", script, &other), PAM_AUTH_ERR);
	assert_int_equal(other.last_style, PAM_ERROR_MSG);
	assert_in_range(door_delay(), 1000000, 3000000);
	assert_int_equal(log_in("lightdm", script, &person), PAM_AUTH_ERR);
	assert_int_equal(person.last_style, PAM_TEXT_INFO);
	assert_string_equal(person.last, "wrong PIN");
	assert_in_range(door_delay(), 2000000, 6000000);
	/* The module's own words. */
	assert_int_equal(log_in("lightdm", broken, &person), PAM_AUTHINFO_UNAVAIL);
	assert_int_equal(person.last_style, PAM_TEXT_INFO);
	assert_non_null(strstr(person.last, "S-1001"));
}

/* xsecurelock draws a question as one line; others get the lines as they are. */
static void test_one_line(void **state)
{
	static const struct lying_step script[] = {
		PROMPT("1234"), {LIE_VERDICT, VERDICT_WRONG, "wrong\nPIN", NULL}, END};
	struct person other = {.answer = "1234"};
	struct person person = {.answer = "1234"};

	(void)state;
	door_write("", "", "");
	assert_int_equal(log_in("door", script, &other), PAM_AUTH_ERR);
	assert_string_equal(other.last, "wrong\nPIN");
	assert_int_equal(log_in("xsecurelock", script, &person), PAM_AUTH_ERR);
	assert_string_equal(person.last, "wrong PIN");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, door_setup, door_teardown)

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		TEST(test_question_is_told_too),
		TEST(test_refusal_can_be_read),
		TEST(test_one_line),
	};

	(void)argc;
	if (door_find_module(argv[0]) < 0)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
