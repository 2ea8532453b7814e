/* Syslog over TLS, RFC 5425: each message behind its length, and no answer to any. So the position
 * moves on at clean points alone: TLS has taken all bytes, and the other machine's TCP all that TLS
 * made of them. That is no proof that a program there has read them: every connection therefore
 * begins SYSLOG_REPEAT events earlier. */
#include "over_link.h"

#include <linux/sockios.h>
#include <sys/ioctl.h>

/* 128 KiB, with which a receive buffer of Linux begins (tcp(7), tcp_rmem), in messages of 512
 * bytes. A collector's buffer may be larger, and what it holds in its own memory is unknown. */
#define SYSLOG_REPEAT 256

/* A collector that refuses our certificate says so after TLS 1.3 let us send: no clean point before
 * that would have come. */
#define SETTLE_MS  2000
#define CLEAN_MS   10 /* how often it is looked for */
#define LENGTH_MAX 8 /* digits and the space */

struct session {
	struct over_link over; /* .answer_by: TLS, then a clean point */
	struct acknowledged sent; /* the last event that was put */
	unsigned int waiting; /* events since the last clean point */
	uint64_t again; /* up to this event it is sent once more */
	int64_t secure_at; /* since when TLS stands */
	int64_t look_at; /* for a clean point */
	bool closing;
};

static int prepare(struct delivery *delivery)
{
	return over_link_prepare(delivery, sizeof(struct session));
}

static int begin(struct delivery *delivery, const struct collector *server)
{
	struct session *session = delivery->own;
	int r;

	session->waiting = 0;
	session->secure_at = 0;
	session->closing = false;
	session->again = delivery->source.position.head.sequence;
	r = source_back(&delivery->source, SYSLOG_REPEAT);
	return r < 0 ? delivery_unread(delivery, r) : over_link_begin(delivery, server);
}

static int64_t due(const struct delivery *delivery)
{
	const struct session *session = delivery->own;

	if (session->waiting > 0 && session->over.link.out_length == 0)
		return session->look_at;
	return over_link_due(delivery);
}

static bool room(const struct delivery *delivery)
{
	const struct session *session = delivery->own;

	return session->over.link.secure && !session->closing && session->waiting < DRIVER_WINDOW &&
	       session->over.link.out_length + RFC5424_MAX + LENGTH_MAX <= LINK_OUT_MAX;
}

static bool put(struct delivery *delivery, const struct journal_record *record,
		const struct journal_span *line, int64_t now)
{
	struct session *session = delivery->own;
	char message[RFC5424_MAX], prefix[LENGTH_MAX + 1];
	size_t length =
		rfc5424_format(&delivery->source.header, record, line, delivery->hostname, message);
	int prefix_length;

	if (length == 0)
		return false;
	prefix_length = snprintf(prefix, sizeof(prefix), "%u ", (unsigned int)length);
	link_put(&session->over.link, prefix, (size_t)prefix_length);
	link_put(&session->over.link, message, length);
	session->sent = delivery->source.position;
	session->waiting++;
	if (session->over.answer_by == 0)
		session->over.answer_by = now + delivery->answer_ms;
	return true;
}

/* Whether the other machine's TCP has all that was sent. */
static bool is_clean(const struct session *session, int64_t now)
{
	int queued = 0;

	return session->over.link.out_length == 0 && now >= session->secure_at + SETTLE_MS &&
	       ioctl(session->over.link.fd, SIOCOUTQ, &queued) == 0 && queued == 0;
}

static void look_for_clean_point(struct delivery *delivery, int64_t now)
{
	struct session *session = delivery->own;

	if (session->waiting > 0 && is_clean(session, now)) {
		/* Never back: what is sent once more was at a clean point before. */
		if (session->sent.head.sequence > session->again)
			delivery_acknowledge(delivery, &session->sent, session->waiting);
		session->waiting = 0;
		session->over.answer_by = 0;
	}
	session->look_at = now + CLEAN_MS;
	if (session->look_at < session->secure_at + SETTLE_MS)
		session->look_at = session->secure_at + SETTLE_MS;
	delivery->ended = session->closing && session->waiting == 0;
}

/* A collector has nothing to say; what it says all the same is thrown away. */
static int receive(struct delivery *delivery, int64_t now)
{
	struct session *session = delivery->own;
	int r;

	do {
		r = link_work(&session->over.link);
		link_used(&session->over.link, session->over.link.in_length);
	} while (r == 0 && link_has_more(&session->over.link));
	if (r < 0)
		return over_link_broke(delivery, r);
	if (session->over.link.secure && session->secure_at == 0) {
		session->secure_at = now;
		session->over.answer_by = 0;
		delivery->open = true;
	}
	look_for_clean_point(delivery, now);
	return 0;
}

static int flush(struct delivery *delivery, int64_t now)
{
	return over_link_send(delivery, now, "the collector did not take it in time");
}

static void say_farewell(struct delivery *delivery)
{
	struct session *session = delivery->own;

	session->closing = true;
}

const struct driver over_syslog = {
	.proof = DRIVER_UNCONFIRMED,
	.prepare = prepare,
	.begin = begin,
	.end = over_link_end,
	.watch = over_link_watch,
	.due = due,
	.receive = receive,
	.room = room,
	.put = put,
	.send = flush,
	.close = say_farewell,
};
