#include "door.h"

#include "cleanup.h"

#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <string.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

char door_folder[64];
char door_module[PATH_MAX];

static char log_text[DOOR_LOG_MAX];
static unsigned int delay_asked;

void __syslog_chk(int priority, int flag, const char *format, ...);

/* In the place of the C library's: libpam calls it for pam_syslog. */
__attribute__((visibility("default"), format(printf, 3, 4))) void
__syslog_chk(int priority, int flag, const char *format, ...)
{
	size_t length = strlen(log_text);
	va_list arguments;

	(void)priority;
	(void)flag;
	va_start(arguments, format);
	vsnprintf(log_text + length, sizeof(log_text) - length, format, arguments);
	va_end(arguments);
	length = strlen(log_text);
	snprintf(log_text + length, sizeof(log_text) - length, "\n");
}

const char *door_log(void)
{
	return log_text;
}

unsigned int door_delay(void)
{
	return delay_asked;
}

static char *answer_of(const struct person *person)
{
	size_t length = strlen(person->answer);
	char *answer = calloc(1, length + 1);

	assert_non_null(answer);
	for (size_t i = 0; i < length; i++)
		answer[i] = (char)(person->answer[i] ^ person->key);
	return answer;
}

static char style_letter(int style)
{
	switch (style) {
	case PAM_PROMPT_ECHO_OFF:
		return 'h';
	case PAM_PROMPT_ECHO_ON:
		return 'q';
	case PAM_ERROR_MSG:
		return 'e';
	default:
		return 'i';
	}
}

static int converse(int count, const struct pam_message **messages, struct pam_response **responses,
		    void *data)
{
	struct person *person = data;
	const struct timespec pause = {.tv_sec = person->sleep_ms / 1000,
				       .tv_nsec = person->sleep_ms % 1000 * 1000000L};

	assert_int_equal(count, 1);
	snprintf(person->last, sizeof(person->last), "%s", messages[0]->msg);
	person->last_style = messages[0]->msg_style;
	if (strlen(person->styles) + 1 < sizeof(person->styles))
		person->styles[strlen(person->styles)] = style_letter(person->last_style);
	*responses = NULL;
	nanosleep(&pause, NULL);
	if (person->last_style != PAM_PROMPT_ECHO_OFF && person->last_style != PAM_PROMPT_ECHO_ON) {
		person->notices++;
		return person->code;
	}
	if (person->as_sshd && person->last_style == PAM_PROMPT_ECHO_ON)
		return PAM_CONV_ERR;
	person->prompts++;
	if (person->code != PAM_SUCCESS || person->no_response)
		return person->code;
	*responses = calloc(1, sizeof(**responses));
	assert_non_null(*responses);
	if (person->answer)
		(*responses)->resp = answer_of(person);
	return PAM_SUCCESS;
}

static int write_text(const char *path, const char *text)
{
	_cleanup_close_ int fd = open(path, O_WRONLY | O_CLOEXEC);

	return fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text) ? 0 : -1;
}

static int become_root(void)
{
	char map[64];

	snprintf(map, sizeof(map), "0 %u 1", geteuid());
	if (geteuid() == 0)
		return 0;
	if (unshare(CLONE_NEWUSER) < 0)
		return -1;
	return write_text("/proc/self/uid_map", map);
}

int door_setup(void **state)
{
	(void)state;
	if (become_root() < 0)
		return -1;
	/* The words must not depend on who runs the tests. */
	unsetenv("LC_ALL");
	unsetenv("LC_MESSAGES");
	unsetenv("LANG");
	snprintf(door_folder, sizeof(door_folder), "/tmp/sekisho-pam-XXXXXX");
	return mkdtemp(door_folder) ? 0 : -1;
}

int door_teardown(void **state)
{
	char path[128];

	(void)state;
	snprintf(path, sizeof(path), "%s/door", door_folder);
	unlink(path);
	return rmdir(door_folder);
}

int door_find_module(const char *program)
{
	size_t length;

	if (!realpath(program, door_module))
		return -1;
	for (int i = 0; i < 3; i++)
		*strrchr(door_module, '/') = '\0';
	length = strlen(door_module);
	snprintf(door_module + length, sizeof(door_module) - length, "/pam_sekisho.so");
	return access(door_module, R_OK);
}

void door_write_parts(const char *before, const char *auth, const char *account, const char *after)
{
	char path[128];
	FILE *file;

	snprintf(path, sizeof(path), "%s/door", door_folder);
	file = fopen(path, "we");
	assert_non_null(file);
	fprintf(file, "%s", before);
	fprintf(file, "auth required %s socket=%s/auth.sock record=%s/record.sock %s\n",
		door_module, door_folder, door_folder, auth);
	fprintf(file, "account required %s record=%s/record.sock %s\n", door_module, door_folder,
		account);
	fprintf(file, "session required %s\npassword required %s\n", door_module, door_module);
	fprintf(file, "%s", after);
	assert_int_equal(fclose(file), 0);
}

void door_write(const char *before, const char *arguments, const char *after)
{
	door_write_parts(before, arguments, arguments, after);
}

static void take_delay(int code, unsigned int usec, void *data)
{
	(void)code;
	(void)data;
	delay_asked = usec;
}

pam_handle_t *door_begin_as(struct person *person, const char *user)
{
	const struct pam_conv conv = {converse, person};
	pam_handle_t *pamh = NULL;

	log_text[0] = '\0';
	delay_asked = 0;
	assert_int_equal(pam_start_confdir("door", user, &conv, door_folder, &pamh), PAM_SUCCESS);
	assert_int_equal(pam_set_item(pamh, PAM_FAIL_DELAY, (const void *)take_delay), PAM_SUCCESS);
	return pamh;
}

pam_handle_t *door_begin(struct person *person)
{
	return door_begin_as(person, "hanako");
}

int door_ask(pam_handle_t *pamh, const struct lying_step *script)
{
	struct lying_authd authd = {};
	int code;

	assert_int_equal(lying_authd_start(&authd, door_folder, script, 1), 0);
	code = pam_authenticate(pamh, 0);
	assert_int_equal(lying_authd_end(&authd), 0);
	return code;
}

static int authenticate(struct person *person, const struct lying_step *script, int flags,
			int *ret_followed)
{
	struct lying_authd authd = {};
	pam_handle_t *pamh = door_begin(person);
	int code;

	assert_int_equal(lying_authd_start(&authd, door_folder, script, 1), 0);
	code = pam_authenticate(pamh, flags);
	pam_end(pamh, code);
	*ret_followed = lying_authd_end(&authd);
	return code;
}

int door_authenticate(struct person *person, const struct lying_step *script, int flags)
{
	int followed = -1;
	int code = authenticate(person, script, flags, &followed);

	assert_int_equal(followed, 0);
	return code;
}

int door_authenticate_broken(struct person *person, const struct lying_step *script, int flags)
{
	int followed;

	return authenticate(person, script, flags, &followed);
}
