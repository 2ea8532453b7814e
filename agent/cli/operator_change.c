/* sekisho operator change: a log-in within the session, of the next person. authd alone decides,
 * records and keeps who it is; this asks its questions and gives the answers. */
#include "operator.h"

#include "agent/auth/takeover.h"
#include "cleanup.h"
#include "command.h"
#include "gettext.h"
#include "pin.h"
#include "protocol.h"
#include "verdict.h"

#include <errno.h>
#include <pwd.h>
#include <stdio.h>
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

static int greet(int fd, const char *account)
{
	struct auth_hello hello = {};
	const char *tty = ttyname(STDIN_FILENO);

	snprintf(hello.user, sizeof(hello.user), "%s", account);
	snprintf(hello.service, sizeof(hello.service), "%s", TAKEOVER_SERVICE);
	snprintf(hello.tty, sizeof(hello.tty), "%s", tty ? tty : "");
	snprintf(hello.locale, sizeof(hello.locale), "%s", locale_name());
	return wire_send(fd, &auth_hello_layout, &hello, wire_now() + SEND_MS);
}

/* Whatever is asked, nobody need see the answer. */
static int answer(int fd, const struct auth_prompt *prompt)
{
	_cleanup_secret_ struct secret typed = {};
	struct auth_answer answer = {};
	int r = pin_read_line(prompt->text, &typed);

	if (r < 0 && r != -EINVAL)
		return r;
	if (typed.length >= sizeof(answer.text) || memchr(typed.bytes, '\0', typed.length))
		return -EINVAL;
	memcpy(answer.text, typed.bytes, typed.length);
	r = wire_send(fd, &auth_answer_layout, &answer, wire_now() + SEND_MS);
	explicit_bzero(&answer, sizeof(answer));
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
		if (r == 0)
			fprintf(stderr, "%s\n", notice.text);
		return r;
	}
	if (type == PROTOCOL_AUTH_PROMPT) {
		r = wire_decode(&auth_prompt_layout, &packet, &prompt);
		return r < 0 ? r : answer(fd, &prompt);
	}
	r = wire_decode(&auth_verdict_layout, &packet, verdict);
	return r < 0 ? r : 1;
}

static int converse(const char *socket, const char *account, struct auth_verdict *verdict)
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
		r = greet(fd, account);
	for (int i = 0; r == 0 && i < MESSAGES_MAX; i++)
		r = step(fd, verdict);
	if (r < 0)
		return r;
	if (r == 0)
		return -EBADMSG;
	if (verdict->verdict != VERDICT_GRANTED)
		return 0;
	/* No other factor is asked for. */
	memcpy(passed.event, verdict->event, sizeof(passed.event));
	wire_send(fd, &auth_passed_layout, &passed, wire_now() + SEND_MS);
	return 0;
}

int operator_change(const struct operator_options *options)
{
	const struct passwd *own = getpwuid(getuid());
	struct auth_verdict verdict = {};
	int r;

	if (!own)
		return command_fail("operator", _("your account has no name"));
	r = converse(options->socket, own->pw_name, &verdict);
	if (r < 0)
		return command_fail("operator", _("sekisho-authd did not answer: %s"),
				    strerror(-r));
	if (verdict.verdict != VERDICT_GRANTED) {
		command_fail("operator", "%s", verdict.text);
		return COMMAND_NO;
	}
	return operator_show(options);
}
