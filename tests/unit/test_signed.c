/* No password is asked for, whatever a file wants: a program that signs or verifies would wait at
 * the terminal, and whoever sends a letter could have one typed. */
#include "authority_fixture.h"

#include "signed.h"

#include <openssl/pem.h>
#include <pty.h>
#include <sys/wait.h>
#include <unistd.h>

#define PASSWORD "sesame"
#define SECONDS	 10

/* RFC 1421: what is below it is encrypted. */
#define LOCKED "Proc-Type: 4,ENCRYPTED\nDEK-Info: AES-256-CBC,0123456789ABCDEF0123456789ABCDEF\n\n"

static const char letter[] = "-----BEGIN CMS-----\n" LOCKED "AAAAAAAAAAAAAAAAAAAAAA==\n"
			     "-----END CMS-----\n";
static const char certificate_text[] = "-----BEGIN CERTIFICATE-----\n" LOCKED
				       "AAAAAAAAAAAAAAAAAAAAAA==\n-----END CERTIFICATE-----\n";

static char pem[256], key[256];

/* The collector's, now with a password. */
static void lock_key(void)
{
	EVP_PKEY *open = NULL;
	BIO *file;

	assert_int_equal(pemfile_key(AT_FDCWD, key, &open), 0);
	file = BIO_new_file(key, "w");
	assert_non_null(file);
	assert_int_equal(PEM_write_bio_PrivateKey(file, open, EVP_aes_256_cbc(),
						  (const unsigned char *)PASSWORD,
						  (int)strlen(PASSWORD), NULL, NULL),
			 1);
	BIO_free(file);
	EVP_PKEY_free(open);
}

static int make(void)
{
	char *text;
	size_t length;

	return signed_make("content", pem, key, &text, &length);
}

static int open_letter(void)
{
	char *content;
	size_t length;

	return signed_open(letter, strlen(letter), path_of(directory, "authority.pem"), NAME,
			   &content, &length);
}

/* What it ends with at a terminal at which somebody types the password; nothing is shown there. */
static int at_terminal(int (*try)(void))
{
	char shown[256] = "";
	int terminal, status = 0;
	pid_t pid = forkpty(&terminal, NULL, NULL, NULL);

	assert_true(pid >= 0);
	if (pid == 0) {
		alarm(SECONDS);
		_exit(-try());
	}
	assert_int_equal(write(terminal, PASSWORD "\n", strlen(PASSWORD "\n")),
			 strlen(PASSWORD "\n"));
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	if (read(terminal, shown, sizeof(shown) - 1) > 0)
		assert_null(strstr(shown, "pass phrase"));
	close(terminal);
	return -WEXITSTATUS(status);
}

static void nobody_is_asked_for_a_password(void **state)
{
	(void)state;
	set_up();
	snprintf(pem, sizeof(pem), "%s", path_of(directory, "collector.pem"));
	snprintf(key, sizeof(key), "%s", path_of(directory, "collector.key"));
	assert_int_equal(at_terminal(make), 0);
	lock_key();
	assert_int_equal(at_terminal(make), -EINVAL);
	assert_int_equal(at_terminal(open_letter), -EKEYREJECTED);
	put(directory, "authority.pem", certificate_text, 0644);
	assert_int_equal(at_terminal(open_letter), -EINVAL);
	put(directory, "collector.pem", certificate_text, 0644);
	assert_int_equal(at_terminal(make), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(nobody_is_asked_for_a_password),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
