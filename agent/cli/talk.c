#include "talk.h"

#include "command.h"
#include "pin.h"

#include "cleanup.h"
#include "escape.h"
#include "gettext.h"
#include "protocol.h"
#include "verdict.h"

#include <errno.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define TALK_MS	      1800000 /* authd gives up before */
#define CONNECT_MS    5000
#define VOUCH_SERVICE "sekisho-substitute" /* in the events; no service of PAM */

static void say(const char *text, FILE *out)
{
	char visible[4 * PROTOCOL_TEXT_MAX];

	escape_text(text, strlen(text), visible, sizeof(visible));
	fputs(visible, out);
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
	say(prompt, stderr);
	length = getline(&text, &size, stdin);
	if (length > 0 && text[length - 1] == '\n')
		length--;
	r = length <= 0 ? -EINVAL : secret_set(line, text, (size_t)length);
	free(text);
	return r;
}

static int answer(int fd, const struct wire_packet *packet, int64_t deadline)
{
	_cleanup_secret_ struct secret typed = {};
	struct auth_answer message = {};
	struct auth_prompt prompt;
	int r;

	r = wire_decode(&auth_prompt_layout, packet, &prompt);
	if (r == 0)
		r = prompt.echo ? read_shown(prompt.text, &typed)
				: pin_read_line(prompt.text, &typed);
	if (r == 0)
		memcpy(message.text, typed.bytes, typed.length + 1);
	if (r == 0)
		r = wire_send(fd, &auth_answer_layout, &message, deadline);
	explicit_bzero(&message, sizeof(message));
	return r;
}

/* What is said at the end: the answer, or why there is none. */
static int finish(const struct wire_packet *packet)
{
	struct auth_verdict verdict;
	int r = wire_decode(&auth_verdict_layout, packet, &verdict);

	if (r < 0)
		return command_fail("substitute", "%s", strerror(-r));
	/* authd tells the answer with a verdict that opens nothing. */
	say(verdict.text, verdict.verdict == VERDICT_CANCELLED ? stdout : stderr);
	putc('\n', verdict.verdict == VERDICT_CANCELLED ? stdout : stderr);
	return verdict.verdict == VERDICT_CANCELLED ? COMMAND_OK : COMMAND_NO;
}

static int converse(int fd, int64_t deadline)
{
	for (;;) {
		struct auth_notice notice;
		struct wire_packet packet;
		uint16_t type = 0;
		int r = wire_receive_packet(fd, &packet, deadline);

		if (r == 0)
			r = wire_type(&packet, &type);
		if (r == 0 && type == PROTOCOL_AUTH_VERDICT)
			return finish(&packet);
		if (r == 0 && type == PROTOCOL_AUTH_PROMPT) {
			r = answer(fd, &packet, deadline);
		} else if (r == 0) {
			r = wire_decode(&auth_notice_layout, &packet, &notice);
			if (r == 0) {
				say(notice.text, stderr);
				putc('\n', stderr);
			}
		}
		if (r < 0)
			return command_fail("substitute", "%s", strerror(-r));
	}
}

int talk_vouch(const char *socket)
{
	struct auth_hello hello = {.service = VOUCH_SERVICE, .flags = AUTH_VOUCH};
	const struct passwd *person = getpwuid(getuid());
	const char *locale = getenv("LC_ALL");
	const char *tty = ttyname(STDIN_FILENO);
	_cleanup_close_ int fd = -1;
	int r;

	if (!person)
		return command_fail("substitute", _("nobody knows who runs this"));
	if (!locale || !*locale)
		locale = getenv("LANG");
	if (strlen(person->pw_name) >= sizeof(hello.user))
		return command_fail("substitute", "%s", strerror(ERANGE));
	snprintf(hello.user, sizeof(hello.user), "%s", person->pw_name);
	snprintf(hello.locale, sizeof(hello.locale), "%.40s", locale ? locale : "");
	snprintf(hello.tty, sizeof(hello.tty), "%s", tty ? tty : "");
	r = wire_connect(socket, wire_now() + CONNECT_MS, &fd);
	if (r == 0)
		r = wire_send(fd, &auth_hello_layout, &hello, wire_now() + CONNECT_MS);
	if (r < 0)
		return command_fail("substitute", "%s: %s", socket, strerror(-r));
	return converse(fd, wire_now() + TALK_MS);
}
