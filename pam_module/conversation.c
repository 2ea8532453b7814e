#include "conversation.h"

#include "cleanup.h"
#include "escape.h"
#include "greeter.h"
#include "language.h"

#include <errno.h>
#include <string.h>

/* What sshd answers instead of the person when it already knows that the log-in must fail begins so
 * (OpenSSH auth-pam.c: "\b\n\r\177INCORRECT", cut or repeated to the length of what was typed). No
 * keyboard gives it. */
#define SSHD_PLACEHOLDER '\b'

static const char *item(pam_handle_t *pamh, int type)
{
	const char *text = NULL;

	if (pam_get_item(pamh, type, (const void **)&text) != PAM_SUCCESS || !text)
		return "";
	return text;
}

/* The result is never longer than @text. */
static void clean(const char *text, bool one_line, char out[static PROTOCOL_TEXT_MAX])
{
	size_t length = strnlen(text, PROTOCOL_TEXT_MAX - 1);

	while (length > 0) {
		unsigned int point;
		size_t taken = utf8_sequence(text, length, &point);
		char piece[16];

		if (taken == 0)
			taken = 1;
		escape_text(text, taken, piece, sizeof(piece));
		if (*text == '\n' && one_line) {
			*out++ = ' ';
		} else if (*text != '\n' && *text != '\\' && piece[0] == '\\') {
			*out++ = '?';
		} else {
			memcpy(out, text, taken);
			out += taken;
		}
		text += taken;
		length -= taken;
	}
	*out = '\0';
}

static int converse(pam_handle_t *pamh, int style, const char *text, char **ret_answer)
{
	char cleaned[PROTOCOL_TEXT_MAX];
	const struct pam_message message = {.msg_style = style, .msg = cleaned};
	const struct pam_message *messages = &message;
	struct pam_response *response = NULL;
	const struct pam_conv *conv = NULL;

	clean(text, greeter_one_line(item(pamh, PAM_SERVICE)), cleaned);
	if (pam_get_item(pamh, PAM_CONV, (const void **)&conv) != PAM_SUCCESS || !conv ||
	    !conv->conv)
		return -EIO;
	/* The response is undefined after a failure: it must not be touched (pam_conv(3)). */
	if (conv->conv(1, &messages, &response, conv->appdata_ptr) != PAM_SUCCESS || !response)
		return -EIO;
	*ret_answer = response->resp;
	free(response);
	return 0;
}

int conversation_ask(pam_handle_t *pamh, const char *prompt, bool echo, struct secret *ret_answer)
{
	char *answer = NULL;
	size_t length;
	int r;

	r = converse(pamh, echo ? PAM_PROMPT_ECHO_ON : PAM_PROMPT_ECHO_OFF, prompt, &answer);
	if (r < 0)
		return r;
	if (!answer)
		return -EIO;
	length = strlen(answer);
	if (length == 0 || answer[0] == SSHD_PLACEHOLDER)
		r = -ENODATA;
	else
		r = secret_set(ret_answer, answer, length);
	explicit_bzero(answer, length);
	free(answer);
	return r;
}

void conversation_tell(pam_handle_t *pamh, const char *text, bool error)
{
	char *answer = NULL;

	if (text[0] != '\0' &&
	    converse(pamh, error ? PAM_ERROR_MSG : PAM_TEXT_INFO, text, &answer) == 0)
		free(answer);
}

void conversation_clear(pam_handle_t *pamh)
{
	char *answer = NULL;

	if (converse(pamh, PAM_TEXT_INFO, "", &answer) == 0)
		free(answer);
}

void conversation_locale(char ret_locale[static PROTOCOL_ID_MAX])
{
	static const char *const names[] = {"LC_ALL", "LC_MESSAGES", "LANG"};
	static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				      "0123456789_.@-";
	const char *value = NULL;

	memset(ret_locale, 0, PROTOCOL_ID_MAX);
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		value = getenv(names[i]);
		if (value && value[0] != '\0')
			break;
	}
	if (value && strlen(value) < PROTOCOL_ID_MAX && value[strspn(value, letters)] == '\0')
		memcpy(ret_locale, value, strlen(value));
}

void conversation_tell_result(pam_handle_t *pamh, enum result result)
{
	const struct result_row *row = &result_rows[result];
	const char *service = item(pamh, PAM_SERVICE);
	char locale[PROTOCOL_ID_MAX];
	bool japanese;

	if (!row->english)
		return;
	conversation_locale(locale);
	japanese = language_japanese(locale, item(pamh, PAM_TTY), service);
	conversation_tell(pamh, japanese ? row->japanese : row->english, !greeter_hides(service));
}
