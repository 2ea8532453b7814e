/* rounds N [leak]: dlopen (by libpam), authenticate, account, dlclose, N times, and what is in use
 * after the first of them and after the last. Run by tests/pam/module-rounds: a guest in gdm's
 * worker must leave nothing behind. "leak": the program itself leaves a little, which must be seen.
 */
#include "cleanup.h"
#include "lying_authd.h"
#include "number.h"
#include "verdict.h"

#include <fcntl.h>
#include <limits.h>
#include <malloc.h>
#include <stdbool.h>
#include <security/pam_appl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#define FIRST 100 /* rounds, by which libc has what it keeps for itself */
#define BYTES_MORE                                                                                 \
	16384 /* that may be in use then: a block in each round would be 18 times that             \
	       */

struct use {
	unsigned int descriptors;
	size_t bytes; /* of the heap */
};

/* What "leak" leaves: reachable, so that no search for lost blocks would find it. */
struct block {
	struct block *next;
};
static struct block *left;

static bool leave_block(void)
{
	struct block *block = malloc(sizeof(*block));

	if (!block)
		return false;
	*block = (struct block){left};
	left = block;
	return true;
}

static int converse(int count, const struct pam_message **messages, struct pam_response **responses,
		    void *data)
{
	const bool *leak = data;

	(void)messages;
	if (*leak && !leave_block())
		return PAM_BUF_ERR;
	*responses = calloc((size_t)count, sizeof(**responses));
	if (!*responses)
		return PAM_BUF_ERR;
	(*responses)->resp = strdup("1234");
	return PAM_SUCCESS;
}

static int one_round(const char *directory, bool leak)
{
	const struct pam_conv conv = {converse, &leak};
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

static struct use in_use(void)
{
	struct use use = {.bytes = mallinfo2().uordblks};

	for (int fd = 0; fd < 1024; fd++)
		use.descriptors += fcntl(fd, F_GETFD) >= 0;
	return use;
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
	struct use before = {}, after = {};
	bool leak = argc == 3 && strcmp(argv[2], "leak") == 0;
	int code = PAM_SUCCESS;

	if (argc != 2 + leak || number_parse(argv[1], FIRST + 1, 1000000, &rounds) < 0 ||
	    !mkdtemp(directory) || write_stack(directory, argv[0]) < 0 ||
	    lying_authd_start(&authd, directory, script, (unsigned int)rounds) < 0)
		return 2;
	while (done < rounds && (code = one_round(directory, leak)) == PAM_SUCCESS)
		if (++done == FIRST)
			before = in_use();
	after = in_use();
	if (done < rounds) {
		printf("round %llu: code %d\n", (unsigned long long)done + 1, code);
		kill(authd.pid, SIGKILL); /* it would wait for the others */
	}
	lying_authd_end(&authd);
	snprintf(path, sizeof(path), "%s/door", directory);
	unlink(path);
	rmdir(directory);
	printf("%llu rounds of %llu, in use after %d: %u descriptors, %zu bytes; after all: %u, "
	       "%zu\n",
	       (unsigned long long)done, (unsigned long long)rounds, FIRST, before.descriptors,
	       before.bytes, after.descriptors, after.bytes);
	return done == rounds && before.descriptors == after.descriptors &&
			       after.bytes <= before.bytes + BYTES_MORE
		       ? 0
		       : 1;
}
