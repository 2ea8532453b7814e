/* Syslog over TLS, RFC 5425: each message behind its length, and no answer to any. So the position
 * moves on at clean points alone: TLS has taken all bytes, and the other machine's TCP all that TLS
 * made of them. That is no proof that a program there has read them: every connection therefore
 * begins SYSLOG_REPEAT events earlier. */
#include "delivery.h"
#include "link.h"

#include "wire.h"

#include <errno.h>
#include <inttypes.h>
#include <linux/sockios.h>
#include <stdlib.h>
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
	SSL_CTX *context;
	struct link link;
	struct acknowledged sent; /* the last event that was put */
	unsigned int waiting; /* events since the last clean point */
	uint64_t again; /* up to this event it is sent once more */
	int64_t secure_at; /* since when TLS stands */
	int64_t look_at; /* for a clean point */
	int64_t answer_by; /* by when TLS, then a clean point, has to be there; 0: nothing is due */
	bool closing;
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

	session->waiting = 0;
	session->secure_at = 0;
	session->closing = false;
	session->again = delivery->source.position.head.sequence;
	r = source_back(&delivery->source, SYSLOG_REPEAT);
	if (r < 0)
		return delivery_unread(delivery, r);
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

	if (session->waiting > 0 && session->link.out_length == 0)
		return session->look_at;
	return session->answer_by > 0 ? session->answer_by : INT64_MAX;
}

static bool room(const struct delivery *delivery)
{
	const struct session *session = delivery->own;

	return session->link.secure && !session->closing && session->waiting < DRIVER_WINDOW &&
	       session->link.out_length + RFC5424_MAX + LENGTH_MAX <= LINK_OUT_MAX;
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
	link_put(&session->link, prefix, (size_t)prefix_length);
	link_put(&session->link, message, length);
	session->sent = delivery->source.position;
	session->waiting++;
	if (session->answer_by == 0)
		session->answer_by = now + delivery->answer_ms;
	return true;
}

/* Whether the other machine's TCP has all that was sent. */
static bool is_clean(const struct session *session, int64_t now)
{
	int queued = 0;

	return session->link.out_length == 0 && now >= session->secure_at + SETTLE_MS &&
	       ioctl(session->link.fd, SIOCOUTQ, &queued) == 0 && queued == 0;
}

static void look_for_clean_point(struct delivery *delivery, int64_t now)
{
	struct session *session = delivery->own;

	if (session->waiting > 0 && is_clean(session, now)) {
		/* Never back: what is sent once more was at a clean point before. */
		if (session->sent.head.sequence > session->again)
			delivery_acknowledge(delivery, &session->sent, session->waiting);
		session->waiting = 0;
		session->answer_by = 0;
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
		r = link_work(&session->link);
		link_used(&session->link, session->link.in_length);
	} while (r == 0 && link_has_more(&session->link));
	if (r < 0)
		return broke(delivery, r);
	if (session->link.secure && session->secure_at == 0) {
		session->secure_at = now;
		session->answer_by = 0;
		delivery->open = true;
	}
	look_for_clean_point(delivery, now);
	return 0;
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
	return delivery_fail(delivery, -ETIMEDOUT, "the collector did not take it in time");
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
	.end = end,
	.watch = watch,
	.due = due,
	.receive = receive,
	.room = room,
	.put = put,
	.send = flush,
	.close = say_farewell,
};
