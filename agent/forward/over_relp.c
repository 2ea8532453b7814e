/* RELP over TLS: each event is answered, in order. */
#include "over_link.h"
#include "relp.h"

#include <errno.h>

_Static_assert(RELP_WINDOW == DRIVER_WINDOW, "the window is the protocol's");

struct session {
	struct over_link over;
	struct relp relp;
	struct acknowledged marks[RELP_WINDOW]; /* where each message under way stands */
	unsigned int first; /* of the marks, the oldest */
};

static int prepare(struct delivery *delivery)
{
	return over_link_prepare(delivery, sizeof(struct session));
}

static int begin(struct delivery *delivery, const struct collector *server)
{
	struct session *session = delivery->own;

	session->first = 0;
	relp_begin(&session->relp);
	return over_link_begin(delivery, server);
}

static bool room(const struct delivery *delivery)
{
	const struct session *session = delivery->own;

	return session->relp.state == RELP_OPEN && session->relp.under_way < RELP_WINDOW &&
	       session->over.link.out_length + RFC5424_MAX + RELP_HEADER_MAX <= LINK_OUT_MAX;
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
	link_put(&session->over.link, frame, length);
	*mark = delivery->source.position;
	if (session->over.answer_by == 0)
		session->over.answer_by = now + delivery->answer_ms;
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
	session->over.answer_by = session->relp.under_way > 0 ? now + delivery->answer_ms : 0;
	if (delivery->refused > 0 && (delivery->others_taken || session->relp.under_way == 0))
		return -EREMOTEIO;
	return 0;
}

static int went_unanswered(struct delivery *delivery)
{
	return delivery_broken(delivery, -ECONNRESET, TROUBLE_CERTIFICATE, TROUBLE_UNANSWERED);
}

static int take_frame(struct delivery *delivery, const struct relp_frame *frame, int64_t now)
{
	struct session *session = delivery->own;
	const bool unanswered = session->relp.state <= RELP_OFFERED;
	enum relp_event event;
	int r = relp_take(&session->relp, frame, &event);

	if (r == -EOPNOTSUPP)
		return delivery_fail(delivery, r, "the collector does not take syslog messages");
	if (r < 0)
		return delivery_fail(delivery, r, "the collector does not keep to RELP");
	switch (event) {
	case RELP_OPENED:
		session->over.answer_by = 0;
		delivery->open = true;
		break;
	case RELP_ACKNOWLEDGED:
	case RELP_REFUSED:
		return take_answer(delivery, frame, event == RELP_ACKNOWLEDGED, now);
	case RELP_SERVER_CLOSES:
		if (unanswered)
			return went_unanswered(delivery);
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
		int r = relp_parse(session->over.link.in, session->over.link.in_length, &frame,
				   &used);

		if (r == 0)
			return 0;
		if (r < 0)
			return delivery_fail(delivery, r, "the collector does not keep to RELP");
		r = take_frame(delivery, &frame, now);
		if (r < 0)
			return r;
		link_used(&session->over.link, used);
	}
}

static int open_session(struct session *session)
{
	char frame[512];
	size_t length = relp_open(&session->relp, frame, sizeof(frame));

	link_put(&session->over.link, frame, length);
	return length > 0 ? 0 : -EMSGSIZE;
}

/* Takes all that has come; answers from before the connection broke count. */
static int receive(struct delivery *delivery, int64_t now)
{
	struct session *session = delivery->own;
	int broken, r;

	do {
		broken = link_work(&session->over.link);
		r = take_answers(delivery, now);
		if (r < 0)
			return r;
	} while (broken == 0 && link_has_more(&session->over.link));
	/* It may be gone before we came to say anything. */
	if (broken < 0 && session->over.link.was_secure && session->relp.state <= RELP_OFFERED &&
	    session->over.link.trouble == TROUBLE_BROKEN)
		return went_unanswered(delivery);
	if (broken < 0)
		return over_link_broke(delivery, broken);
	return session->over.link.secure && session->relp.state == RELP_NEW ? open_session(session)
									    : 0;
}

static int flush(struct delivery *delivery, int64_t now)
{
	return over_link_send(delivery, now, "the collector did not answer in time");
}

static void say_farewell(struct delivery *delivery)
{
	struct session *session = delivery->own;
	char frame[RELP_HEADER_MAX];
	size_t length = relp_close(&session->relp, frame, sizeof(frame));

	link_put(&session->over.link, frame, length);
}

const struct driver over_relp = {
	.proof = DRIVER_ANSWERED,
	.prepare = prepare,
	.begin = begin,
	.end = over_link_end,
	.watch = over_link_watch,
	.due = over_link_due,
	.receive = receive,
	.room = room,
	.put = put,
	.send = flush,
	.close = say_farewell,
};
