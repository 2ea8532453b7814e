#include "pending.h"

#include <errno.h>
#include <signal.h>
#include <string.h>

#define LINGER_MS 60000 /* of a log-in whose program is gone */

static bool is_running(const struct process *process)
{
	return process->pid > 0 && (kill(process->pid, 0) == 0 || errno == EPERM) &&
	       process_may_be(process);
}

struct pending *pending_find(struct pending list[], size_t count, const struct login_note *note,
			     int64_t now)
{
	static struct pending unknown;
	struct pending *found = NULL;
	bool running = is_running(&note->asked);

	for (size_t i = 0; i < count; i++) {
		struct pending *pending = &list[i];

		if (pending->id[0] && strcmp(pending->id, note->id) == 0) {
			if (pending->opened != note->opened || pending->running != running)
				pending->since = now;
			found = pending;
			break;
		}
		if (!pending->id[0] && !found)
			found = pending;
	}
	if (!found)
		found = &unknown;
	if (strcmp(found->id, note->id) != 0) {
		*found = (struct pending){.since = now};
		memcpy(found->id, note->id, sizeof(found->id));
	}
	found->opened = note->opened;
	found->running = running;
	found->seen = true;
	return found;
}

bool pending_is_over(const struct login_note *note, const struct pending *pending, int64_t now)
{
	int64_t since = now - pending->since;

	if (!pending->running)
		return since >= LINGER_MS && (note->opened || !is_running(&note->parent));
	return note->opened && since >= PENDING_OPENED_MS;
}
