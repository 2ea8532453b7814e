#include "recent.h"

#include <string.h>

void recent_note(struct recent *recent, const struct record_request *request, uint64_t sequence)
{
	struct recent_event *event = &recent->events[recent->next];

	memcpy(event->kind, request->kind, sizeof(event->kind));
	memcpy(event->id, request->id, sizeof(event->id));
	event->sequence = sequence;
	recent->next = (recent->next + 1) % RECENT_EVENTS;
}

uint64_t recent_find(const struct recent *recent, const struct record_request *request)
{
	for (size_t i = 0; request->late && i < RECENT_EVENTS; i++) {
		const struct recent_event *event = &recent->events[i];

		/* A grant that could not be recorded in time is refused under the same id. */
		if (event->sequence != 0 && strcmp(event->id, request->id) == 0 &&
		    strcmp(event->kind, request->kind) == 0)
			return event->sequence;
	}
	return 0;
}

void recent_forget(struct recent *recent)
{
	memset(recent, 0, sizeof(*recent));
}
