/* rounds N: dlopen (by libpam), authenticate, account, dlclose, N times. Run under valgrind by
 * tests/pam/module-rounds: a guest in gdm's worker must leave nothing behind. */
#include "cleanup.h"
#include "lying_authd.h"
#include "number.h"
#include "verdict.h"

#include <fcntl.h>
#include <limits.h>
#include <security/pam_appl.h>
#include <string.h>

static int converse(int count, const struct pam_message **messages, struct pam_response **responses,
		    void *data)
{
	(void)messages;
	(void)data;
	*responses = calloc((size_t)count, sizeof(**responses));
	if (!*responses)
		return PAM_BUF_ERR;
	(*responses)->resp = strdup("1234");
	return PAM_SUCCESS;
}

static int one_round(const char *directory)
{
	static const struct pam_conv conv = {converse, NULL};
	pam_handle_t *pamh = NULL;
	int code;

	code = pam_start_confdir("door", "hanako", &conv, directory, &pamh);
	if (code == PAM_SUCCESS)
		code = pam_authenticate(pamh, PAM_SILENT);
	if (code == PAM_SUCCESS)
		code = pam_acct_mgmt(pamh, PAM_SILENT);
	pam_end(pamh, code);
	return code;
}

static unsigned int open_descriptors(void)
{
	unsigned int count = 0;

	for (int fd = 0; fd < 1024; fd++)
		count += fcntl(fd, F_GETFD) >= 0;
	return count;
}

static int write_stack(const char *directory, const char *program)
{
	char module[PATH_MAX];
	char path[PATH_MAX];
	FILE *file;

	if (!realpath(program, module))
		return -1;
	for (int i = 0; i < 3; i++)
		*strrchr(module, '/') = '\0';
	snprintf(path, sizeof(path), "%s/door", directory);
	file = fopen(path, "we");
	if (!file)
		return -1;
	fprintf(file, "auth required %s/pam_sekisho.so socket=%s/auth.sock\n", module, directory);
	fprintf(file, "account required %s/pam_sekisho.so account=door\n", module);
	return fclose(file);
}

int main(int argc, char **argv)
{
	static const struct lying_step script[] = {{LIE_PROMPT, 0, "PIN: ", "1234"},
						   {LIE_VERDICT, VERDICT_GRANTED, NULL, NULL},
						   {LIE_END, 0, NULL, NULL}};
	char directory[] = "/tmp/sekisho-rounds-XXXXXX";
	char path[64];
	struct lying_authd authd = {};
	uint64_t rounds;
	uint64_t done = 0;
	unsigned int before, after;

	if (argc != 2 || number_parse(argv[1], 1, 1000000, &rounds) < 0 || !mkdtemp(directory) ||
	    write_stack(directory, argv[0]) < 0 ||
	    lying_authd_start(&authd, directory, script, (unsigned int)rounds) < 0)
		return 2;
	before = open_descriptors();
	while (done < rounds && one_round(directory) == PAM_SUCCESS)
		done++;
	after = open_descriptors();
	lying_authd_end(&authd);
	snprintf(path, sizeof(path), "%s/door", directory);
	unlink(path);
	rmdir(directory);
	printf("%llu rounds of %llu, %u descriptors before, %u after\n", (unsigned long long)done,
	       (unsigned long long)rounds, before, after);
	return done == rounds && before == after ? 0 : 1;
}
