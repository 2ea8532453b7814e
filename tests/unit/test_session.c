/* Where sessions are, as a stand-in for libsystemd tells of them. */
#include "agent/auth/factors.h"
#include "agent/auth/remote.h"

#include "cleanup.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>
#include <unistd.h>

static char library[4096];

static void test_sessions(void **state)
{
	static const struct {
		pid_t pid;
		enum session_place place;
	} rows[] = {
		{5000101, SESSION_HERE},
		{5000102, SESSION_ELSEWHERE},
		{5000103,
		 SESSION_AFAR}, /* sshd's from localhost, which pam_systemd calls no remote one */
		{5000104, SESSION_HERE}, /* started by the manager of a user with a session here */
		{5000105, SESSION_AFAR}, /* and one from afar */
		{5000106, SESSION_NOWHERE}, /* nobody's */
		{5000107, SESSION_NOWHERE},
		{5000108, SESSION_NOWHERE}, /* a job by the clock, in a session without a seat */
		{5000109, SESSION_NOWHERE},
		{5000110, SESSION_HERE},
		{5000111, SESSION_NOWHERE}, /* behind another screen */
		{5000112, SESSION_NOWHERE}, /* left running by a session that ended */
		{5000113, SESSION_NOWHERE}, /* started by the manager of a user with only such */
		{5000114, SESSION_AFAR}, /* at a seat, and by ssh as well */
		{5000115, SESSION_NOWHERE}, /* behind, though its user is in front elsewhere */
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
		const char *service, *tty, *rhost;
		pid_t pid;
		enum factors_way way;
		bool substitute;
	} rows[] = {
		{"sudo", "", "", 5000101, FACTORS_HERE, true},
		{"sudo", "", "", 5000102, FACTORS_ELSEWHERE, false},
		{"sudo", "", "", 5000103, FACTORS_AFAR, false},
		{"sudo", "", "", 5000114, FACTORS_AFAR, false},
		{"sudo", "tty1", "", 5000106, FACTORS_NOWHERE, false},
		{"sudo", "tty1", "", 5000108, FACTORS_NOWHERE, false},
		/* Ended: its place is nobody's. */
		{"sudo", "tty1", "", 0x7fffffff, FACTORS_NOWHERE, false},
		{"sudo", "", "192.0.2.7", 5000101, FACTORS_ELSEWHERE, false},
		{"sshd", "", "2001:db8::7", 5000101, FACTORS_ELSEWHERE, false},
		/* Perhaps one more name or address of our own. */
		{"sudo", "", "far", 5000101, FACTORS_AFAR, false},
		{"sshd", "", "far", 5000101, FACTORS_AFAR, false},
		{"sshd", "", "127.1.2.3", 5000101, FACTORS_AFAR, false},
		{"sshd", "", "::ffff:127.0.0.1", 5000101, FACTORS_AFAR, false},
		{"sshd", "", "", 5000101, FACTORS_AFAR, false},
		{"sshd", "", "localhost", 5000101, FACTORS_AFAR, false},
	};
	static const enum factors_offer offers[] = {
		[FACTORS_NOWHERE] = FACTORS_KEY,
		[FACTORS_HERE] = FACTORS_KEY,
		[FACTORS_AFAR] = FACTORS_CONFIRMED_KEY,
		[FACTORS_ELSEWHERE] = FACTORS_KEY_AFAR,
	};
	const struct settings settings = {.pairs.key = true};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct auth_hello hello = {};
		const struct caller caller = {.pid = rows[i].pid};
		enum factors_way way;

		snprintf(hello.service, sizeof(hello.service), "%s", rows[i].service);
		snprintf(hello.tty, sizeof(hello.tty), "%s", rows[i].tty);
		snprintf(hello.rhost, sizeof(hello.rhost), "%s", rows[i].rhost);
		way = factors_way(&settings, &hello, &caller, library);
		assert_int_equal(way, rows[i].way);
		assert_int_equal(factors_substitute(&settings, way), rows[i].substitute);
		assert_int_equal(factors_offer(&settings, way), offers[way]);
	}
}

/* What nobody's log-in came before: only login(1) and greeters are doors, root's and at a screen.
 * Behind a log-in no row is a door. */
static void test_doors(void **state)
{
	static const struct {
		const char *service, *tty;
		uid_t uid;
		uint32_t flags;
		bool door;
	} rows[] = {
		{"login", "tty1", 0, 0, true},
		{"login", "/dev/tty12", 0, 0, true},
		{"lightdm", ":0", 0, 0, true},
		{"xdm", ":0.0", 0, 0, true},
		/* Serial lines, what has no place, and what the network gives one. */
		{"login", "ttyS0", 0, 0, false},
		{"login", "/dev/hvc0", 0, 0, false},
		{"login", "tty", 0, 0, false},
		{"login", "tty1x", 0, 0, false},
		{"login", "", 0, 0, false},
		{"login", "pts/0", 0, 0, false},
		{"login", ":", 0, 0, false},
		{"login", "localhost:10.0", 0, 0, false},
		{"xrdp-sesman", "xrdp-sesman", 0, 0, false},
		/* Within a session, whoever starts them. */
		{"sudo", "tty1", 0, 0, false},
		{"su", "tty1", 0, 0, false},
		{"polkit-1", "tty1", 0, 0, false},
		{AUTH_VOUCH_SERVICE, "tty1", 0, AUTH_VOUCH, false},
		/* A user's program. */
		{"login", "tty1", 1000, 0, false},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct auth_hello hello = {.flags = rows[i].flags};
		struct caller caller = {.uid = rows[i].uid, .pid = getpid(), .first = true};

		snprintf(hello.service, sizeof(hello.service), "%s", rows[i].service);
		snprintf(hello.tty, sizeof(hello.tty), "%s", rows[i].tty);
		assert_int_equal(remote_place(&hello, &caller, "/nonexistent"),
				 rows[i].door ? SESSION_HERE : SESSION_NOWHERE);
		caller.first = false;
		assert_int_equal(remote_place(&hello, &caller, "/nonexistent"), SESSION_NOWHERE);
	}
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sessions),     cmocka_unit_test(test_no_library),
		cmocka_unit_test(test_real_library), cmocka_unit_test(test_ways),
		cmocka_unit_test(test_doors),
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
