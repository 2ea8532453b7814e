#include "outcome.h"

#include <string.h>

#define SETTLE_MS 2000 /* a session that begins is opened after the log-in was */
#define UNTOLD_MS 120000 /* of a log-in that unlocked a screen without a word of it */

static const char *without_dev(const char *tty)
{
	return strncmp(tty, "/dev/", strlen("/dev/")) == 0 ? tty + strlen("/dev/") : tty;
}

/* A lock's log-in comes from no terminal, from a display or from its own session's terminal. */
static bool is_at(const struct login_note *note, const struct session *session)
{
	const char *tty = without_dev(note->tty);

	return tty[0] == '\0' || tty[0] == ':' || strcmp(tty, session->tty) == 0;
}

/* What began after the log-in was not unlocked by it. */
static bool is_lockable_of(const struct session *session, const struct login_note *note)
{
	return session->person && !session->closing && !session->remote &&
	       session->since_ms <= note->at_ms && !note->session[0] &&
	       strcmp(session->user, note->user) == 0;
}

static bool is_screen_of(const struct session *session, const struct login_note *note)
{
	return session->graphical && is_lockable_of(session, note) && is_at(note, session);
}

static bool is_console_of(const struct session *session, const struct login_note *note)
{
	return !session->graphical && session->tty[0] && is_lockable_of(session, note) &&
	       strcmp(without_dev(note->tty), session->tty) == 0;
}

void outcome_look_for_lock(const struct logind *logind, const struct login_note *note,
			   struct pending *pending)
{
	for (size_t i = 0; i < logind->count && !pending->locked[0]; i++)
		if (logind->sessions[i].locked && is_screen_of(&logind->sessions[i], note))
			memcpy(pending->locked, logind->sessions[i].name, sizeof(pending->locked));
}

static bool may_unlock(struct watches *watches, const struct session *session,
		       const struct login_note *note, const struct pending *pending, int64_t now)
{
	const struct watched *watched = watches_find(watches, session->name);
	bool away = watched && watched->watch.state == WATCH_REMOVED &&
		    note->at_boottime_ms >= watched->watch.removed_at;

	if (!is_screen_of(session, note))
		return false;
	if (note->opened)
		return away || session->locked || strcmp(pending->locked, session->name) == 0;
	/* Some locks end without a word; that they unlocked tells that all factors were right. */
	return away && watched->watch.locked && !session->locked && now - note->at_ms < UNTOLD_MS;
}

/* The one session that it can be; NULL: none, or it can't be told. */
static const struct session *find_unlocked(struct watches *watches, const struct logind *logind,
					   const struct login_note *note,
					   const struct pending *pending, int64_t now)
{
	const struct session *any = NULL, *same = NULL;
	size_t count = 0, alike = 0;

	for (size_t i = 0; i < logind->count; i++) {
		const struct session *session = &logind->sessions[i];

		if (!may_unlock(watches, session, note, pending, now))
			continue;
		any = session;
		count++;
		if (strcmp(session->service, note->service) != 0)
			continue;
		same = session;
		alike++;
	}
	return count == 1 ? any : alike == 1 ? same : NULL;
}

/* Not every lock tells logind of itself. What has to end does then too, if it can be one alone. */
static const struct session *find_ending(const struct logind *logind, const struct login_note *note)
{
	const struct session *any = NULL;
	size_t count = 0;

	for (size_t i = 0; note->opened && note->ends_at_ms != 0 && i < logind->count; i++) {
		const struct session *session = &logind->sessions[i];

		if (!is_screen_of(session, note) && !is_console_of(session, note))
			continue;
		any = session;
		count++;
	}
	return count == 1 ? any : NULL;
}

/* Whoever is still at it may be about to open a session of his or her own. Where an end is given or
 * lifted by it, that is waited for as long as a log-in is remembered: it must not be another
 * session's. */
static bool began_none(struct watches *watches, const struct session *screen,
		       const struct login_note *note, const struct pending *pending, int64_t now)
{
	const struct watched *watched = watches_find(watches, screen->name);
	bool ends = note->ends_at_ms != 0 || (watched && watched->note.ends_at_ms != 0);

	return !pending->running ||
	       now - pending->since >= (ends && note->opened ? PENDING_OPENED_MS : SETTLE_MS);
}

static const struct session *find_screen(struct watches *watches, const struct logind *logind,
					 const struct login_note *note,
					 const struct pending *pending, int64_t now)
{
	const struct session *session = find_unlocked(watches, logind, note, pending, now);

	if (!session)
		session = find_ending(logind, note);
	return session && began_none(watches, session, note, pending, now) ? session : NULL;
}

static bool leads(const struct session *session, const struct process *process)
{
	return session->leader == (uint32_t)process->pid && process_may_be(process);
}

/* The one that a log-in within it names, by the kernel's word, or that its program leads. */
static bool is_of(const struct session *session, const struct login_note *note)
{
	if (note->session[0])
		return note->opened && strcmp(session->name, note->session) == 0;
	return session->leader != 0 && session->since_ms >= note->at_ms &&
	       (leads(session, &note->asked) || leads(session, &note->parent));
}

static const struct session *find_begun(const struct logind *logind, const struct login_note *note)
{
	const struct session *session = logind->sessions;

	for (; session < logind->sessions + logind->count; session++)
		if (session->person && !session->closing && is_of(session, note) &&
		    strcmp(session->user, note->user) == 0)
			return session;
	return NULL;
}

const struct session *outcome_find(struct watches *watches, const struct logind *logind,
				   const struct login_note *note, const struct pending *pending,
				   int64_t now)
{
	const struct session *session = find_begun(logind, note);

	return session ? session : find_screen(watches, logind, note, pending, now);
}
