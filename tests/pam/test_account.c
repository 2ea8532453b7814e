/* The account part, and what authd hears of it: whether the program went on after our verdict.
 * L-01. */
#include "door.h"

#include "verdict.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <string.h>
#include <unistd.h>

static const struct lying_step granting[] = {PROMPT("1234"), SAY(VERDICT_GRANTED), END};
static const struct lying_step refusing[] = {PROMPT("1234"), SAY(VERDICT_WRONG), END};

/* What the account part says of hanako where nobody was asked for a key, of a service file with
 * @options and @module. */
static int account_alone(const char *options, const char *module)
{
	struct person person = {};
	pam_handle_t *pamh;
	int code;

	door_write("", options, module);
	pamh = door_begin(&person);
	code = pam_acct_mgmt(pamh, 0);
	pam_end(pamh, PAM_SUCCESS);
	return code;
}

static void test_account(void **state)
{
	struct person person = {.answer = "1234"};
	pam_handle_t *pamh;
	char other[128];
	int code;

	(void)state;
	door_write("", "account=sshd,door", "");
	pamh = door_begin(&person);
	/* No authentication of ours, as with an ssh public key. */
	assert_int_equal(pam_acct_mgmt(pamh, 0), PAM_PERM_DENIED);
	assert_non_null(strstr(person.last, "S-1005"));
	assert_non_null(strstr(door_log(), "\"hanako\": account-missing"));

	assert_int_equal(door_ask(pamh, granting), PAM_SUCCESS);
	assert_int_equal(pam_acct_mgmt(pamh, 0), PAM_SUCCESS);
	assert_int_equal(pam_setcred(pamh, PAM_ESTABLISH_CRED), PAM_SUCCESS);

	/* The verdict is about this person, this door and the last question. */
	assert_int_equal(pam_set_item(pamh, PAM_USER, "taro"), PAM_SUCCESS);
	assert_int_equal(pam_acct_mgmt(pamh, 0), PAM_PERM_DENIED);
	assert_int_equal(pam_set_item(pamh, PAM_USER, "hanako"), PAM_SUCCESS);
	assert_int_equal(pam_acct_mgmt(pamh, 0), PAM_SUCCESS);
	snprintf(other, sizeof(other), "%s/sshd", door_folder);
	assert_int_equal(symlink("door", other), 0);
	assert_int_equal(pam_set_item(pamh, PAM_SERVICE, "sshd"), PAM_SUCCESS);
	code = pam_acct_mgmt(pamh, 0);
	unlink(other);
	assert_int_equal(code, PAM_PERM_DENIED);
	assert_int_equal(pam_set_item(pamh, PAM_SERVICE, "door"), PAM_SUCCESS);
	assert_int_equal(pam_acct_mgmt(pamh, PAM_SILENT), PAM_SUCCESS);
	assert_int_equal(door_ask(pamh, refusing), PAM_AUTH_ERR);
	assert_int_equal(pam_acct_mgmt(pamh, 0), PAM_PERM_DENIED);
	pam_end(pamh, PAM_SUCCESS);

	/* Without a list every service needs it. */
	assert_int_equal(account_alone("", ""), PAM_PERM_DENIED);
}

/* A service that the root-owned list leaves out: ours is no voice, others decide, and alone it
 * opens nothing. */
static void test_account_other(void **state)
{
	(void)state;
	assert_int_equal(
		account_alone("account=sshd,doors,doo", "account required pam_permit.so\n"),
		PAM_SUCCESS);
	assert_int_not_equal(account_alone("account=sshd", "account required pam_deny.so\n"),
			     PAM_SUCCESS);
	assert_int_not_equal(account_alone("account=sshd", ""), PAM_SUCCESS);
}

/* What authd hears after its verdict: whether the program went on. */
static void test_outcome(void **state)
{
	static const struct lying_step passed[] = {
		PROMPT("1234"), SAY(VERDICT_GRANTED), {LIE_PASSED, 0, NULL, NULL}, END};
	static const struct lying_step left[] = {
		PROMPT("1234"), SAY(VERDICT_GRANTED), {LIE_STALL, 0, NULL, NULL}, END};
	struct person person = {.answer = "1234"};

	(void)state;
	door_write("", "account=sshd", "");
	for (int i = 0; i < 5; i++) {
		const struct lying_step *script = i < 3 ? passed : left;
		struct lying_authd authd = {};
		pam_handle_t *pamh = door_begin(&person);

		assert_int_equal(lying_authd_start(&authd, door_folder, script, 1), 0);
		assert_int_equal(pam_authenticate(pamh, 0), PAM_SUCCESS);
		if (i == 0)
			pam_acct_mgmt(pamh, 0); /* of a service that is not on the list, too */
		if (i == 1)
			pam_setcred(pamh, PAM_REINITIALIZE_CRED);
		if (i == 2) { /* told once */
			pam_acct_mgmt(pamh, 0);
			pam_setcred(pamh, PAM_ESTABLISH_CRED);
		}
		if (i == 3)
			pam_setcred(pamh, PAM_DELETE_CRED);
		pam_end(pamh, PAM_SUCCESS);
		assert_int_equal(lying_authd_end(&authd), 0);
		assert_null(strstr(door_log(), "telling authd"));
	}
}

/* The next descriptor that would be opened. */
static int next_descriptor(void)
{
	int fd = dup(STDERR_FILENO);

	close(fd);
	return fd;
}

/* A program that closes what it does not know, and opens something of its own in its place. */
static void test_outcome_descriptor_reused(void **state)
{
	static const struct lying_step left[] = {
		PROMPT("1234"), SAY(VERDICT_GRANTED), {LIE_STALL, 0, NULL, NULL}, END};
	struct person person = {.answer = "1234"};
	struct lying_authd authd = {};
	pam_handle_t *pamh;
	int theirs[2];
	char byte;
	int ours;

	(void)state;
	door_write("", "", "");
	pamh = door_begin(&person);
	assert_int_equal(lying_authd_start(&authd, door_folder, left, 1), 0);
	ours = next_descriptor();
	assert_int_equal(pam_authenticate(pamh, 0), PAM_SUCCESS);
	assert_int_not_equal(next_descriptor(), ours);
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, theirs), 0);
	assert_int_equal(dup2(theirs[0], ours), ours);
	assert_int_equal(pam_acct_mgmt(pamh, 0), PAM_SUCCESS);
	pam_end(pamh, PAM_SUCCESS);
	assert_int_equal(recv(theirs[1], &byte, 1, MSG_DONTWAIT), -1);
	assert_int_equal(fcntl(ours, F_GETFD), 0);
	close(ours);
	close(theirs[0]);
	close(theirs[1]);
	assert_int_equal(lying_authd_end(&authd), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, door_setup, door_teardown)

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		TEST(test_account),
		TEST(test_outcome),
		TEST(test_account_other),
		TEST(test_outcome_descriptor_reused),
	};

	(void)argc;
	if (door_find_module(argv[0]) < 0)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
