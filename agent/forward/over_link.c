#include "over_link.h"

#include "wire.h"

#include <errno.h>
#include <stdlib.h>

int over_link_prepare(struct delivery *delivery, size_t size)
{
	struct over_link *over = calloc(1, size);

	if (!over)
		return delivery_fail(delivery, -ENOMEM, "out of memory");
	delivery->own = over;
	over->link.fd = -1;
	over->context = delivery_context(delivery);
	return over->context ? 0 : -EINVAL;
}

int over_link_broke(struct delivery *delivery, int code)
{
	const struct over_link *over = delivery->own;

	return delivery_broken(delivery, code, over->link.trouble, over->link.error);
}

int over_link_begin(struct delivery *delivery, const struct collector *server)
{
	struct over_link *over = delivery->own;
	int r;

	over->answer_by = 0;
	r = link_begin(&over->link, over->context, server->host, server->port,
		       delivery_name(delivery, server));
	if (r < 0)
		return over_link_broke(delivery, r);
	/* The name may have taken a while to resolve. */
	over->answer_by = wire_now() + DRIVER_CONNECT_MS;
	return 0;
}

void over_link_end(struct delivery *delivery)
{
	struct over_link *over = delivery->own;

	link_end(&over->link);
}

size_t over_link_watch(const struct delivery *delivery, struct pollfd fds[static DRIVER_FDS])
{
	const struct over_link *over = delivery->own;

	fds[0] = (struct pollfd){.fd = over->link.fd, .events = link_events(&over->link)};
	return 1;
}

int64_t over_link_due(const struct delivery *delivery)
{
	const struct over_link *over = delivery->own;

	return over->answer_by > 0 ? over->answer_by : INT64_MAX;
}

int over_link_send(struct delivery *delivery, int64_t now, const char *late)
{
	struct over_link *over = delivery->own;
	int r;

	if (link_flush(&over->link) < 0) {
		/* Why it does not listen any more it may have said. */
		r = delivery->driver->receive(delivery, now);
		return r < 0 ? r : over_link_broke(delivery, -EPIPE);
	}
	if (over->answer_by == 0 || now < over->answer_by)
		return 0;
	if (link_try_next(&over->link) == 0) {
		over->answer_by = now + DRIVER_CONNECT_MS;
		return 0;
	}
	return delivery_fail(delivery, -ETIMEDOUT, "%s", late);
}
