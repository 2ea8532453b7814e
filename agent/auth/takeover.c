#include "takeover.h"

#include "caller.h"
#include "loginnote.h"
#include "notefile.h"
#include "sessionname.h"

#include "cleanup.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <time.h>

static int open_directory(const struct takeover *takeover)
{
	return open(takeover->directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

/* Who is known to be there. Where it can't be told, nobody is. */
static void find_before(struct takeover *takeover)
{
	_cleanup_close_ int directory = open_directory(takeover);
	struct operator_note before;

	if (directory < 0)
		return;
	operatornote_prune(directory, &takeover->sessions);
	if (takeover->note.session[0] &&
	    operatornote_find(directory, takeover->hello->user, takeover->note.session,
			      &takeover->sessions, &before) == 0)
		memcpy(takeover->before, before.person, sizeof(takeover->before));
}

enum failure takeover_begin(struct takeover *takeover, struct shared *shared)
{
	const struct auth_hello *hello = takeover->hello;
	bool known;

	takeover->asked = strcmp(hello->service, TAKEOVER_SERVICE) == 0;
	takeover->wanted = shared->is && loginnote_is_wanted(hello->service);
	if (takeover->asked && !shared->is)
		return FAILURE_NOT_SHARED;
	if (!takeover->wanted)
		return FAILURE_NONE;
	known = sessionname_open(takeover->logind, &takeover->sessions) == 0;
	if (known && sessionname_find(&takeover->sessions, takeover->pid, hello->user,
				      takeover->note.session) < 0)
		takeover->note.session[0] = '\0';
	if (known)
		find_before(takeover);
	if (!takeover->asked)
		return FAILURE_NONE;
	if (!takeover->note.session[0])
		return FAILURE_NO_SESSION;
	shared_leave_out(shared, takeover->before);
	return FAILURE_NONE;
}

enum failure takeover_write(struct takeover *takeover, const struct keyfactor *factor)
{
	_cleanup_close_ int directory = -1;
	struct operator_note *note = &takeover->note;
	struct timespec now;
	int r = 0;

	if (!takeover->wanted)
		return FAILURE_NONE;
	if (!factor || !factor->entry)
		return FAILURE_OPERATOR;
	snprintf(note->id, sizeof(note->id), "%s", takeover->id);
	memcpy(note->account, takeover->hello->user, sizeof(note->account));
	snprintf(note->person, sizeof(note->person), "%s", factor->entry->user);
	/* What can't be known of them leads no session. */
	process_find(takeover->pid, &note->asked);
	process_find(caller_parent(takeover->pid), &note->parent);
	if (clock_gettime(CLOCK_BOOTTIME, &now) < 0)
		r = -errno;
	else
		note->at_boottime_ms = (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
	directory = open_directory(takeover);
	if (r == 0)
		r = directory < 0 ? -errno : operatornote_write(directory, note);
	if (r < 0) {
		fprintf(stderr, "%s: %s\n", takeover->directory, strerror(-r));
		return FAILURE_OPERATOR;
	}
	takeover->written = true;
	return FAILURE_NONE;
}

enum failure takeover_open(struct takeover *takeover)
{
	_cleanup_close_ int directory = takeover->written ? open_directory(takeover) : -1;
	int r;

	if (!takeover->written || takeover->note.opened)
		return FAILURE_NONE;
	r = directory < 0 ? -errno : notefile_open(directory, takeover->id);
	if (r < 0) {
		fprintf(stderr, "%s/%s: %s\n", takeover->directory, takeover->id, strerror(-r));
		return FAILURE_OPERATOR;
	}
	takeover->note.opened = true;
	return FAILURE_NONE;
}

bool takeover_changes(const struct takeover *takeover)
{
	/* Whoever was there before: where nobody knows, it is told as well. */
	return takeover->written && takeover->note.session[0] &&
	       strcmp(takeover->before, takeover->note.person) != 0;
}

void takeover_describe(const struct takeover *takeover, struct event *event)
{
	event_set(event, "operator", takeover->note.person);
	event_set(event, "previous", takeover->before);
	event_set(event, "session", takeover->note.session);
	event_set(event, "login", takeover->id);
}

void takeover_withdraw(struct takeover *takeover)
{
	_cleanup_close_ int directory = takeover->written ? open_directory(takeover) : -1;

	if (directory >= 0)
		notefile_remove(directory, takeover->id);
	takeover->written = false;
}

void takeover_end(struct takeover *takeover)
{
	sessionname_close(&takeover->sessions);
}
