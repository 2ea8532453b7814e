/* The built module under libpam with the real authd, its session and token child and a software
 * key. */
#ifndef SEKISHO_REAL_FIXTURE_H
#define SEKISHO_REAL_FIXTURE_H

#include "door.h"

#include "tests/auth/authd.h"

#include "cleanup.h"

#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static pid_t authd;

static inline void stop_authd(void)
{
	if (authd <= 0)
		return;
	kill(authd, SIGTERM);
	waitpid(authd, NULL, 0);
	authd = 0;
}

static inline void socket_path(char *path, size_t size)
{
	snprintf(path, size, "%s/auth.sock", door_folder);
}

static inline int setup(void **state)
{
	char path[128];

	if (door_setup(state) < 0 || terminal_setup(state) < 0)
		return -1;
	terminal_configure(*state, PATIENT);
	socket_path(path, sizeof(path));
	authd = authd_start(*state, path, false);
	door_write("", "account=door",
		   "auth required pam_permit.so\naccount required pam_permit.so\n");
	return 0;
}

static inline int teardown(void **state)
{
	char path[128];

	stop_authd();
	socket_path(path, sizeof(path));
	unlink(path);
	return terminal_teardown(state) < 0 ? -1 : door_teardown(state);
}

/* What the two halves of a log-in end with. */
struct ending {
	int auth;
	int account;
};

static inline struct ending visit(struct person *person)
{
	pam_handle_t *pamh = door_begin(person);
	struct ending ending;

	ending.auth = pam_authenticate(pamh, 0);
	ending.account = pam_acct_mgmt(pamh, PAM_SILENT);
	pam_end(pamh, ending.auth);
	return ending;
}

static inline void assert_granted(struct person *person)
{
	struct ending ending = visit(person);

	assert_int_equal(ending.auth, PAM_SUCCESS);
	assert_int_equal(ending.account, PAM_SUCCESS);
}

/* With that code, and these words in the log; account management refuses too. */
static inline void assert_refused(struct person *person, int code, const char *log)
{
	struct ending ending = visit(person);

	if (ending.auth != code || !strstr(door_log(), log))
		print_error("code %d, wanted %d %s; last shown: %s\n%s", ending.auth, code, log,
			    person->last, door_log());
	assert_int_equal(ending.auth, code);
	assert_int_equal(ending.account, PAM_PERM_DENIED);
	assert_non_null(strstr(door_log(), log));
}

/* A key of hanako's, plugged in. */
static inline void enrol(struct terminal *terminal)
{
	PLUG(terminal, 0);
	terminal_enrol(terminal, 0, "hanako", PIN);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

#endif
