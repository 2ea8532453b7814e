#include "delivery.h"

#include "escape.h"
#include "wire.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define CONNECT_MS 10000 /* for each address, for TLS, for the offer */
#define ANSWER_MAX 200 /* bytes of a refusal that are told */

static int fail(struct delivery *delivery, int code, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
static int fail(struct delivery *delivery, int code, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	/* NOLINTNEXTLINE(clang-analyzer-valist.Uninitialized): va_start is the line before */
	vsnprintf(delivery->error, sizeof(delivery->error), format, arguments);
	va_end(arguments);
	return code;
}

static int unread(struct delivery *delivery, int error)
{
	delivery->unread = error != -ESTALE;
	return fail(delivery, error,
		    error == -ESTALE ? "the journal is another one now"
				     : "the journal can't be read: %s",
		    strerror(-error));
}

int delivery_begin(struct delivery *delivery, SSL_CTX *context, const struct collector *server,
		   const char *name, int64_t now)
{
	bool known;
	int r;

	delivery->first = 0;
	delivery->taken = 0;
	delivery->refused = 0;
	delivery->others_taken = false;
	delivery->unread = false;
	delivery->ended = false;
	delivery->error[0] = '\0';
	delivery->allowance = delivery->rate;
	delivery->allowed_at = now;
	relp_begin(&delivery->relp);
	r = link_begin(&delivery->link, context, server->host, server->port,
		       name[0] ? name : server->host);
	if (r < 0)
		return fail(delivery, r, "%s", delivery->link.error);
	/* The name may have taken a while to resolve. */
	delivery->answer_by = wire_now() + CONNECT_MS;
	r = source_seek(&delivery->source, &delivery->acknowledged, &known);
	if (r < 0)
		return unread(delivery, r);
	if (!known)
		fprintf(stderr,
			"event %" PRIu64 ", the last one acknowledged, is not in the journal: "
			"everything there is will be sent once more\n",
			delivery->acknowledged.head.sequence);
	return 0;
}

void delivery_end(struct delivery *delivery)
{
	link_end(&delivery->link);
}

short delivery_events(const struct delivery *delivery)
{
	return link_events(&delivery->link);
}

/* Milliseconds until the allowance grows. */
static int64_t allowance_pause(const struct delivery *delivery)
{
	return 1000 / delivery->rate + 1;
}

static bool may_send(const struct delivery *delivery)
{
	return delivery->relp.state == RELP_OPEN && delivery->refused == 0 &&
	       delivery->relp.under_way < RELP_WINDOW &&
	       delivery->link.out_length + RFC5424_MAX + RELP_HEADER_MAX <= LINK_OUT_MAX;
}

int64_t delivery_due(const struct delivery *delivery)
{
	int64_t due = delivery->answer_by > 0 ? delivery->answer_by : INT64_MAX;

	if (delivery->allowance == 0 && may_send(delivery) &&
	    delivery->allowed_at + allowance_pause(delivery) < due)
		due = delivery->allowed_at + allowance_pause(delivery);
	return due;
}

static void raise_allowance(struct delivery *delivery, int64_t now)
{
	const int64_t more = (now - delivery->allowed_at) * delivery->rate / 1000;

	if (more <= 0)
		return;
	delivery->allowed_at = now;
	delivery->allowance = more > delivery->rate - delivery->allowance
				      ? delivery->rate
				      : delivery->allowance + (uint32_t)more;
}

/* Puts one event into the connection's buffer. 1, 0 if there is none, -errno. */
static int send_one(struct delivery *delivery)
{
	struct acknowledged *mark =
		&delivery->marks[(delivery->first + delivery->relp.under_way) % RELP_WINDOW];
	char frame[RFC5424_MAX + RELP_HEADER_MAX];
	char message[RFC5424_MAX];
	struct journal_record record;
	struct journal_span line;
	size_t length;
	int r;

	r = source_next(&delivery->source, &record, &line);
	if (r <= 0)
		return r;
	length = rfc5424_format(&delivery->source.header, &record, &line, delivery->hostname,
				message);
	/* The writer makes none that does not fit: somebody else's, like damage. */
	if (length == 0) {
		delivery->source.damaged++;
		return 1;
	}
	length = relp_message(&delivery->relp, message, length, frame, sizeof(frame));
	link_put(&delivery->link, frame, length);
	*mark = delivery->source.position;
	return 1;
}

static int send_more(struct delivery *delivery, int64_t now)
{
	int r = 1;

	raise_allowance(delivery, now);
	while (r > 0 && delivery->allowance > 0 && may_send(delivery)) {
		r = send_one(delivery);
		if (r > 0) {
			delivery->allowance--;
			if (delivery->answer_by == 0)
				delivery->answer_by = now + delivery->answer_ms;
		}
	}
	if (r >= 0)
		r = source_flush(&delivery->source);
	return r < 0 ? unread(delivery, r) : 0;
}

/* Nothing is acknowledged any more, but what comes of those behind it tells whether the collector
 * minds this event or all of them. */
static void note_refusal(struct delivery *delivery, const struct relp_frame *frame)
{
	char text[4 * ANSWER_MAX + 1];

	if (delivery->refused > 0)
		return;
	delivery->refused_mark = delivery->marks[delivery->first];
	delivery->refused = delivery->refused_mark.head.sequence;
	escape_text(frame->data, frame->length < ANSWER_MAX ? frame->length : ANSWER_MAX, text,
		    sizeof(text));
	fail(delivery, 0, "event %" PRIu64 " was refused: %s", delivery->refused, text);
}

static void note_acknowledgement(struct delivery *delivery)
{
	const uint64_t generation = delivery->acknowledged.generation;

	if (delivery->refused > 0) {
		delivery->others_taken = true;
		return;
	}
	delivery->acknowledged = delivery->marks[delivery->first];
	delivery->acknowledged.generation = generation;
	delivery->taken++;
}

/* One message was answered. */
static int take_answer(struct delivery *delivery, const struct relp_frame *frame, bool taken,
		       int64_t now)
{
	if (taken)
		note_acknowledgement(delivery);
	else
		note_refusal(delivery, frame);
	delivery->first = (delivery->first + 1) % RELP_WINDOW;
	delivery->answer_by = delivery->relp.under_way > 0 ? now + delivery->answer_ms : 0;
	if (delivery->refused > 0 && (delivery->others_taken || delivery->relp.under_way == 0))
		return -EREMOTEIO;
	return 0;
}

static int take_frame(struct delivery *delivery, const struct relp_frame *frame, int64_t now)
{
	enum relp_event event;
	int r = relp_take(&delivery->relp, frame, &event);

	if (r == -EOPNOTSUPP)
		return fail(delivery, r, "the collector does not take syslog messages");
	if (r < 0)
		return fail(delivery, r, "the collector does not keep to RELP");
	switch (event) {
	case RELP_OPENED:
		delivery->answer_by = 0;
		break;
	case RELP_ACKNOWLEDGED:
	case RELP_REFUSED:
		return take_answer(delivery, frame, event == RELP_ACKNOWLEDGED, now);
	case RELP_SERVER_CLOSES:
		return fail(delivery, -ECONNRESET, "the collector is shutting down");
	case RELP_ENDED:
		delivery->ended = true;
		break;
	}
	return 0;
}

static int take_answers(struct delivery *delivery, int64_t now)
{
	for (;;) {
		struct relp_frame frame;
		size_t used;
		int r = relp_parse(delivery->link.in, delivery->link.in_length, &frame, &used);

		if (r == 0)
			return 0;
		if (r < 0)
			return fail(delivery, r, "the collector does not keep to RELP");
		r = take_frame(delivery, &frame, now);
		if (r < 0)
			return r;
		link_used(&delivery->link, used);
	}
}

static int open_session(struct delivery *delivery)
{
	char frame[512];
	size_t length = relp_open(&delivery->relp, frame, sizeof(frame));

	link_put(&delivery->link, frame, length);
	return length > 0 ? 0 : -EMSGSIZE;
}

/* Sends what may be sent. */
static int talk(struct delivery *delivery, int64_t now)
{
	if (delivery->link.secure && delivery->relp.state == RELP_NEW)
		return open_session(delivery);
	return may_send(delivery) ? send_more(delivery, now) : 0;
}

/* Takes all that has come; answers from before the connection broke count. */
static int listen_to(struct delivery *delivery, int64_t now)
{
	int broken, r;

	do {
		broken = link_work(&delivery->link);
		r = take_answers(delivery, now);
		if (r < 0)
			return r;
	} while (broken == 0 && link_has_more(&delivery->link));
	return broken < 0 ? fail(delivery, broken, "%s", delivery->link.error) : 0;
}

int delivery_work(struct delivery *delivery, int64_t now)
{
	int r = listen_to(delivery, now);

	if (r == 0)
		r = talk(delivery, now);
	if (r < 0)
		return r;
	if (link_flush(&delivery->link) < 0) {
		/* Why it does not listen any more it may have said. */
		r = listen_to(delivery, now);
		return r < 0 ? r : fail(delivery, -EPIPE, "%s", delivery->link.error);
	}
	if (delivery->answer_by == 0 || now < delivery->answer_by)
		return 0;
	if (link_try_next(&delivery->link) == 0) {
		delivery->answer_by = now + CONNECT_MS;
		return 0;
	}
	return fail(delivery, -ETIMEDOUT, "the collector did not answer in time");
}

void delivery_close(struct delivery *delivery)
{
	char frame[RELP_HEADER_MAX];
	size_t length = relp_close(&delivery->relp, frame, sizeof(frame));

	link_put(&delivery->link, frame, length);
}
