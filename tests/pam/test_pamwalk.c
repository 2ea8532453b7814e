/* The walker against the library that it follows: random stacks of a module that returns what its
 * line says (pam_debug(8)), read by both from the same files. Both parts must end with the same
 * code. */
#include "agent/cli/pamwalk.h"

#include "cleanup.h"
#include "file.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <security/pam_appl.h>

#define ROUNDS	  1500
#define LINES_MAX 8
#define FILES	  4 /* door, and three that it may include */

static char folder[] = "/tmp/sekisho-walk-XXXXXX";
static uint64_t random_state;

static unsigned int pick(unsigned int below)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return (unsigned int)(random_state % below);
}

static const char *code_word(void)
{
	/* Those that controls name most. PAM_INCOMPLETE asks again: no result. */
	static const uint8_t usual[] = {PAM_SUCCESS,	     PAM_SUCCESS, PAM_SUCCESS,
					PAM_AUTH_ERR,	     PAM_IGNORE,  PAM_USER_UNKNOWN,
					PAM_NEW_AUTHTOK_REQD};

	return pamstack_code_name(pick(4) ? usual[pick(sizeof(usual))] : pick(PAM_INCOMPLETE));
}

static void write_bracket(FILE *file)
{
	static const char *const actions[] = {"ignore", "ok",	 "ok", "done", "bad",
					      "die",	"reset", "1",  "2",    "3"};
	unsigned int count = 1 + pick(4);

	putc('[', file);
	for (unsigned int i = 0; i < count; i++)
		fprintf(file, "%s%s=%s%s", pick(3) ? "" : " ", pick(3) ? code_word() : "default",
			actions[pick(ARRAY_SIZE(actions))], " ");
	fputs("] ", file);
}

static void write_control(FILE *file)
{
	static const char *const words[] = {"required", "requisite", "sufficient", "optional",
					    "Required"};

	if (pick(2))
		fprintf(file, "%s%s", words[pick(ARRAY_SIZE(words))], pick(9) ? " " : " \\\n\t");
	else
		write_bracket(file);
}

/* A file includes those behind it only, so that there is no circle. */
static void write_line(FILE *file, size_t which, const char *type)
{
	size_t inner = which + 1 + pick(FILES);

	if (inner < FILES) {
		if (pick(3) == 0)
			fprintf(file, "@include %s/file%zu\n", folder, inner);
		else
			fprintf(file, "%s %s %s/file%zu\n", type, pick(2) ? "include" : "substack",
				folder, inner);
		return;
	}
	fprintf(file, "%s%s ", pick(8) ? "" : "-", type);
	write_control(file);
	fprintf(file, "pam_debug.so auth=%s acct=%s%s\n", code_word(), code_word(),
		pick(6) ? "" : " # comment");
}

static void write_files(void)
{
	for (size_t i = 0; i < FILES; i++) {
		unsigned int lines = pick(LINES_MAX) + (i == 0);
		char path[64];
		FILE *file;

		snprintf(path, sizeof(path), "%s/file%zu", folder, i);
		file = fopen(path, "we");
		assert_non_null(file);
		for (unsigned int j = 0; j < lines; j++)
			write_line(file, i, pick(4) ? "auth" : "account");
		assert_int_equal(fclose(file), 0);
	}
}

/* The folder is /etc/pam.d to the reader. */
static int read_file(void *user, const char *path, char **ret_text, size_t *ret_length)
{
	_cleanup_close_ int fd = -1;
	char place[128];

	(void)user;
	if (strncmp(path, PAMSTACK_VENDOR, strlen(PAMSTACK_VENDOR)) == 0)
		return -ENOENT;
	if (strncmp(path, PAMSTACK_DIRECTORY, strlen(PAMSTACK_DIRECTORY)) == 0)
		snprintf(place, sizeof(place), "%s%s", folder, path + strlen(PAMSTACK_DIRECTORY));
	else
		snprintf(place, sizeof(place), "%s", path);
	fd = open(place, O_RDONLY | O_CLOEXEC);
	return fd < 0 ? -errno : file_read_all(fd, 65536, ret_text, ret_length);
}

static unsigned int code_of(const char *word)
{
	for (unsigned int i = 0; i < PAMSTACK_CODES; i++)
		if (strcmp(pamstack_code_name(i), word) == 0)
			return i;
	fail_msg("no code: %s", word);
	return 0;
}

/* What the line of the module says. */
static unsigned int answer(const struct pamstack_element *element, const char *word)
{
	const char *at = strstr(element->arguments, word);
	char name[64];

	assert_non_null(at);
	at += strlen(word);
	snprintf(name, sizeof(name), "%.*s", (int)strcspn(at, "\n"), at);
	return code_of(name);
}

static unsigned int walk_chain(const struct pamstack_chain *chain, const char *word)
{
	struct pamwalk walk;

	pamwalk_begin(&walk);
	while (pamwalk_next(chain, &walk))
		pamwalk_take(chain, &walk, answer(&chain->list[walk.at], word));
	return pamwalk_verdict(&walk);
}

static int converse(int count, const struct pam_message **messages, struct pam_response **responses,
		    void *data)
{
	(void)messages, (void)data;
	*responses = calloc((size_t)count, sizeof(**responses));
	return *responses ? PAM_SUCCESS : PAM_BUF_ERR;
}

static void compare(unsigned int round)
{
	static const struct pam_conv conv = {converse, NULL};
	const struct pamstack_source source = {.read = read_file};
	static struct pamstack stack;
	struct pamstack_trouble trouble;
	pam_handle_t *pamh = NULL;
	unsigned int auth, account, by_library, account_by_library;
	int r;

	write_files();
	r = pamstack_load(&source, "file0", &stack, &trouble);
	if (r < 0)
		/* That is a stack with too many modules, which the library takes. */
		assert_int_equal(trouble.reason, PAMSTACK_MANY);
	if (r == 0) {
		auth = walk_chain(&stack.chains[PAMSTACK_AUTH], "auth=");
		account = walk_chain(&stack.chains[PAMSTACK_ACCOUNT], "acct=");
		assert_int_equal(pam_start_confdir("file0", "nobody", &conv, folder, &pamh),
				 PAM_SUCCESS);
		by_library = (unsigned int)pam_authenticate(pamh, PAM_SILENT);
		account_by_library = (unsigned int)pam_acct_mgmt(pamh, PAM_SILENT);
		pam_end(pamh, PAM_SUCCESS);
		if (by_library != auth || account_by_library != account)
			fail_msg("round %u: %u and %u, the library %u and %u; see %s", round, auth,
				 account, by_library, account_by_library, folder);
	}
	pamstack_free(&stack);
}

static void test_random_stacks(void **state)
{
	(void)state;
	random_state = 20261126;
	for (unsigned int round = 0; round < ROUNDS; round++)
		compare(round);
}

static int set_up(void **state)
{
	char path[64];
	FILE *file;

	(void)state;
	if (!mkdtemp(folder))
		return -1;
	snprintf(path, sizeof(path), "%s/other", folder);
	file = fopen(path, "we");
	if (!file)
		return -1;
	fputs("auth required pam_debug.so auth=acct_expired\n"
	      "account required pam_debug.so acct=cred_err\n",
	      file);
	return fclose(file);
}

static int tear_down(void **state)
{
	static const char *const names[] = {"other", "file0", "file1", "file2", "file3"};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		char path[64];

		snprintf(path, sizeof(path), "%s/%s", folder, names[i]);
		unlink(path);
	}
	return rmdir(folder);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_random_stacks, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
