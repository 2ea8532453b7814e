/* Sessions from afar, as a stand-in for libsystemd tells of them. */
#include "agent/auth/session.h"

#include "cleanup.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

static char library[4096];

static void test_sessions(void **state)
{
	static const struct {
		pid_t pid;
		bool remote;
	} rows[] = {
		{101, false}, /* of a session here */
		{102, true},
		{103, true}, /* sshd's from localhost, which pam_systemd calls no remote one */
		{104, false}, /* started by the manager of a user with a session here */
		{105, true}, /* and one from afar */
		{106, false}, /* nobody's */
		{107, false},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		assert_int_equal(session_is_remote(library, rows[i].pid), rows[i].remote);
}

/* Nobody knows: as at the terminal. */
static void test_no_library(void **state)
{
	(void)state;
	assert_false(session_is_remote("/nonexistent", 102));
	/* One that has none of the functions. */
	assert_false(session_is_remote("libc.so.6", 102));
}

/* The real one knows what we ask of it. */
static void test_real_library(void **state)
{
	(void)state;
	assert_false(session_is_remote(SESSION_LIBRARY, 0x7fffffff));
}

static void test_exists(void **state)
{
	(void)state;
	/* Gone: not known. */
	assert_true(session_exists(0x7fffffff));
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sessions),
		cmocka_unit_test(test_no_library),
		cmocka_unit_test(test_real_library),
		cmocka_unit_test(test_exists),
	};

	size_t length;

	(void)argc;
	/* BUILD/MODE/tests/unit/test_session -> BUILD/MODE/tests/logind.so */
	if (!realpath(argv[0], library))
		return 1;
	for (int i = 0; i < 2; i++)
		*strrchr(library, '/') = '\0';
	length = strlen(library);
	snprintf(library + length, sizeof(library) - length, "/logind.so");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
