#include "delivery.h"

#include "cleanup.h"
#include "escape.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const struct driver *const drivers[] = {
	[COLLECTORS_RELP] = &over_relp,
	[COLLECTORS_SYSLOG] = &over_syslog,
	[COLLECTORS_HTTPS] = &over_https,
};
_Static_assert(ARRAY_SIZE(drivers) == COLLECTORS_PROTOCOL_COUNT, "a driver for each protocol");

int delivery_fail(struct delivery *delivery, int code, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	/* NOLINTNEXTLINE(clang-analyzer-valist.Uninitialized): va_start is the line before */
	vsnprintf(delivery->error, sizeof(delivery->error), format, arguments);
	va_end(arguments);
	delivery->trouble = trouble_of_error(code);
	return code;
}

int delivery_broken(struct delivery *delivery, int code, enum trouble trouble, const char *error)
{
	delivery_fail(delivery, code, "%s", error);
	delivery->trouble = trouble;
	return code;
}

int delivery_unread(struct delivery *delivery, int error)
{
	delivery->unread = error != -ESTALE;
	delivery_fail(delivery, error,
		      error == -ESTALE ? "the journal is another one now"
				       : "the journal can't be read: %s",
		      strerror(-error));
	delivery->trouble = TROUBLE_JOURNAL;
	return error;
}

int delivery_prepare(struct delivery *delivery, const struct collectors *collectors)
{
	delivery->collectors = collectors;
	delivery->driver = drivers[collectors->protocol];
	delivery->answer_ms = 1000 * (int64_t)collectors->answer;
	return delivery->driver->prepare(delivery);
}

int delivery_begin(struct delivery *delivery, const struct collector *server, int64_t now)
{
	bool known;
	int r;

	delivery->taken = 0;
	delivery->refused = 0;
	delivery->others_taken = false;
	delivery->wait_ms = 0;
	delivery->unread = false;
	delivery->open = false;
	delivery->ended = false;
	delivery->error[0] = '\0';
	delivery->allowance = delivery->collectors->rate;
	delivery->allowed_at = now;
	r = source_seek(&delivery->source, &delivery->acknowledged, &known);
	if (r < 0)
		return delivery_unread(delivery, r);
	if (!known)
		fprintf(stderr,
			"event %" PRIu64 ", the last one acknowledged, is not in the journal: "
			"everything there is will be sent once more\n",
			delivery->acknowledged.head.sequence);
	return delivery->driver->begin(delivery, server);
}

void delivery_end(struct delivery *delivery)
{
	delivery->driver->end(delivery);
}

size_t delivery_watch(const struct delivery *delivery, struct pollfd fds[static DRIVER_FDS])
{
	return delivery->driver->watch(delivery, fds);
}

/* Until one event more is allowed. */
static int64_t allowance_pause(const struct delivery *delivery)
{
	return 1000 / delivery->collectors->rate + 1;
}

/* After a refusal nothing new is sent: what is under way tells what the collector minds. */
static bool may_put(const struct delivery *delivery)
{
	return delivery->refused == 0 && delivery->driver->room(delivery);
}

int64_t delivery_due(const struct delivery *delivery)
{
	int64_t due = delivery->driver->due(delivery);

	if (delivery->allowance == 0 && may_put(delivery) &&
	    delivery->allowed_at + allowance_pause(delivery) < due)
		due = delivery->allowed_at + allowance_pause(delivery);
	return due;
}

static void raise_allowance(struct delivery *delivery, int64_t now)
{
	const uint32_t rate = delivery->collectors->rate;
	const int64_t more = (now - delivery->allowed_at) * rate / 1000;

	if (more <= 0)
		return;
	delivery->allowed_at = now;
	delivery->allowance =
		more > rate - delivery->allowance ? rate : delivery->allowance + (uint32_t)more;
}

/* Hands one event to the driver. 1, 0 if there is none, -errno. */
static int put_one(struct delivery *delivery, int64_t now)
{
	struct journal_record record;
	struct journal_span line;
	int r = source_next(&delivery->source, &record, &line);

	if (r <= 0)
		return r;
	/* The writer makes none that does not fit: somebody else's, like damage. */
	if (!delivery->driver->put(delivery, &record, &line, now))
		delivery->source.damaged++;
	return 1;
}

static int put_more(struct delivery *delivery, int64_t now)
{
	int r = 1;

	if (!may_put(delivery))
		return 0;
	raise_allowance(delivery, now);
	while (r > 0 && delivery->allowance > 0 && may_put(delivery)) {
		r = put_one(delivery, now);
		if (r > 0)
			delivery->allowance--;
	}
	if (r >= 0)
		r = source_flush(&delivery->source);
	return r < 0 ? delivery_unread(delivery, r) : 0;
}

int delivery_work(struct delivery *delivery, int64_t now)
{
	int r = delivery->driver->receive(delivery, now);

	if (r == 0)
		r = put_more(delivery, now);
	return r < 0 ? r : delivery->driver->send(delivery, now);
}

bool delivery_is_idle(const struct delivery *delivery)
{
	return may_put(delivery) &&
	       delivery->source.position.head.sequence == delivery->acknowledged.head.sequence;
}

void delivery_close(struct delivery *delivery)
{
	delivery->driver->close(delivery);
}

SSL_CTX *delivery_context(struct delivery *delivery)
{
	const struct link_identity identity = {
		.authority = delivery->collectors->authority,
		.certificate = delivery->collectors->certificate,
		.key = delivery->collectors->key,
	};

	_Static_assert(LINK_ERROR_MAX <= DELIVERY_ERROR_MAX, "the link's words fit");
	return link_context(&identity, delivery->error);
}

const char *delivery_name(const struct delivery *delivery, const struct collector *server)
{
	return collectors_name(delivery->collectors, server);
}

void delivery_acknowledge(struct delivery *delivery, const struct acknowledged *mark,
			  unsigned int count)
{
	const uint64_t generation = delivery->acknowledged.generation;

	if (delivery->refused > 0) {
		delivery->others_taken = true;
		return;
	}
	delivery->acknowledged = *mark;
	delivery->acknowledged.generation = generation;
	delivery->taken += count;
}

void delivery_refuse(struct delivery *delivery, const struct acknowledged *mark, const char *answer,
		     size_t length)
{
	char text[4 * DELIVERY_ANSWER_MAX + 1];

	if (delivery->refused > 0)
		return;
	delivery->refused_mark = *mark;
	delivery->refused = mark->head.sequence;
	escape_text(answer, length < DELIVERY_ANSWER_MAX ? length : DELIVERY_ANSWER_MAX, text,
		    sizeof(text));
	delivery_fail(delivery, -EREMOTEIO, "event %" PRIu64 " was refused: %s", delivery->refused,
		      text);
}
