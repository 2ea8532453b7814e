/* HTTPS: batches of events as NDJSON, one request at a time, each answered as a whole. */
#include "batch.h"
#include "delivery.h"
#include "ndjson.h"
#include "reply.h"
#include "request.h"

#include "escape.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

struct session {
	struct request request;
	bool closing;
	unsigned int limit; /* on events of a request; kept from one connection to the next */
	struct batch batch;
};

static int prepare(struct delivery *delivery)
{
	struct session *session = calloc(1, sizeof(*session));
	SSL_CTX *context;

	delivery->own = session;
	if (!session || request_prepare() < 0)
		return delivery_fail(delivery, -ENOMEM, "libcurl can't be started");
	/* Files that can't be used are told now, as with the other protocols. */
	context = delivery_context(delivery);
	if (!context)
		return -EINVAL;
	SSL_CTX_free(context);
	session->limit = DRIVER_WINDOW;
	return 0;
}

/* The request is of no more use. */
static int broke(struct delivery *delivery, int code)
{
	const struct session *session = delivery->own;

	return delivery_broken(delivery, code, session->request.trouble, session->request.error);
}

static int begin(struct delivery *delivery, const struct collector *server)
{
	struct session *session = delivery->own;
	int r;

	session->closing = false;
	batch_begin(&session->batch, session->limit);
	r = request_begin(&session->request, delivery->collectors, server,
			  delivery_name(delivery, server), delivery->answer_ms);
	return r < 0 ? broke(delivery, r) : 0;
}

static void end(struct delivery *delivery)
{
	struct session *session = delivery->own;

	request_end(&session->request);
}

static size_t watch(const struct delivery *delivery, struct pollfd fds[static DRIVER_FDS])
{
	const struct session *session = delivery->own;

	return request_watch(&session->request, fds);
}

static int64_t due(const struct delivery *delivery)
{
	const struct session *session = delivery->own;

	return request_due(&session->request);
}

static bool room(const struct delivery *delivery)
{
	const struct session *session = delivery->own;

	return !session->closing && batch_room(&session->batch, NDJSON_LINE_MAX);
}

static bool put(struct delivery *delivery, const struct journal_record *record,
		const struct journal_span *line, int64_t now)
{
	struct session *session = delivery->own;
	char text[NDJSON_LINE_MAX];
	size_t length = ndjson_format(&delivery->source.header, record, line, text);

	(void)now;
	if (length == 0)
		return false;
	batch_put(&session->batch, text, length, &delivery->source.position);
	return true;
}

/* The collector has answered for the request under way. */
static int take_verdict(struct delivery *delivery, bool taken)
{
	struct session *session = delivery->own;
	struct batch *batch = &session->batch;
	const enum batch_verdict verdict = batch_answer(batch, taken);
	char answer[REQUEST_ANSWER_MAX + 32];
	int length;

	switch (verdict) {
	case BATCH_TAKEN:
		delivery_acknowledge(delivery, &batch->marks[batch->length - 1], batch->length);
		batch_drop(batch);
		session->limit = batch->limit;
		return 0;
	case BATCH_SMALLER:
		return 0;
	case BATCH_OTHERS:
		delivery_acknowledge(delivery, &batch->marks[batch->first], 1);
		return -EREMOTEIO;
	case BATCH_REFUSED:
	case BATCH_NONE:
		break;
	}
	length = snprintf(answer, sizeof(answer), "%ld %.*s", session->request.status,
			  (int)session->request.answer_length, session->request.answer);
	delivery_refuse(delivery, &batch->marks[0], answer, (size_t)length);
	return verdict == BATCH_REFUSED ? 0 : -EREMOTEIO;
}

/* Neither taken nor refused: all of it waits. */
static int fail_reply(struct delivery *delivery)
{
	const struct session *session = delivery->own;
	const long status = session->request.status;
	char text[4 * REQUEST_ANSWER_MAX + 1];

	escape_text(session->request.answer, session->request.answer_length, text, sizeof(text));
	return delivery_fail(delivery, reply_judge(status) == REPLY_LATER ? -EAGAIN : -EPROTO,
			     "the collector answered %ld%s: %s", status,
			     status >= 300 && status < 400 ? ", redirects are not followed" : "",
			     text);
}

static int take_reply(struct delivery *delivery)
{
	struct session *session = delivery->own;

	switch (reply_judge(session->request.status)) {
	case REPLY_TAKEN:
		if (!session->request.whole)
			return delivery_fail(delivery, -EPROTO,
					     "the collector answered %ld before it had everything",
					     session->request.status);
		delivery->open = true;
		return take_verdict(delivery, true);
	case REPLY_REFUSED:
		return take_verdict(delivery, false);
	case REPLY_LATER:
		delivery->wait_ms = reply_wait_ms(session->request.retry_after);
		break;
	case REPLY_WRONG:
		break;
	}
	return fail_reply(delivery);
}

static int receive(struct delivery *delivery, int64_t now)
{
	struct session *session = delivery->own;
	int r = request_work(&session->request);

	(void)now;
	/* A slow line or a slow collector takes fewer in the time that an answer may take. */
	if (r < 0 && session->batch.length > 1)
		session->limit = session->batch.length / 2;
	if (r < 0)
		return broke(delivery, r);
	return r > 0 ? take_reply(delivery) : 0;
}

/* What came in the meantime goes out together; nothing waits for a batch to fill. */
static int send_batch(struct delivery *delivery, int64_t now)
{
	struct session *session = delivery->own;
	const char *bytes;
	size_t length;
	int r;

	(void)now;
	if (session->request.under_way)
		return 0;
	delivery->ended = session->closing;
	length = delivery->ended ? 0 : batch_request(&session->batch, &bytes);
	if (length == 0)
		return 0;
	r = request_send(&session->request, bytes, length);
	return r < 0 ? broke(delivery, r) : 0;
}

static void say_farewell(struct delivery *delivery)
{
	struct session *session = delivery->own;

	session->closing = true;
}

const struct driver over_https = {
	.proof = DRIVER_ANSWERED,
	.prepare = prepare,
	.begin = begin,
	.end = end,
	.watch = watch,
	.due = due,
	.receive = receive,
	.room = room,
	.put = put,
	.send = send_batch,
	.close = say_farewell,
};
