/* Where sessions are, as a stand-in for libsystemd tells of them. */
#include "agent/auth/factors.h"
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
		enum session_place place;
	} rows[] = {
		{5000101, SESSION_HERE},
		{5000102, SESSION_AFAR},
		{5000103,
		 SESSION_AFAR}, /* sshd's from localhost, which pam_systemd calls no remote one */
		{5000104, SESSION_HERE}, /* started by the manager of a user with a session here */
		{5000105, SESSION_AFAR}, /* and one from afar */
		{5000106, SESSION_NOWHERE}, /* nobody's */
		{5000107, SESSION_NOWHERE},
		{5000108, SESSION_NOWHERE}, /* a job by the clock, in a session without a seat */
		{5000109, SESSION_NOWHERE},
		{5000110, SESSION_HERE},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		assert_int_equal(session_place(library, rows[i].pid), rows[i].place);
}

/* What can't be asked has not said that the person is here. */
static void test_no_library(void **state)
{
	(void)state;
	assert_int_equal(session_place("/nonexistent", 5000101), SESSION_NOWHERE);
	/* One that has none of the functions. */
	assert_int_equal(session_place("libc.so.6", 5000101), SESSION_NOWHERE);
}

/* The real one knows what we ask of it. */
static void test_real_library(void **state)
{
	(void)state;
	assert_int_equal(session_place(SESSION_LIBRARY, 0x7fffffff), SESSION_NOWHERE);
}

/* A colleague vouches for whom they see: where nobody knows where the person is, for nobody. A key
 * is asked for as at the terminal, for it has to be there. */
static void test_ways(void **state)
{
	static const struct {
		const char *service, *rhost;
		pid_t pid;
		enum factors_way way;
		bool substitute;
	} rows[] = {
		{"sudo", "", 5000101, FACTORS_HERE, true},
		{"sudo", "", 5000102, FACTORS_AFAR, false},
		{"sudo", "", 5000106, FACTORS_NOWHERE, false},
		{"sudo", "", 5000108, FACTORS_NOWHERE, false},
		/* Ended: its place is nobody's. */
		{"sudo", "", 0x7fffffff, FACTORS_NOWHERE, false},
		{"sudo", "far", 5000101, FACTORS_AFAR, false},
		{"sshd", "", 5000101, FACTORS_AFAR, false},
	};
	const struct settings settings = {.pairs.key = true};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct auth_hello hello = {};
		enum factors_way way;

		snprintf(hello.service, sizeof(hello.service), "%s", rows[i].service);
		snprintf(hello.rhost, sizeof(hello.rhost), "%s", rows[i].rhost);
		way = factors_way(&settings, &hello, rows[i].pid, library);
		assert_int_equal(way, rows[i].way);
		assert_int_equal(factors_substitute(&settings, way), rows[i].substitute);
		assert_int_equal(factors_offer(&settings, way),
				 way == FACTORS_AFAR ? FACTORS_CONFIRMED_KEY : FACTORS_KEY);
	}
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
		cmocka_unit_test(test_sessions),     cmocka_unit_test(test_no_library),
		cmocka_unit_test(test_real_library), cmocka_unit_test(test_exists),
		cmocka_unit_test(test_ways),
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
