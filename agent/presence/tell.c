#include "tell.h"

#include "agent/auth/record.h"

#include <stdio.h>
#include <string.h>

#define TELL_MS 2000

void tell(struct teller *teller, enum event_kind kind, const struct login_note *note,
	  const char *session, const char *reason, const char *error)
{
	_cleanup_event_ struct event event = {};
	int r = event_begin(&event, kind);

	if (r == 0) {
		event_set(&event, "user", note->user);
		event_set(&event, "operator", note->person);
		event_set(&event, "session", session);
		event_set(&event, "service", note->service);
		event_set(&event, "tty", note->tty);
		event_set(&event, "credential", note->credential);
		event_set(&event, "label", note->label);
		event_set(&event, "login", note->id);
		event_set(&event, "reason", reason);
		event_set(&event, "error", error);
		r = record_event(teller->socket, teller->run, SPOOL_GRANT, &event,
				 wire_now() + TELL_MS);
	}
	/* It is done all the same. */
	if (r < 0)
		fprintf(stderr, "%s of session %s is in no record: %s\n", event_rows[kind].name,
			session, strerror(-r));
	/* Whether it came to the journal or to the spool is seen at the next look. */
	teller->waiting++;
}

void tell_flush(struct teller *teller, int64_t now)
{
	if (teller->waiting == 0 || now < teller->flush_at)
		return;
	teller->flush_at = now + TELL_FLUSH_MS;
	if (record_flush(teller->socket, teller->run, &teller->waiting) < 0 && teller->waiting == 0)
		teller->waiting = 1;
}
