#include "door.h"

#include "loginuid.h"
#include "paths.h"
#include "wire.h"

#include <pwd.h>

#define RECORD_WAIT_MS 5000

static const char *login_name(void)
{
	const struct passwd *person;
	uid_t uid;

	if (!loginuid_read(&uid))
		return "system";
	person = getpwuid(uid);
	return person ? person->pw_name : "unknown";
}

int door_record(enum event_kind kind, const char *reason, const char *administrator)
{
	_cleanup_event_ struct event event;
	struct record_request record;
	int r;

	r = event_begin(&event, kind);
	if (r < 0)
		return r;
	event_set(&event, "by", login_name());
	event_set(&event, "reason", reason);
	event_set(&event, "administrator", administrator);
	r = event_to_record(&event, &record);
	if (r < 0)
		return r;
	r = event_send(SEKISHO_RECORD_SOCKET, &record, wire_now() + RECORD_WAIT_MS);
	return r > 0 ? -r : r;
}
