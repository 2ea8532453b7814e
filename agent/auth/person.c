#include "person.h"

#include "greeter.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#define SEND_MS 2000 /* who does not take a packet for so long has gone away */

int person_greet(int fd, int64_t deadline, struct person *ret_person, struct auth_hello *ret_hello)
{
	int r;

	r = wire_receive(fd, &auth_hello_layout, ret_hello, deadline);
	if (r < 0)
		return r;
	*ret_person = (struct person){.fd = fd,
				      .silent = ret_hello->flags & AUTH_SILENT,
				      .forgets = greeter_hides(ret_hello->service)};
	return 0;
}

int person_tell(const struct person *person, enum message message,
		const struct message_values *values)
{
	struct auth_notice notice = {};

	if (person->silent)
		return 0;
	message_format(message, values, notice.text, sizeof(notice.text));
	return wire_send(person->fd, &auth_notice_layout, &notice, wire_now() + SEND_MS);
}

static int ask(const struct person *person, const struct auth_prompt *prompt, int64_t deadline,
	       struct secret *ret_answer)
{
	struct auth_answer answer;
	int r;

	r = wire_send(person->fd, &auth_prompt_layout, prompt, wire_now() + SEND_MS);
	if (r == 0)
		r = wire_receive(person->fd, &auth_answer_layout, &answer, deadline);
	if (r == -ECONNRESET || r == -EPIPE)
		return -ECANCELED;
	if (r == 0)
		r = secret_set(ret_answer, answer.text, strlen(answer.text));
	explicit_bzero(&answer, sizeof(answer));
	return r;
}

int person_ask(const struct person *person, enum message message, bool echo,
	       const struct message_values *values, int64_t deadline, struct secret *ret_answer)
{
	struct auth_prompt prompt = {.echo = echo};

	message_format(message, values, prompt.text, sizeof(prompt.text));
	return ask(person, &prompt, deadline, ret_answer);
}

int person_ask_call(const struct person *person, enum message message,
		    const struct message_values *values, int64_t wait_ms, struct secret *ret_answer)
{
	struct auth_prompt prompt = {.echo = true, .seconds = (uint32_t)(wait_ms / 1000)};

	message_format(message, values, prompt.text, sizeof(prompt.text));
	return ask(person, &prompt, wire_now() + wait_ms, ret_answer);
}

int person_ask_joined(const struct person *person, enum message message, unsigned int digits,
		      const struct message_values *values, int64_t deadline,
		      struct secret *ret_answer)
{
	struct auth_prompt prompt = {.tail = digits};

	message_format(message, values, prompt.text, sizeof(prompt.text));
	return ask(person, &prompt, deadline, ret_answer);
}

int person_check(const struct person *person)
{
	uint8_t byte;
	ssize_t count = recv(person->fd, &byte, sizeof(byte), MSG_PEEK | MSG_DONTWAIT);

	if (count > 0)
		return -EBADMSG;
	if (count < 0 && (errno == EAGAIN || errno == EINTR))
		return 0;
	return -ECANCELED;
}

int person_admit(const struct person *person, const struct auth_verdict *verdict)
{
	return wire_send(person->fd, &auth_verdict_layout, verdict, wire_now() + SEND_MS);
}

int person_follow(const struct person *person, const char event[static PROTOCOL_ID_MAX],
		  int64_t deadline)
{
	struct auth_passed passed;
	int r;

	r = wire_receive(person->fd, &auth_passed_layout, &passed, deadline);
	if (r < 0)
		return r;
	return strcmp(passed.event, event) == 0 ? 0 : -EBADMSG;
}

int person_dismiss(const struct person *person, const struct auth_verdict *verdict)
{
	char byte;
	int r;

	/* Closed over an unread message, the connection would be reset, and the verdict with it. */
	shutdown(person->fd, SHUT_RD);
	r = wire_send(person->fd, &auth_verdict_layout, verdict, wire_now() + SEND_MS);
	while (recv(person->fd, &byte, sizeof(byte), MSG_DONTWAIT) > 0)
		continue;
	return r;
}
