#include "record.h"

#include <errno.h>

#define FLUSH_MS 5000 /* an event; nobody waits for this one */

int record_event(const char *socket_path, int state_dirfd, enum spool_class class,
		 const struct event *event)
{
	struct record_request record;
	int r;

	r = event_to_record(event, &record);
	if (r < 0)
		return r;
	if (event_send(socket_path, &record, wire_now() + RECORD_ENGINE_MS) == 0)
		return 0;
	return spool_add(state_dirfd, RECORD_SPOOL, class, &record);
}

static int send_late(void *user, const struct record_request *record)
{
	const char *socket_path = user;
	int r = event_send(socket_path, record, wire_now() + FLUSH_MS);

	/* The engine has looked at it and will never take it: it must not hold up the others. */
	return r == -EINVAL || r == -EBADMSG || r == -EEXIST ? 0 : r;
}

int record_flush(const char *socket_path, int state_dirfd, size_t *ret_left)
{
	_cleanup_event_ struct event event = {};
	struct record_request record;
	uint64_t dropped = 0;
	int r;

	r = spool_count(state_dirfd, RECORD_SPOOL, ret_left);
	if (r < 0 || *ret_left == 0)
		return r;
	r = spool_flush(state_dirfd, RECORD_SPOOL, send_late, (void *)socket_path, ret_left,
			&dropped);
	if (dropped == 0)
		return r;
	r = event_begin(&event, EVENT_STORE_FAULT);
	if (r < 0)
		return r;
	event_set(&event, "store", "spool");
	event_set_number(&event, "dropped", dropped);
	r = event_to_record(&event, &record);
	return r < 0 ? r : event_send(socket_path, &record, wire_now() + FLUSH_MS);
}
