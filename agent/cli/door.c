#include "door.h"

#include "file.h"
#include "number.h"
#include "paths.h"
#include "wire.h"

#include <fcntl.h>
#include <pwd.h>

#define RECORD_WAIT_MS 5000

/* Who logged in, however many times su and sudo were used since: proc(5), /proc/PID/loginuid. */
static const char *login_name(void)
{
	const struct passwd *person;
	char text[16];
	uint64_t uid;

	if (file_read_line(AT_FDCWD, "/proc/self/loginuid", text, sizeof(text)) < 0 ||
	    number_parse(text, 0, UINT32_MAX - 1, &uid) < 0)
		return "system";
	person = getpwuid((uid_t)uid);
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
