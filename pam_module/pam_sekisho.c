/* pam_sekisho: relays a log-in to sekisho-authd and turns its verdict into a PAM code.
 *
 * No globals, threads, forks, signal handlers or locale changes: we are a guest in login, sshd,
 * sudo and screen lockers. Sources: pam_sm_authenticate(3) and its neighbours. */
#include "arguments.h"
#include "cleanup.h"
#include "client.h"
#include "conversation.h"
#include "escape.h"
#include "greeter.h"
#include "result.h"

#include <security/pam_ext.h>
#include <security/pam_modules.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <syslog.h>
#include <unistd.h>

#define DATA_NAME     "sekisho-verdict"
#define FAIL_DELAY_US 2000000
#define READ_DELAY_US 4000000 /* where the next question takes the place of the refusal */
#define LOG_TEXT_MAX  160 /* of an escaped name in a log line */

/* What a handle remembers of its last log-in, for account management. */
struct remembered {
	enum result result; /* RESULT_GRANTED or RESULT_EXEMPT */
	char user[PROTOCOL_USER_MAX];
	char service[PROTOCOL_SERVICE_MAX];
	char event[PROTOCOL_ID_MAX];
	/* To authd, which hears by it whether the log-in went on. -1: none, or told. A program may
	 * close what it does not know, and the number may be something else's then. */
	int fd;
	dev_t device;
	ino_t inode;
};

/* Takes the connection to authd out of @data; -1 if it is not there any more. */
static int take_connection(struct remembered *data)
{
	int fd = steal_fd(&data->fd);
	struct stat status;

	if (fd < 0 || fstat(fd, &status) < 0 || status.st_dev != data->device ||
	    status.st_ino != data->inode)
		return -1;
	return fd;
}

/* Closed without a word, the connection tells authd that the log-in went no further. */
static void forget(pam_handle_t *pamh, void *data, int status)
{
	int fd = take_connection(data);

	(void)pamh;
	(void)status;
	if (fd >= 0)
		close(fd);
	free(data);
}

/* The program goes on with this log-in: nobody refused it. */
static void pass(pam_handle_t *pamh)
{
	struct remembered *data = NULL;
	_cleanup_close_ int fd = -1;

	if (pam_get_data(pamh, DATA_NAME, (const void **)&data) != PAM_SUCCESS || !data)
		return;
	fd = take_connection(data);
	if (fd >= 0)
		client_tell_passed(pamh, fd, data->event);
}

/* Copies an item of the handle; false if it does not fit. An absent item is "". */
static bool take_item(pam_handle_t *pamh, int item, char *place, size_t size)
{
	const char *text = NULL;
	int length;

	if (pam_get_item(pamh, item, (const void **)&text) != PAM_SUCCESS || !text)
		text = "";
	length = snprintf(place, size, "%s", text);
	return length >= 0 && (size_t)length < size;
}

/* RESULT_COUNT: filled, no result yet. */
static enum result fill_hello(pam_handle_t *pamh, int flags, struct auth_hello *hello)
{
	const char *user = NULL;
	int code;

	memset(hello, 0, sizeof(*hello));
	code = pam_get_user(pamh, &user, NULL);
	if (code == PAM_CONV_ERR || code == PAM_CONV_AGAIN)
		return RESULT_CONVERSATION;
	if (code != PAM_SUCCESS || !user || user[0] == '\0' || strlen(user) >= sizeof(hello->user))
		return RESULT_NO_USER;
	memcpy(hello->user, user, strlen(user));
	if (!take_item(pamh, PAM_SERVICE, hello->service, sizeof(hello->service)) ||
	    hello->service[0] == '\0')
		return RESULT_NO_USER;
	/* These only describe where the person is: cut is better than refused. */
	take_item(pamh, PAM_TTY, hello->tty, sizeof(hello->tty));
	take_item(pamh, PAM_RHOST, hello->rhost, sizeof(hello->rhost));
	take_item(pamh, PAM_RUSER, hello->ruser, sizeof(hello->ruser));
	conversation_locale(hello->locale);
	hello->flags = flags & PAM_SILENT ? AUTH_SILENT : 0;
	return RESULT_COUNT;
}

/* Takes over the report's connection. */
static int remember(pam_handle_t *pamh, const struct auth_hello *hello, enum result result,
		    struct client_report *report)
{
	struct remembered *data = calloc(1, sizeof(*data));
	_cleanup_close_ int fd = steal_fd(&report->fd);
	struct stat status = {};

	if (!data || (fd >= 0 && fstat(fd, &status) < 0)) {
		free(data);
		return -1;
	}
	data->result = result;
	memcpy(data->user, hello->user, sizeof(data->user));
	memcpy(data->service, hello->service, sizeof(data->service));
	memcpy(data->event, report->event, sizeof(data->event));
	data->device = status.st_dev;
	data->inode = status.st_ino;
	data->fd = fd;
	if (pam_set_data(pamh, DATA_NAME, data, forget) != PAM_SUCCESS) {
		free(data);
		return -1;
	}
	steal_fd(&fd);
	return 0;
}

static bool parse(pam_handle_t *pamh, int argc, const char **argv, struct arguments *arguments)
{
	char word[LOG_TEXT_MAX];
	const char *bad = "";

	if (arguments_parse(argc, argv, arguments, &bad) == 0)
		return true;
	escape_text(bad, strlen(bad), word, sizeof(word));
	pam_syslog(pamh, LOG_ERR,
		   "argument \"%s\": unknown, given twice or of a wrong value; see pam_sekisho(8)",
		   word);
	return false;
}

static enum result authenticate(pam_handle_t *pamh, int flags, int argc, const char **argv,
				struct arguments *arguments, struct auth_hello *hello,
				struct client_report *report)
{
	enum result result;

	/* A verdict of an earlier round in this handle must not outlive a new question. */
	if (pam_set_data(pamh, DATA_NAME, NULL, NULL) != PAM_SUCCESS)
		return RESULT_INTERNAL;
	if (!parse(pamh, argc, argv, arguments))
		return RESULT_ARGUMENTS;
	result = fill_hello(pamh, flags, hello);
	if (result != RESULT_COUNT)
		return result;
	result = client_authenticate(pamh, arguments, hello, report);
	if (result == RESULT_EXEMPT && !arguments->exempt)
		return RESULT_EXEMPT_REFUSED;
	if ((result == RESULT_GRANTED || result == RESULT_EXEMPT) &&
	    remember(pamh, hello, result, report) < 0)
		return RESULT_INTERNAL;
	return result;
}

static void log_result(pam_handle_t *pamh, const char *user, const char *event, enum result result)
{
	char user_text[LOG_TEXT_MAX];
	char event_text[LOG_TEXT_MAX];

	escape_text(user, strlen(user), user_text, sizeof(user_text));
	escape_text(event, strlen(event), event_text, sizeof(event_text));
	pam_syslog(pamh, result == RESULT_GRANTED ? LOG_INFO : LOG_NOTICE,
		   "user \"%s\": %s%s%s: %s", user_text, result_rows[result].name,
		   event[0] ? ", event " : "", event_text, result_rows[result].meaning);
}

/* In the journal too, if nobody else tells it. A program without root's rights has the log only. */
static void record(pam_handle_t *pamh, const struct arguments *arguments, enum result result)
{
	struct record_door door = {};

	if (!result_rows[result].record || geteuid() != 0)
		return;
	snprintf(door.reason, sizeof(door.reason), "%s", result_rows[result].name);
	take_item(pamh, PAM_USER, door.user, sizeof(door.user));
	take_item(pamh, PAM_SERVICE, door.service, sizeof(door.service));
	take_item(pamh, PAM_TTY, door.tty, sizeof(door.tty));
	take_item(pamh, PAM_RHOST, door.rhost, sizeof(door.rhost));
	take_item(pamh, PAM_RUSER, door.ruser, sizeof(door.ruser));
	client_record(pamh, arguments->record, &door);
}

int pam_sm_authenticate(pam_handle_t *pamh, int flags, int argc, const char **argv)
{
	struct arguments arguments = ARGUMENTS_DEFAULT;
	struct client_report report = {.fd = -1};
	struct auth_hello hello = {};
	enum result result;

	result = authenticate(pamh, flags, argc, argv, &arguments, &hello, &report);
	log_result(pamh, hello.user, report.event, result);
	record(pamh, &arguments, result);
	if (result_rows[result].delay)
		pam_fail_delay(pamh, FAIL_DELAY_US);
	/* It counts only if the log-in fails, and of several the longest one does. */
	if (greeter_hides(hello.service))
		pam_fail_delay(pamh, READ_DELAY_US);
	if (!(flags & PAM_SILENT) && !report.told)
		conversation_tell_result(pamh, result);
	/* The one place from which an authentication can succeed. */
	return result_code(ENTRY_AUTHENTICATE, result);
}

int pam_sm_setcred(pam_handle_t *pamh, int flags, int argc, const char **argv)
{
	(void)argc;
	(void)argv;
	/* Screen lockers have no account management. */
	if (!(flags & PAM_DELETE_CRED))
		pass(pamh);
	return result_code(ENTRY_SETCRED, RESULT_SETCRED);
}

static enum result account(pam_handle_t *pamh, int argc, const char **argv,
			   struct arguments *arguments, const char *user)
{
	const struct remembered *data = NULL;
	const char *service = NULL;

	if (!parse(pamh, argc, argv, arguments))
		return RESULT_ARGUMENTS;
	if (pam_get_item(pamh, PAM_SERVICE, (const void **)&service) != PAM_SUCCESS || !service)
		return RESULT_ACCOUNT_MISSING;
	if (!arguments_account(arguments, service))
		return RESULT_ACCOUNT_OTHER;
	if (pam_get_data(pamh, DATA_NAME, (const void **)&data) != PAM_SUCCESS || !data ||
	    strcmp(data->user, user) != 0 || strcmp(data->service, service) != 0)
		return RESULT_ACCOUNT_MISSING;
	if (data->result == RESULT_GRANTED)
		return RESULT_ACCOUNT_GRANTED;
	return arguments->exempt ? RESULT_ACCOUNT_EXEMPT : RESULT_ACCOUNT_MISSING;
}

int pam_sm_acct_mgmt(pam_handle_t *pamh, int flags, int argc, const char **argv)
{
	struct arguments arguments = ARGUMENTS_DEFAULT;
	const char *user = NULL;
	enum result result;

	/* No name, no verdict: remembered.user is never empty. */
	if (pam_get_item(pamh, PAM_USER, (const void **)&user) != PAM_SUCCESS || !user)
		user = "";
	result = account(pamh, argc, argv, &arguments, user);
	if (result == RESULT_ACCOUNT_MISSING)
		log_result(pamh, user, "", result);
	else if (result != RESULT_ARGUMENTS)
		pass(pamh);
	record(pamh, &arguments, result);
	if (!(flags & PAM_SILENT))
		conversation_tell_result(pamh, result);
	return result_code(ENTRY_ACCOUNT, result);
}

static int not_here(pam_handle_t *pamh, enum entry entry, enum result result)
{
	pam_syslog(pamh, LOG_ERR, "%s Take the line out of /etc/pam.d.",
		   result_rows[result].meaning);
	return result_code(entry, result);
}

int pam_sm_open_session(pam_handle_t *pamh, int flags, int argc, const char **argv)
{
	(void)flags;
	(void)argc;
	(void)argv;
	return not_here(pamh, ENTRY_SESSION, RESULT_NO_SESSION);
}

int pam_sm_close_session(pam_handle_t *pamh, int flags, int argc, const char **argv)
{
	(void)flags;
	(void)argc;
	(void)argv;
	return not_here(pamh, ENTRY_SESSION, RESULT_NO_SESSION);
}

int pam_sm_chauthtok(pam_handle_t *pamh, int flags, int argc, const char **argv)
{
	(void)flags;
	(void)argc;
	(void)argv;
	return not_here(pamh, ENTRY_PASSWORD, RESULT_NO_PASSWORD);
}
