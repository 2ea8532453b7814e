/* RELP over TLS: each event is answered, in order. */
#include "delivery.h"
#include "link.h"
#include "relp.h"

#include "wire.h"

#include <errno.h>
#include <stdlib.h>

_Static_assert(RELP_WINDOW == DRIVER_WINDOW, "the window is the protocol's");

struct session {
	SSL_CTX *context;
	struct link link;
	struct relp relp;
	struct acknowledged marks[RELP_WINDOW]; /* where each message under way stands */
	unsigned int first; /* of the marks, the oldest */
	int64_t answer_by; /* the collector has to have said something by then; 0: nothing is due */
};

static int prepare(struct delivery *delivery)
{
	struct session *session = calloc(1, sizeof(*session));

	if (!session)
		return delivery_fail(delivery, -ENOMEM, "out of memory");
	delivery->own = session;
	session->link.fd = -1;
	session->context = delivery_context(delivery);
	return session->context ? 0 : -EINVAL;
}

/* The link is of no more use. */
static int broke(struct delivery *delivery, int code)
{
	const struct session *session = delivery->own;

	return delivery_broken(delivery, code, session->link.trouble, session->link.error);
}

static int begin(struct delivery *delivery, const struct collector *server)
{
	struct session *session = delivery->own;
	int r;

	session->first = 0;
	session->answer_by = 0;
	relp_begin(&session->relp);
	r = link_begin(&session->link, session->context, server->host, server->port,
		       delivery_name(delivery, server));
	if (r < 0)
		return broke(delivery, r);
	/* The name may have taken a while to resolve. */
	session->answer_by = wire_now() + DRIVER_CONNECT_MS;
	return 0;
}

static void end(struct delivery *delivery)
{
	struct session *session = delivery->own;

	link_end(&session->link);
}

static size_t watch(const struct delivery *delivery, struct pollfd fds[static DRIVER_FDS])
{
	const struct session *session = delivery->own;

	fds[0] = (struct pollfd){.fd = session->link.fd, .events = link_events(&session->link)};
	return 1;
}

static int64_t due(const struct delivery *delivery)
{
	const struct session *session = delivery->own;

	return session->answer_by > 0 ? session->answer_by : INT64_MAX;
}

static bool room(const struct delivery *delivery)
{
	const struct session *session = delivery->own;

	return session->relp.state == RELP_OPEN && session->relp.under_way < RELP_WINDOW &&
	       session->link.out_length + RFC5424_MAX + RELP_HEADER_MAX <= LINK_OUT_MAX;
}

static bool put(struct delivery *delivery, const struct journal_record *record,
		const struct journal_span *line, int64_t now)
{
	struct session *session = delivery->own;
	struct acknowledged *mark =
		&session->marks[(session->first + session->relp.under_way) % RELP_WINDOW];
	char frame[RFC5424_MAX + RELP_HEADER_MAX];
	char message[RFC5424_MAX];
	size_t length =
		rfc5424_format(&delivery->source.header, record, line, delivery->hostname, message);

	if (length == 0)
		return false;
	length = relp_message(&session->relp, message, length, frame, sizeof(frame));
	link_put(&session->link, frame, length);
	*mark = delivery->source.position;
	if (session->answer_by == 0)
		session->answer_by = now + delivery->answer_ms;
	return true;
}

/* One message was answered. Once one is refused nothing is acknowledged any more, but what comes of
 * those behind it tells whether the collector minds this event or all of them. */
static int take_answer(struct delivery *delivery, const struct relp_frame *frame, bool taken,
		       int64_t now)
{
	struct session *session = delivery->own;
	const struct acknowledged *mark = &session->marks[session->first];

	if (taken)
		delivery_acknowledge(delivery, mark, 1);
	else
		delivery_refuse(delivery, mark, frame->data, frame->length);
	session->first = (session->first + 1) % RELP_WINDOW;
	session->answer_by = session->relp.under_way > 0 ? now + delivery->answer_ms : 0;
	if (delivery->refused > 0 && (delivery->others_taken || session->relp.under_way == 0))
		return -EREMOTEIO;
	return 0;
}

static int take_frame(struct delivery *delivery, const struct relp_frame *frame, int64_t now)
{
	struct session *session = delivery->own;
	enum relp_event event;
	int r = relp_take(&session->relp, frame, &event);

	if (r == -EOPNOTSUPP)
		return delivery_fail(delivery, r, "the collector does not take syslog messages");
	if (r < 0)
		return delivery_fail(delivery, r, "the collector does not keep to RELP");
	switch (event) {
	case RELP_OPENED:
		session->answer_by = 0;
		delivery->open = true;
		break;
	case RELP_ACKNOWLEDGED:
	case RELP_REFUSED:
		return take_answer(delivery, frame, event == RELP_ACKNOWLEDGED, now);
	case RELP_SERVER_CLOSES:
		return delivery_fail(delivery, -ECONNRESET, "the collector is shutting down");
	case RELP_ENDED:
		delivery->ended = true;
		break;
	}
	return 0;
}

static int take_answers(struct delivery *delivery, int64_t now)
{
	struct session *session = delivery->own;

	for (;;) {
		struct relp_frame frame;
		size_t used;
		int r = relp_parse(session->link.in, session->link.in_length, &frame, &used);

		if (r == 0)
			return 0;
		if (r < 0)
			return delivery_fail(delivery, r, "the collector does not keep to RELP");
		r = take_frame(delivery, &frame, now);
		if (r < 0)
			return r;
		link_used(&session->link, used);
	}
}

static int open_session(struct session *session)
{
	char frame[512];
	size_t length = relp_open(&session->relp, frame, sizeof(frame));

	link_put(&session->link, frame, length);
	return length > 0 ? 0 : -EMSGSIZE;
}

/* Takes all that has come; answers from before the connection broke count. */
static int receive(struct delivery *delivery, int64_t now)
{
	struct session *session = delivery->own;
	int broken, r;

	do {
		broken = link_work(&session->link);
		r = take_answers(delivery, now);
		if (r < 0)
			return r;
	} while (broken == 0 && link_has_more(&session->link));
	if (broken < 0)
		return broke(delivery, broken);
	return session->link.secure && session->relp.state == RELP_NEW ? open_session(session) : 0;
}

static int flush(struct delivery *delivery, int64_t now)
{
	struct session *session = delivery->own;
	int r;

	if (link_flush(&session->link) < 0) {
		/* Why it does not listen any more it may have said. */
		r = receive(delivery, now);
		return r < 0 ? r : broke(delivery, -EPIPE);
	}
	if (session->answer_by == 0 || now < session->answer_by)
		return 0;
	if (link_try_next(&session->link) == 0) {
		session->answer_by = now + DRIVER_CONNECT_MS;
		return 0;
	}
	return delivery_fail(delivery, -ETIMEDOUT, "the collector did not answer in time");
}

static void say_farewell(struct delivery *delivery)
{
	struct session *session = delivery->own;
	char frame[RELP_HEADER_MAX];
	size_t length = relp_close(&session->relp, frame, sizeof(frame));

	link_put(&session->link, frame, length);
}

const struct driver over_relp = {
	.proof = DRIVER_ANSWERED,
	.prepare = prepare,
	.begin = begin,
	.end = end,
	.watch = watch,
	.due = due,
	.receive = receive,
	.room = room,
	.put = put,
	.send = flush,
	.close = say_farewell,
};
