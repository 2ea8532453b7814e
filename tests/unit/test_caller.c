/* Which program may have whom judged. */
#include "agent/auth/caller.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <pwd.h>
#include <stdio.h>
#include <string.h>

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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_who),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
