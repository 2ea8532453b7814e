#include "talk.h"

#include "pin.h"

#include "cleanup.h"
#include "escape.h"
#include "verdict.h"
#include "wire.h"

#include <errno.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SEND_MS	     5000
#define ANSWER_MS    600000 /* longer than authd asks for anything */
#define MESSAGES_MAX 128

static const char *locale_name(void)
{
	static const char *const names[] = {"LC_ALL", "LC_MESSAGES", "LANG"};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		const char *value = getenv(names[i]);

		if (value && *value)
			return value;
	}
	return "";
}

int talk_introduce(struct auth_hello *hello)
{
	const struct passwd *person = getpwuid(getuid());
	const char *tty = ttyname(STDIN_FILENO);

	if (!person)
		return -ENOENT;
	if (strlen(person->pw_name) >= sizeof(hello->user))
		return -ERANGE;
	snprintf(hello->user, sizeof(hello->user), "%s", person->pw_name);
	snprintf(hello->tty, sizeof(hello->tty), "%s", tty ? tty : "");
	snprintf(hello->locale, sizeof(hello->locale), "%s", locale_name());
	return 0;
}

void talk_say(const char *text, FILE *out)
{
	char visible[4 * PROTOCOL_TEXT_MAX];

	/* Its lines stay lines. */
	for (size_t length; *text; text += length) {
		length = strcspn(text, "\n");
		escape_text(text, length, visible, sizeof(visible));
		fputs(visible, out);
		if (text[length] == '\n') {
			putc('\n', out);
			length++;
		}
	}
}

/* A line that may be seen. */
static int read_shown(const char *prompt, struct secret *line)
{
	char *text = NULL;
	size_t size = 0;
	ssize_t length;
	int r;

	/* What follows may be a PIN, which is not read through this buffer. */
	setvbuf(stdin, NULL, _IONBF, 0);
	talk_say(prompt, stderr);
	length = getline(&text, &size, stdin);
	if (length > 0 && text[length - 1] == '\n')
		length--;
	r = length <= 0 ? -EINVAL : secret_set(line, text, (size_t)length);
	free(text);
	return r;
}

/* What authd makes of an empty line, or of none, is its business. */
static int answer(int fd, const struct auth_prompt *prompt)
{
	_cleanup_secret_ struct secret typed = {};
	struct auth_answer message = {};
	int r = prompt->echo ? read_shown(prompt->text, &typed)
			     : pin_read_line(prompt->text, &typed);

	if (r < 0 && r != -EINVAL && r != -ENODATA)
		return r;
	if (typed.length >= sizeof(message.text) || memchr(typed.bytes, '\0', typed.length))
		return -EINVAL;
	memcpy(message.text, typed.bytes, typed.length);
	r = wire_send(fd, &auth_answer_layout, &message, wire_now() + SEND_MS);
	explicit_bzero(&message, sizeof(message));
	/* authd did not wait so long: its verdict tells. */
	return r == -EPIPE || r == -ECONNRESET ? 0 : r;
}

/* One message. 1: it was the verdict. -errno. */
static int step(int fd, struct auth_verdict *verdict)
{
	struct wire_packet packet;
	struct auth_prompt prompt;
	struct auth_notice notice;
	uint16_t type = 0;
	int r = wire_receive_packet(fd, &packet, wire_now() + ANSWER_MS);

	if (r == 0)
		r = wire_type(&packet, &type);
	if (r < 0)
		return r;
	if (type == PROTOCOL_AUTH_NOTICE) {
		r = wire_decode(&auth_notice_layout, &packet, &notice);
		if (r == 0) {
			talk_say(notice.text, stderr);
			putc('\n', stderr);
		}
		return r;
	}
	if (type == PROTOCOL_AUTH_PROMPT) {
		r = wire_decode(&auth_prompt_layout, &packet, &prompt);
		return r < 0 ? r : answer(fd, &prompt);
	}
	r = wire_decode(&auth_verdict_layout, &packet, verdict);
	return r < 0 ? r : 1;
}

int talk_run(const char *socket, const struct auth_hello *hello, struct auth_verdict *ret_verdict)
{
	_cleanup_close_ int fd = -1;
	struct auth_passed passed = {};
	uint32_t uid;
	int32_t pid;
	int r = wire_connect(socket, wire_now() + SEND_MS, &fd);

	/* A PIN is given to nobody but who root put there. */
	if (r == 0)
		r = wire_peer(fd, &uid, &pid);
	if (r == 0 && uid != 0)
		r = -EPERM;
	if (r == 0)
		r = wire_send(fd, &auth_hello_layout, hello, wire_now() + SEND_MS);
	for (int i = 0; r == 0 && i < MESSAGES_MAX; i++)
		r = step(fd, ret_verdict);
	if (r < 0)
		return r;
	if (r == 0)
		return -EBADMSG;
	if (ret_verdict->verdict != VERDICT_GRANTED)
		return 0;
	memcpy(passed.event, ret_verdict->event, sizeof(passed.event));
	wire_send(fd, &auth_passed_layout, &passed, wire_now() + SEND_MS);
	return 0;
}
