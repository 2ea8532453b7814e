/* Which program may have whom judged. */
#include "agent/auth/caller.h"
#include "agent/auth/limits.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct settings settings = {.single_prompt = "postgresql", .service_users = "daemon"};

static enum failure check(uint32_t uid, const char *user, const char *service, uint32_t flags)
{
	struct auth_hello hello = {.flags = flags};

	snprintf(hello.user, sizeof(hello.user), "%s", user);
	snprintf(hello.service, sizeof(hello.service), "%s", service);
	return caller_check(uid, &hello, &settings);
}

static void test_who(void **state)
{
	const struct passwd *daemon = getpwnam("daemon");
	uint32_t uid;

	(void)state;
	assert_non_null(daemon);
	uid = daemon->pw_uid;
	assert_int_equal(check(0, "hanako", "login", 0), FAILURE_NONE);
	assert_int_equal(check(0, "hanako", AUTH_VOUCH_SERVICE, AUTH_VOUCH), FAILURE_NONE);
	/* No service has a policy of its own for it. */
	assert_int_equal(check(0, "hanako", "login", AUTH_VOUCH), FAILURE_FORBIDDEN);
	assert_int_equal(check(uid, "daemon", "locker", 0), FAILURE_NONE);
	assert_int_equal(check(uid, "hanako", "locker", 0), FAILURE_FORBIDDEN);
	assert_int_equal(check(0x7ffffff0, "hanako", "locker", 0), FAILURE_FORBIDDEN);
	assert_int_equal(check(uid, "hanako", "postgresql", 0), FAILURE_NONE);
	/* A server that asks for codes gets nobody's key that way. */
	assert_int_equal(check(uid, "hanako", "postgresql", AUTH_VOUCH), FAILURE_FORBIDDEN);
	assert_int_equal(check(uid, "daemon", "postgresql", AUTH_VOUCH), FAILURE_FORBIDDEN);
	assert_int_equal(check(uid, "hanako", AUTH_VOUCH_SERVICE, AUTH_VOUCH), FAILURE_FORBIDDEN);
	assert_int_equal(check(uid, "daemon", AUTH_VOUCH_SERVICE, AUTH_VOUCH), FAILURE_NONE);
}

/* Whether somebody had logged in before, as the kernel tells it of this program, and of one that is
 * gone. */
static void test_first(void **state)
{
	struct caller caller = caller_of(1000, 0x7fffffff);
	char text[16] = "";
	FILE *file;

	(void)state;
	assert_int_equal(caller.uid, 1000);
	assert_int_equal(caller.pid, 0x7fffffff);
	assert_int_equal(caller.loginuid, LIMITS_NO_LOGIN);
	/* Not known, so not said. */
	assert_false(caller.first);
	caller = caller_of(0, getpid());
	file = fopen("/proc/self/loginuid", "re");
	if (file) {
		assert_non_null(fgets(text, sizeof(text), file));
		fclose(file);
	}
	assert_int_equal(caller.first, strcmp(text, "4294967295") == 0);
	assert_int_equal(caller.loginuid,
			 text[0] ? strtoul(text, NULL, 10) : (unsigned long)LIMITS_NO_LOGIN);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_who),
		cmocka_unit_test(test_first),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
