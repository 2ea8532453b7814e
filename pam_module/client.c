#include "client.h"

#include "cleanup.h"
#include "conversation.h"
#include "greeter.h"
#include "joined.h"

#include <errno.h>
#include <security/pam_ext.h>
#include <string.h>
#include <syslog.h>

/* In place of a result: no verdict yet. */
#define GOES_ON RESULT_COUNT

#define TELL_MS 1000 /* for what a person waits for without a question */

struct client {
	pam_handle_t *pamh;
	int fd;
	int64_t deadline;
	int64_t latest; /* however much more time authd gives */
	bool silent;
	bool hides; /* greeter_hides() */
	struct client_report *report;
};

static void complain(const pam_handle_t *pamh, const char *doing, int error)
{
	const char *why = strerrordesc_np(-error);

	pam_syslog(pamh, LOG_ERR, "%s: %s", doing, why ? why : "unknown error");
}

static enum result failure(const struct client *client, const char *doing, int error)
{
	complain(client->pamh, doing, error);
	return error == -ETIMEDOUT ? RESULT_DEADLINE : RESULT_NO_SERVICE;
}

/* What authd waits longer for than for a log-in: a call. */
static void give_time(struct client *client, uint32_t seconds)
{
	const int64_t later = client->deadline + (int64_t)seconds * 1000;

	if (seconds > 0)
		client->deadline = later < client->latest ? later : client->latest;
}

static enum result relay_prompt(struct client *client, const struct wire_packet *packet)
{
	struct auth_prompt prompt;
	struct auth_answer answer = {};
	_cleanup_secret_ struct secret typed = {};
	int r;

	r = wire_decode(&auth_prompt_layout, packet, &prompt);
	if (r < 0)
		return failure(client, "authd's prompt", r);
	give_time(client, prompt.seconds);
	if (client->hides && !client->silent)
		conversation_tell(client->pamh, prompt.text, false);
	r = conversation_ask(client->pamh, prompt.text, prompt.echo != 0, &typed);
	if (r == -ENODATA || r == -EMSGSIZE)
		return RESULT_EMPTY;
	if (r < 0)
		return RESULT_CONVERSATION;
	if (prompt.tail != 0)
		r = joined_split(client->pamh, prompt.tail, &typed);
	if (r < 0)
		return failure(client, "parting password and code", r);
	/* Nobody can interrupt the program's question; what came too late is not sent. */
	if (wire_now() >= client->deadline)
		return failure(client, "waiting for the person", -ETIMEDOUT);
	memcpy(answer.text, typed.bytes, typed.length + 1);
	r = wire_send(client->fd, &auth_answer_layout, &answer, client->deadline);
	explicit_bzero(&answer, sizeof(answer));
	/* authd did not wait that long, and has left: its verdict, which says so, is still there.
	 */
	if (r == -EPIPE)
		return GOES_ON;
	return r < 0 ? failure(client, "answering authd", r) : GOES_ON;
}

static enum result relay_notice(const struct client *client, const struct wire_packet *packet)
{
	struct auth_notice notice;
	int r;

	r = wire_decode(&auth_notice_layout, packet, &notice);
	if (r < 0)
		return failure(client, "authd's notice", r);
	if (!client->silent)
		conversation_tell(client->pamh, notice.text, notice.error != 0 && !client->hides);
	return GOES_ON;
}

static enum result take_verdict(const struct client *client, const struct wire_packet *packet)
{
	struct auth_verdict verdict;
	int r;

	r = wire_decode(&auth_verdict_layout, packet, &verdict);
	if (r < 0)
		return failure(client, "authd's verdict", r);
	if (verdict.text[0] != '\0' && !client->silent) {
		conversation_tell(client->pamh, verdict.text,
				  verdict.verdict != VERDICT_GRANTED && !client->hides);
		client->report->told = true;
	} else if (client->hides && !client->silent) {
		/* Else the request to touch the key would stand over the next module's question. */
		conversation_clear(client->pamh);
	}
	memcpy(client->report->event, verdict.event, sizeof(client->report->event));
	return result_from_verdict(verdict.verdict);
}

/* Takes one message of authd. */
static enum result step(struct client *client)
{
	struct wire_packet packet;
	uint16_t type;
	int r;

	/* A message that is already there is received after any deadline; not by us. */
	r = wire_now() >= client->deadline
		    ? -ETIMEDOUT
		    : wire_receive_packet(client->fd, &packet, client->deadline);
	if (r < 0)
		return failure(client, "waiting for authd", r);
	r = wire_type(&packet, &type);
	if (r < 0)
		return failure(client, "authd's message", r);
	switch (type) {
	case PROTOCOL_AUTH_PROMPT:
		return relay_prompt(client, &packet);
	case PROTOCOL_AUTH_NOTICE:
		return relay_notice(client, &packet);
	case PROTOCOL_AUTH_VERDICT:
		return take_verdict(client, &packet);
	default:
		return failure(client, "authd's message", -EBADMSG);
	}
}

/* Connects to a socket that root, for systemd, listens on. */
static int connect_root(pam_handle_t *pamh, const char *path, int64_t deadline, int *ret_fd)
{
	_cleanup_close_ int fd = -1;
	uint32_t owner;
	int32_t pid;
	int r;

	r = wire_connect(path, deadline, &fd);
	if (r < 0)
		return r;
	r = wire_peer(fd, &owner, &pid);
	if (r < 0)
		return r;
	if (owner != 0) {
		pam_syslog(pamh, LOG_ERR, "%s is held by uid %u, not by root", path, owner);
		return -EPERM;
	}
	*ret_fd = steal_fd(&fd);
	return 0;
}

enum result client_authenticate(pam_handle_t *pamh, const struct arguments *arguments,
				const struct auth_hello *hello, struct client_report *ret_report)
{
	_cleanup_close_ int fd = -1;
	const int64_t now = wire_now();
	struct client client = {
		.pamh = pamh,
		.deadline = now + (int64_t)arguments->timeout * 1000,
		.latest = now + (int64_t)ARGUMENTS_TIMEOUT_MAX * 1000,
		.silent = hello->flags & AUTH_SILENT,
		.hides = greeter_hides(hello->service),
		.report = ret_report,
	};
	enum result result = GOES_ON;
	int r;

	memset(ret_report, 0, sizeof(*ret_report));
	ret_report->fd = -1;
	r = connect_root(pamh, arguments->socket, client.deadline, &fd);
	if (r < 0)
		return failure(&client, "connecting to authd", r);
	client.fd = fd;
	r = wire_send(fd, &auth_hello_layout, hello, client.deadline);
	if (r < 0)
		return failure(&client, "greeting authd", r);
	for (int i = 0; i < CLIENT_MESSAGES_MAX && result == GOES_ON; i++)
		result = step(&client);
	if (result == RESULT_GRANTED)
		ret_report->fd = steal_fd(&fd);
	return result == GOES_ON ? failure(&client, "authd's messages", -EOVERFLOW) : result;
}

void client_tell_passed(pam_handle_t *pamh, int fd, const char event[static PROTOCOL_ID_MAX])
{
	struct auth_passed passed = {};
	int r;

	memcpy(passed.event, event, sizeof(passed.event));
	r = wire_send(fd, &auth_passed_layout, &passed, wire_now() + TELL_MS);
	if (r < 0)
		complain(pamh, "telling authd that the log-in went on", r);
}

void client_record(pam_handle_t *pamh, const char *socket, const struct record_door *door)
{
	int64_t deadline = wire_now() + TELL_MS;
	struct record_reply reply = {};
	_cleanup_close_ int fd = -1;
	int r;

	r = connect_root(pamh, socket, deadline, &fd);
	if (r == 0)
		r = wire_send(fd, &record_door_layout, door, deadline);
	if (r == 0)
		r = wire_receive(fd, &record_reply_layout, &reply, deadline);
	if (r == 0)
		r = -(int)reply.error;
	if (r < 0)
		complain(pamh, "recording the refusal in the journal", r);
}
