#include "stack.h"

#include "cleanup.h"
#include "file.h"
#include "program.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#define STACK_FILE_MAX 65536

/* Copies the next word of a line; false at its end. A control in brackets is one word. */
static bool next_word(const char **at, char *word, size_t size)
{
	size_t length;

	*at += strspn(*at, " \t");
	if (**at == '\0' || **at == '\n' || **at == '#')
		return false;
	length = **at == '[' ? strcspn(*at, "]\n") + 1 : strcspn(*at, " \t\n");
	if (length >= size)
		return false;
	memcpy(word, *at, length);
	word[length] = '\0';
	*at += length;
	return true;
}

static const char *next_line(const char *at)
{
	at += strcspn(at, "\n");
	return *at ? at + 1 : at;
}

bool stack_asks(const char *text, const char *type)
{
	for (const char *line = text; *line; line = next_line(line)) {
		const char *at = line;
		char word[256];

		if (!next_word(&at, word, sizeof(word)) || strcmp(word, type) != 0)
			continue;
		/* The first line of the type decides: a module before ours could end the stack. */
		return next_word(&at, word, sizeof(word)) && strcmp(word, "required") == 0 &&
		       next_word(&at, word, sizeof(word)) && strcmp(word, "pam_sekisho.so") == 0;
	}
	return false;
}

bool stack_names(const char *text)
{
	for (const char *line = text; *line; line = next_line(line)) {
		size_t length = strcspn(line, "#\n");

		if (memmem(line, length, "pam_sekisho", strlen("pam_sekisho")))
			return true;
	}
	return false;
}

static int read_stack(const char *path, char **ret_text)
{
	_cleanup_close_ int fd = -1;
	size_t length;
	int r;

	r = file_open_trusted(AT_FDCWD, path, 0, &fd);
	if (r < 0)
		return r;
	return file_read_all(fd, STACK_FILE_MAX, ret_text, &length);
}

int stack_state(bool *ret_on, bool *ret_traces)
{
	_cleanup_free_ char *auth = NULL;
	_cleanup_free_ char *account = NULL;
	int r;

	r = read_stack(STACK_AUTH, &auth);
	if (r < 0)
		return r;
	r = read_stack(STACK_ACCOUNT, &account);
	if (r < 0)
		return r;
	*ret_on = stack_asks(auth, "auth") && stack_asks(account, "account");
	*ret_traces = stack_names(auth) || stack_names(account);
	return 0;
}

int stack_switch(bool on)
{
	const char *const argv[] = {"/usr/sbin/pam-auth-update", "--package",
				    on ? "--enable" : "--disable", "sekisho", NULL};
	bool is_on;
	bool traces;
	int r;

	r = program_run(argv);
	if (r < 0)
		return r;
	r = stack_state(&is_on, &traces);
	if (r < 0)
		return r;
	if (on ? !is_on : traces)
		return -EBUSY;
	return 0;
}
