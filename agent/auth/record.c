#include "record.h"

#include <errno.h>

#define FLUSH_MS 5000 /* an event; nobody waits for this one */

int record_event(const char *socket_path, int state_dirfd, enum spool_class class,
		 const struct event *event)
{
	struct record_request record;
	uint64_t dropped;
	int r;

	r = event_to_record(event, &record);
	if (r < 0)
		return r;
	r = event_send(socket_path, &record, wire_now() + RECORD_ENGINE_MS);
	if (r == 0)
		return 0;
	if (event_is_refused(r)) {
		/* In the spool it would wait for nothing. */
		spool_dropped(state_dirfd, RECORD_SPOOL, 1, &dropped);
		return -r;
	}
	return spool_add(state_dirfd, RECORD_SPOOL, class, &record);
}

static int send_late(void *user, const struct record_request *record)
{
	const char *socket_path = user;
	int r = event_send(socket_path, record, wire_now() + FLUSH_MS);

	if (event_is_refused(r))
		return SPOOL_LOST;
	return r > 0 ? -r : r;
}

/* What was dropped is itself an event. The count goes down only when that is recorded. */
static int tell_dropped(const char *socket_path, int state_dirfd)
{
	_cleanup_event_ struct event event = {};
	struct record_request record;
	uint64_t dropped = 0;
	int r;

	r = spool_dropped(state_dirfd, RECORD_SPOOL, 0, &dropped);
	if (r < 0 || dropped == 0)
		return r;
	r = event_begin(&event, EVENT_STORE_FAULT);
	if (r < 0)
		return r;
	event_set(&event, "store", "spool");
	event_set_number(&event, "dropped", dropped);
	r = event_to_record(&event, &record);
	if (r == 0)
		r = event_send(socket_path, &record, wire_now() + FLUSH_MS);
	if (r == 0)
		r = spool_dropped(state_dirfd, RECORD_SPOOL, -(int64_t)dropped, &dropped);
	return r > 0 ? -r : r;
}

int record_flush(const char *socket_path, int state_dirfd, size_t *ret_left)
{
	int counted;
	int r;

	r = spool_flush(state_dirfd, RECORD_SPOOL, send_late, (void *)socket_path);
	if (r == 0)
		r = tell_dropped(socket_path, state_dirfd);
	counted = spool_count(state_dirfd, RECORD_SPOOL, ret_left);
	return r < 0 ? r : counted;
}
