/* The door's switch: which PAM stacks ask for the key, whose word counts as a confirmation. */
#include "agent/cli/administrator.h"
#include "agent/cli/stack.h"
#include "agent/cli/trial.h"
#include "cleanup.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

#include <cmocka.h>

#define UNIX "auth\t[success=1 default=ignore]\tpam_unix.so nullok\n"

static void test_A01_stack_that_asks(void **state)
{
	(void)state;
	assert_true(stack_asks("# comment\n\nauth\trequired\t\t\tpam_sekisho.so \n" UNIX, "auth"));
	assert_true(stack_asks("auth required pam_sekisho.so", "auth"));
	assert_true(stack_asks("account required pam_sekisho.so account=login\n", "account"));
}

static void test_A01_stack_that_does_not_ask(void **state)
{
	static const char *const texts[] = {
		"",
		UNIX,
		"# auth required pam_sekisho.so\n" UNIX,
		/* something before us may end the stack with success */
		UNIX "auth required pam_sekisho.so\n",
		"auth sufficient pam_sekisho.so\n",
		"auth [default=ignore] pam_sekisho.so\n",
		"auth optional pam_sekisho.so\n",
		"account required pam_sekisho.so\n",
		"auth required pam_sekisho.so.old\n",
		"auth required # pam_sekisho.so\n",
		"auth required\npam_sekisho.so\n",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		if (stack_asks(texts[i], "auth"))
			fail_msg("asks? %s", texts[i]);
}

static void test_stack_traces(void **state)
{
	(void)state;
	assert_true(stack_names(UNIX "auth optional /lib/security/pam_sekisho.so"));
	assert_false(stack_names(UNIX "# pam_sekisho.so was here\n"));
	assert_false(stack_names(""));
}

static void test_trial_round(void **state)
{
	struct trial trial = {.session = 4294967294u, .minutes = 1440};
	struct trial back;
	char text[64];

	(void)state;
	assert_int_equal(trial_format(&trial, text, sizeof(text)), 0);
	assert_int_equal(trial_parse(text, &back), 0);
	assert_int_equal(back.session, trial.session);
	assert_int_equal(back.minutes, trial.minutes);
	assert_int_equal(trial_format(&trial, text, 10), -EMSGSIZE);
}

static void test_trial_bad_text(void **state)
{
	static const char *const texts[] = {
		"",
		"session=1\n",
		"session=1\nminutes=2",
		"session=1\nminutes=2\nx",
		"minutes=2\nsession=1\n",
		"session=-1\nminutes=2\n",
		"session=4294967296\nminutes=2\n",
		"session=\nminutes=2\n",
		"session=1 \nminutes=2\n",
		"session=11111111111111111111\nminutes=2\n",
	};
	struct trial back = {.session = 7};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		assert_int_equal(trial_parse(texts[i], &back), -EINVAL);
	assert_int_equal(back.session, 7);
}

static void test_trial_needs_a_new_session(void **state)
{
	struct trial trial = {.session = 5};

	(void)state;
	assert_false(trial_is_new_session(&trial, 1));
	assert_false(trial_is_new_session(&trial, 5));
	assert_true(trial_is_new_session(&trial, 6));
	/* a service, a timer, the tests' own shell: nobody logged in */
	assert_false(trial_is_new_session(&trial, TRIAL_NO_SESSION));
}

static void test_trial_session_of_this_process(void **state)
{
	uint32_t own = 0;
	uint32_t highest = TRIAL_NO_SESSION;

	(void)state;
	assert_int_equal(trial_own_session(&own), 0);
	assert_int_equal(trial_highest_session(&highest), 0);
	assert_int_not_equal(highest, TRIAL_NO_SESSION);
	if (own != TRIAL_NO_SESSION)
		assert_true(highest >= own);
}

static void test_A13_password_fields(void **state)
{
	(void)state;
	assert_true(administrator_password_set("$y$j9T$abc$def"));
	assert_false(administrator_password_set(""));
	assert_false(administrator_password_set(NULL));
	assert_false(administrator_password_set("!"));
	assert_false(administrator_password_set("*"));
	assert_false(administrator_password_set("!$y$j9T$abc$def"));
}

/* Puts a text in the place of a file, for this process. */
static void cover(const char *path, const char *text)
{
	char name[] = "/tmp/sekisho-door-XXXXXX";
	int fd = mkostemp(name, O_CLOEXEC);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);
	assert_int_equal(mount(name, path, NULL, MS_BIND, NULL), 0);
	unlink(name);
}

static void test_open_account(void **state)
{
	static const struct {
		const char *passwd, *shadow, *open;
	} rows[] = {
		{"root:x:0:0::/:/bin/sh\n", "root:*:1::::::\n", NULL},
		{"root:x:0:0::/:/bin/sh\n", "root::1::::::\n", "root"},
		{"root:x:0:0::/:/bin/sh\nguest::9:9::/:/bin/sh\n", "root:*:1::::::\n", "guest"},
		{"guest::9:9::/:/bin/sh\n", "guest:*:1::::::\n", "guest"},
	};

	(void)state;
	assert_int_equal(unshare(CLONE_NEWNS), 0);
	assert_int_equal(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL), 0);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		char name[64] = "";
		int r;

		cover("/etc/passwd", rows[i].passwd);
		cover("/etc/shadow", rows[i].shadow);
		r = administrator_find_open_account(name, sizeof(name));
		umount("/etc/shadow");
		umount("/etc/passwd");
		assert_int_equal(r, rows[i].open ? 0 : -ENOENT);
		assert_string_equal(name, rows[i].open ? rows[i].open : "");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_A01_stack_that_asks),
		cmocka_unit_test(test_A01_stack_that_does_not_ask),
		cmocka_unit_test(test_stack_traces),
		cmocka_unit_test(test_trial_round),
		cmocka_unit_test(test_trial_bad_text),
		cmocka_unit_test(test_trial_needs_a_new_session),
		cmocka_unit_test(test_trial_session_of_this_process),
		cmocka_unit_test(test_A13_password_fields),
		cmocka_unit_test(test_open_account),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
