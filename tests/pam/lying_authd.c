#include "lying_authd.h"

#include "cleanup.h"
#include "protocol.h"
#include "verdict.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>

#define PATIENCE_MS 60000

static void grant(struct wire_packet *packet)
{
	static const struct auth_verdict verdict = {.verdict = VERDICT_GRANTED, .event = "event-1"};

	wire_encode(&auth_verdict_layout, &verdict, packet);
}

size_t lying_verdict_length(void)
{
	struct wire_packet packet;

	grant(&packet);
	return packet.length;
}

static bool same(const char *wanted, const char *is)
{
	return !wanted || strcmp(wanted, is) == 0;
}

static int ask(int fd, const struct lying_step *step, int64_t deadline)
{
	struct auth_prompt prompt = {
		.echo = step->lie == LIE_PROMPT || step->lie == LIE_ASK ? step->number : 0,
		.seconds = step->lie == LIE_CALL ? step->number : 0,
		.tail = step->lie == LIE_JOINED ? step->number : 0,
	};
	struct auth_answer answer;
	int r;

	snprintf(prompt.text, sizeof(prompt.text), "%s", step->text);
	r = wire_send(fd, &auth_prompt_layout, &prompt, deadline);
	if (r < 0 || step->lie == LIE_LEAVE)
		return r;
	r = wire_receive(fd, &auth_answer_layout, &answer, deadline);
	if (step->lie == LIE_ASK)
		return r == -ECONNRESET ? 0 : -EPROTO;
	if (r < 0)
		return r;
	return same(step->text2, answer.text) ? 0 : -EINVAL;
}

static int notice(int fd, const struct lying_step *step, int64_t deadline)
{
	struct auth_notice words = {.error = step->number};

	snprintf(words.text, sizeof(words.text), "%s", step->text ? step->text : "wait");
	return wire_send(fd, &auth_notice_layout, &words, deadline);
}

/* Until the other side leaves or there were enough. */
static int flood(int fd, uint32_t count, int64_t deadline)
{
	static const struct lying_step step = {LIE_NOTICE, 0, NULL, NULL};
	int r = 0;

	for (uint32_t i = 0; r == 0 && i < count; i++)
		r = notice(fd, &step, deadline);
	return r == -EPIPE || r == -ECONNRESET ? 0 : r;
}

static int send_raw(int fd, const struct lying_step *step)
{
	static uint8_t bytes[2 * WIRE_MESSAGE_MAX];
	struct wire_packet packet;

	memset(bytes, 0x5a, sizeof(bytes));
	if (step->number > sizeof(bytes))
		return -EINVAL;
	if (step->lie != LIE_GARBAGE) {
		grant(&packet);
		memcpy(bytes, packet.bytes, packet.length);
	}
	if (send(fd, bytes, step->number, MSG_NOSIGNAL) != (ssize_t)step->number)
		return -EPROTO;
	return 0;
}

static int play(int fd, const struct lying_step *step, int64_t deadline)
{
	struct wire_packet packet;
	struct auth_verdict verdict = {.verdict = step->number};
	struct auth_passed passed;
	int r;

	switch (step->lie) {
	case LIE_PROMPT:
	case LIE_JOINED:
	case LIE_CALL:
	case LIE_ASK:
	case LIE_LEAVE:
		return ask(fd, step, deadline);
	case LIE_NOTICE:
		return notice(fd, step, deadline);
	case LIE_VERDICT:
		snprintf(verdict.text, sizeof(verdict.text), "%s", step->text ? step->text : "");
		snprintf(verdict.event, sizeof(verdict.event), "%s",
			 step->text2 ? step->text2 : "event-1");
		return wire_send(fd, &auth_verdict_layout, &verdict, deadline);
	case LIE_PASSED:
		r = wire_receive(fd, &auth_passed_layout, &passed, deadline);
		return r < 0 || same("event-1", passed.event) ? r : -EINVAL;
	case LIE_CUT:
	case LIE_GARBAGE:
	case LIE_BIG:
		return send_raw(fd, step);
	case LIE_STALL:
		r = wire_receive_packet(fd, &packet, deadline);
		return r == -ECONNRESET ? 0 : -EPROTO;
	case LIE_FLOOD:
		return flood(fd, step->number, deadline);
	case LIE_HELLO:
	case LIE_DEAF:
	case LIE_END:
		break;
	}
	return 0;
}

static int serve(int listener, const struct lying_step *script)
{
	_cleanup_close_ int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	int64_t deadline = wire_now() + PATIENCE_MS;
	struct auth_hello hello;
	int r;

	if (fd < 0)
		return -errno;
	if (script->lie == LIE_DEAF)
		return 0;
	r = wire_receive(fd, &auth_hello_layout, &hello, deadline);
	if (r == 0 && script->lie == LIE_HELLO &&
	    !(same(script->text, hello.locale) && same(script->text2, hello.tty) &&
	      hello.flags == script->number))
		return -EINVAL;
	for (; r == 0 && script->lie != LIE_END; script++)
		r = play(fd, script, deadline);
	return r;
}

static int listen_as(const struct lying_authd *authd)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	int r;

	if (fd < 0)
		return -errno;
	memcpy(address.sun_path, authd->socket, sizeof(address.sun_path));
	r = bind(fd, (struct sockaddr *)&address, sizeof(address));
	/* What SO_PEERCRED tells the other side is taken at listen(2). */
	if (r == 0 && authd->owner != 0)
		r = seteuid(authd->owner);
	if (r == 0)
		r = listen(fd, 8);
	if (authd->owner != 0 && seteuid(0) < 0)
		r = -1;
	if (r < 0) {
		r = -errno;
		close(fd);
		return r;
	}
	return fd;
}

static int listen_at(struct lying_authd *authd, const char *directory, const char *name)
{
	memset(authd->socket, 0, sizeof(authd->socket));
	snprintf(authd->socket, sizeof(authd->socket), "%s/%s", directory, name);
	return listen_as(authd);
}

static int take_refusal(int listener, const char *reason, uint32_t error)
{
	_cleanup_close_ int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	const struct record_reply reply = {.error = error, .sequence = 1};
	int64_t deadline = wire_now() + PATIENCE_MS;
	struct record_door door;
	int r;

	r = fd < 0 ? -errno : wire_receive(fd, &record_door_layout, &door, deadline);
	if (r < 0)
		return r;
	if (!same(reason, door.reason) || !same("hanako", door.user) || !same("door", door.service))
		return -EINVAL;
	return wire_send(fd, &record_reply_layout, &reply, deadline);
}

int lying_engine_start(struct lying_authd *engine, const char *directory, const char *reason,
		       uint32_t error)
{
	_cleanup_close_ int listener = listen_at(engine, directory, "record.sock");

	if (listener < 0)
		return listener;
	engine->pid = fork();
	if (engine->pid < 0)
		return -errno;
	if (engine->pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		alarm(5 * PATIENCE_MS / 1000);
		_exit(take_refusal(listener, reason, error) == 0 ? 0 : 1);
	}
	return 0;
}

int lying_authd_start(struct lying_authd *authd, const char *directory,
		      const struct lying_step *script, unsigned int connections)
{
	_cleanup_close_ int listener = listen_at(authd, directory, "auth.sock");

	if (listener < 0)
		return listener;
	authd->pid = fork();
	if (authd->pid < 0)
		return -errno;
	if (authd->pid == 0) {
		int r = 0;

		prctl(PR_SET_PDEATHSIG, SIGKILL);
		for (unsigned int i = 0; r == 0 && i < connections; i++) {
			alarm(5 * PATIENCE_MS / 1000);
			r = serve(listener, script);
		}
		_exit(r == 0 ? 0 : 1);
	}
	return 0;
}

int lying_authd_end(struct lying_authd *authd)
{
	int status;

	unlink(authd->socket);
	if (waitpid(authd->pid, &status, 0) != authd->pid)
		return -errno;
	return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? 0 : -EPROTO;
}
