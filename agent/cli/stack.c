#include "stack.h"

#include "authselect.h"
#include "command.h"
#include "pam_auth_update.h"

#include "cleanup.h"
#include "file.h"
#include "gettext.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

#define STACK_FILE_MAX 65536

static const struct stack_keeper keepers[] = {
	{
		.name = "pam-auth-update",
		.program = PAM_AUTH_UPDATE,
		.profile = PAM_AUTH_UPDATE_PROFILE,
		.package = "libpam-sekisho",
		.group = "sudo",
		.files = "/etc/pam.d/common-*",
		.included = "common-auth, common-account",
		.by_hand = N_("take the lines with pam_sekisho.so out by hand"),
		.asks = {{STACK_AUTH, "auth"}, {STACK_ACCOUNT, "account"}},
		.foresee = pam_auth_update_foresee,
		.on = pam_auth_update_on,
		.off = pam_auth_update_off,
	},
	{
		.name = "authselect",
		.program = AUTHSELECT,
		.profile = AUTHSELECT_PROFILE,
		.package = "sekisho-pam",
		.group = "wheel",
		.files = "/etc/authselect/*",
		.included = "system-auth",
		.by_hand = N_("see 'authselect check', and select the old profile with --force"),
		.linked = true,
		.asks = {{"/etc/pam.d/system-auth", "auth"},
			 {"/etc/pam.d/system-auth", "account"},
			 {"/etc/pam.d/password-auth", "auth"},
			 {"/etc/pam.d/password-auth", "account"}},
		.check = authselect_check,
		.tell = authselect_tell,
		.foresee = authselect_foresee,
		.on = authselect_on,
		.off = authselect_off,
		.forget = authselect_forget,
		.unfinished = authselect_unfinished,
	},
};

const struct stack_keeper *stack_keeper(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(keepers); i++)
		if (access(keepers[i].program, X_OK) == 0)
			return &keepers[i];
	return NULL;
}

int stack_fail_unkept(const char *command)
{
	return command_fail(command,
			    _("neither pam-auth-update nor authselect is here, and Sekisho knows "
			      "no other program that switches log-ins"));
}

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

static int read_stack(const struct stack_keeper *keeper, const char *path, char **ret_text)
{
	_cleanup_close_ int fd = -1;
	char target[PATH_MAX];
	size_t length;
	int r;

	if (keeper->linked && !realpath(path, target))
		return -errno;
	r = file_open_trusted(AT_FDCWD, keeper->linked ? target : path, 0, &fd);
	if (r < 0)
		return r;
	return file_read_all(fd, STACK_FILE_MAX, ret_text, &length);
}

int stack_state(bool *ret_on, bool *ret_traces)
{
	const struct stack_keeper *keeper = stack_keeper();
	bool on = true, traces = false;

	if (!keeper)
		return -ENOSYS;
	for (size_t i = 0; i < ARRAY_SIZE(keeper->asks) && keeper->asks[i].path; i++) {
		_cleanup_free_ char *text = NULL;
		int r = read_stack(keeper, keeper->asks[i].path, &text);

		if (r < 0 || !text)
			return r < 0 ? r : -EIO;
		on = on && stack_asks(text, keeper->asks[i].type);
		traces = traces || stack_names(text);
	}
	*ret_on = on;
	*ret_traces = traces;
	return 0;
}

/* Neither program flushes what it writes, and what follows a switch counts on it. */
static int flush(void)
{
	static const char *const written[] = {"/etc", "/var"};

	for (size_t i = 0; i < ARRAY_SIZE(written); i++) {
		_cleanup_close_ int fd = open(written[i], O_RDONLY | O_DIRECTORY | O_CLOEXEC);

		if (fd < 0 || syncfs(fd) < 0)
			return -errno;
	}
	return 0;
}

int stack_switch_on(void)
{
	const struct stack_keeper *keeper = stack_keeper();
	bool on, traces;
	int r = keeper ? keeper->on() : -ENOSYS;

	if (r == 0)
		r = stack_state(&on, &traces);
	if (r == 0 && !on)
		r = -EBUSY;
	return r == 0 ? flush() : r;
}

int stack_switch_off(bool force)
{
	const struct stack_keeper *keeper = stack_keeper();
	bool on, traces;
	int r = keeper ? keeper->off(force) : -ENOSYS;

	if (r == 0)
		r = stack_state(&on, &traces);
	if (r == 0 && traces)
		r = -EBUSY;
	if (r == 0)
		r = flush();
	return r == 0 && keeper->forget ? keeper->forget() : r;
}

bool stack_unfinished(void)
{
	const struct stack_keeper *keeper = stack_keeper();

	return keeper && keeper->unfinished && keeper->unfinished();
}
