#include "people.h"

#include "cleanup.h"
#include "notify.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

int people_open(struct people *people)
{
	int listener = notify_listener("refusals");
	int r;

	if (listener == -ENOENT) {
		fputs("sekishod: no socket refusals: people are not told what was refused\n",
		      stderr);
		return 0;
	}
	r = listener < 0 ? listener
			 : control_begin(&people->control, listener, people_answer, people);
	if (r < 0)
		return r;
	people->control.each = PEOPLE_CONNECTIONS_EACH;
	people->control.accepts =
		(struct quota){.max = PEOPLE_CONNECTIONS_MAX, .within_ms = PEOPLE_WITHIN_MS};
	return 0;
}

void people_release(struct people *people)
{
	if (people->control.answer)
		control_release(&people->control);
	logins_release(&people->logins);
	refusals_release(&people->refusals);
}

void people_appended(void *user, enum event_kind kind, const struct record_request *request,
		     json_t *fields, uint64_t sequence)
{
	struct people *people = user;

	logins_note(&people->logins, kind, request->id, fields);
	refusals_note(&people->refusals, kind, request, sequence);
}

/* Also of one that was to be closed and is not: its event is the only one there is. */
static bool is_about_a_device(const struct event *event)
{
	switch (event->kind) {
	case EVENT_DEVICE_ALLOWED:
	case EVENT_DEVICE_BLOCKED:
	case EVENT_DEVICE_AUDITED:
	case EVENT_CHALLENGE_ASKED:
	case EVENT_CHALLENGE_PASSED:
	case EVENT_CHALLENGE_FAILED:
		return true;
	case EVENT_ENGINE_FAULT:
		return json_object_get(event->fields, "reason") != NULL;
	default:
		return false;
	}
}

void people_describe(const struct people *people, const struct event *event)
{
	/* The fields are the event's own, not a copy. */
	struct event judged = *event;
	struct seat seat;

	if (event->kind == EVENT_ATTEMPT_REFUSED && !json_object_get(event->fields, "uid") &&
	    !json_object_get(event->fields, "seat")) {
		seat_read(people->run, &seat);
		seat_describe(&seat, &judged);
		return;
	}
	if (!is_about_a_device(event))
		return;
	/* It came earlier: whoever sits here now need not be the one who plugged it in. */
	if (json_object_get(event->fields, "when"))
		seat = (struct seat){.state = SEAT_UNKNOWN};
	else
		seat_read(people->run, &seat);
	seat_describe(&seat, &judged);
	if (event->kind != EVENT_ENGINE_FAULT)
		logins_describe(&people->logins, &seat, &judged);
}

/* Those who listen watch the file (inotify(7)) and come and ask: nothing here waits for them, or
 * knows them. */
static void ring(const struct people *people)
{
	_cleanup_close_ int fd =
		open(people->bell, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644);

	if (fd >= 0 && (fchmod(fd, 0644) < 0 || pwrite(fd, "\n", 1, 0) < 0))
		fprintf(stderr, "sekishod: %s: %s\n", people->bell, strerror(errno));
}

size_t people_poll(const struct people *people, struct pollfd *polls)
{
	return people->control.answer ? control_poll(&people->control, polls) : 0;
}

int64_t people_deadline(const struct people *people)
{
	return people->control.answer ? control_deadline(&people->control) : WIRE_NO_DEADLINE;
}

void people_dispatch(struct people *people, const struct journal *journal, int64_t now)
{
	struct journal_head end;
	uint64_t newest;

	journal_head(journal, &end);
	newest = refusals_settle(&people->refusals, end.sequence);
	if (newest > people->rung ||
	    (people->challenges && people->challenges->total > people->asked))
		ring(people);
	people->asked = people->challenges ? people->challenges->total : 0;
	people->rung = newest;
	if (people->control.answer)
		control_dispatch(&people->control, now);
}

/* The code is for whoever can be in front of the screen. At the log-in screen the text console has
 * it.
 */
static bool sits_here(const struct people *people, uid_t uid)
{
	struct seat seat;

	seat_read(people->run, &seat);
	return uid == 0 || (seat.state == SEAT_PERSON && seat.uid == uid);
}

static json_t *tell_refusals(const struct people *people, uid_t uid)
{
	char name[PROTOCOL_USER_MAX] = "";
	struct refusals_asker asker = {uid, name};

	if (uid != 0 && seat_user_name(people->run, uid, name) < 0)
		name[0] = '\0';
	return refusals_tell(&people->refusals, &asker);
}

json_t *people_answer(void *user, const struct control_question *question, int *ret_error)
{
	const struct people *people = user;

	*ret_error = 0;
	if (strcmp(question->verb, "refusals") == 0)
		return tell_refusals(people, question->caller);
	if (strcmp(question->verb, "challenges") != 0)
		*ret_error = -EINVAL;
	else if (people->challenges && sits_here(people, question->caller))
		return challenge_tell(people->challenges, wire_now());
	return json_array();
}
