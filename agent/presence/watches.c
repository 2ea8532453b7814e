#include "watches.h"

#include "notefile.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LINGER_MS 60000 /* of a log-in whose program is gone */
#define OPENED_MS 600000 /* of one that went on, and neither began a session nor unlocked one */
#define SETTLE_MS 2000 /* a session that begins is opened after the log-in was */
#define UNTOLD_MS 120000 /* of a log-in that unlocked a screen without a word of it */
#define NOTES_MAX 512 /* looked at, at once */

static struct watched *find_watched(struct watches *watches, const char *session)
{
	for (size_t i = 0; i < WATCHES_MAX; i++)
		if (*session && strcmp(watches->list[i].session, session) == 0)
			return &watches->list[i];
	return NULL;
}

struct watched *watches_find_free(struct watches *watches)
{
	for (size_t i = 0; i < WATCHES_MAX; i++)
		if (!watches->list[i].session[0])
			return &watches->list[i];
	return NULL;
}

static bool is_watched(const struct watches *watches, const char *id)
{
	for (size_t i = 0; i < WATCHES_MAX; i++)
		if (watches->list[i].session[0] && strcmp(watches->list[i].note.id, id) == 0)
			return true;
	return false;
}

static void clear(struct watched *watched)
{
	probe_end(&watched->probe);
	memset(watched, 0, sizeof(*watched));
}

static void forget(struct watches *watches, struct watched *watched)
{
	notefile_remove(watches->notes, watched->note.id);
	clear(watched);
}

/* From now on this log-in's key is the session's. */
static void begin(struct watches *watches, const struct session *session,
		  const struct login_note *note, struct pending *pending)
{
	struct watched *watched = find_watched(watches, session->name);

	/* What we were killed before taking away. */
	if (watched && note->at_ms < watched->note.at_ms) {
		watches_retire(watches, note->id);
		return;
	}
	if (watched) {
		watches_retire(watches, watched->note.id);
		clear(watched);
	} else {
		watched = watches_find_free(watches);
	}
	if (!note->credential[0] && note->ends_at_ms == 0) {
		/* A code was shown: there is no key to be pulled out, and no end. */
		watches_retire(watches, note->id);
		return;
	}
	/* The file stays until a place is free. */
	if (!watched) {
		if (!pending->told)
			fprintf(stderr, "session %s is not watched: there are %d already\n",
				session->name, WATCHES_MAX);
		pending->told = true;
		return;
	}
	memcpy(watched->session, session->name, sizeof(watched->session));
	watched->note = *note;
	watched->key = note->key;
}

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

static bool may_unlock(struct watches *watches, const struct session *session,
		       const struct login_note *note, const struct pending *pending, int64_t now)
{
	const struct watched *watched = find_watched(watches, session->name);
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

/* Not a later one that was given its number; of one that is gone nobody can tell. */
static bool is_same(const struct process *process)
{
	struct process now;

	return process->started == 0 || process_find(process->pid, &now) < 0 ||
	       now.started == process->started;
}

static bool leads(const struct session *session, const struct process *process)
{
	return session->leader == (uint32_t)process->pid && is_same(process);
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

static bool is_running(const struct process *process)
{
	return process->pid > 0 && (kill(process->pid, 0) == 0 || errno == EPERM) &&
	       is_same(process);
}

/* The place of a log-in that has no session yet. Where all are taken, one that is not known from
 * look to look: it stays in its file. */
static struct pending *find_pending(struct watches *watches, const struct login_note *note,
				    int64_t now)
{
	static struct pending unknown;
	struct pending *found = NULL;
	bool running = is_running(&note->asked);

	for (size_t i = 0; i < WATCHES_MAX; i++) {
		struct pending *pending = &watches->pending[i];

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

/* The person's screen that is locked while he or she shows the key: once it is unlocked nobody can
 * tell. */
static void look_for_lock(const struct logind *logind, const struct login_note *note,
			  struct pending *pending)
{
	for (size_t i = 0; i < logind->count && !pending->locked[0]; i++)
		if (logind->sessions[i].locked && is_screen_of(&logind->sessions[i], note))
			memcpy(pending->locked, logind->sessions[i].name, sizeof(pending->locked));
}

static bool is_over(const struct login_note *note, const struct pending *pending, int64_t now)
{
	int64_t since = now - pending->since;

	if (!pending->running)
		return since >= LINGER_MS && (note->opened || !is_running(&note->parent));
	return note->opened && since >= OPENED_MS;
}

/* Whoever is still at it may be about to open a session of his or her own. Where an end is given or
 * lifted by it, that is waited for as long as a log-in is remembered: it must not be another
 * session's. */
static bool began_none(struct watches *watches, const struct session *screen,
		       const struct login_note *note, const struct pending *pending, int64_t now)
{
	const struct watched *watched = find_watched(watches, screen->name);
	bool ends = note->ends_at_ms != 0 || (watched && watched->note.ends_at_ms != 0);

	return !pending->running ||
	       now - pending->since >= (ends && note->opened ? OPENED_MS : SETTLE_MS);
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

static void give_up(struct watches *watches, const struct login_note *note)
{
	if (note->opened && note->ends_at_ms != 0)
		fprintf(stderr, "log-in %s of %s: no session is known that it began or unlocked\n",
			note->id, note->user);
	notefile_remove(watches->notes, note->id);
}

static void settle(struct watches *watches, const struct logind *logind,
		   const struct login_note *note, int64_t now)
{
	struct pending *pending = find_pending(watches, note, now);
	const struct session *session = find_begun(logind, note);

	look_for_lock(logind, note, pending);
	if (!session)
		session = find_screen(watches, logind, note, pending, now);
	if (session)
		begin(watches, session, note, pending);
	else if (is_over(note, pending, now))
		give_up(watches, note);
	else
		watches->waiting++;
}

static void settle_all(struct watches *watches, const struct logind *logind, int64_t now)
{
	int fd = openat(watches->notes, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *directory = fd < 0 ? NULL : fdopendir(fd);
	const struct dirent *entry;
	size_t count = 0;

	watches->waiting = 0;
	for (size_t i = 0; i < WATCHES_MAX; i++)
		watches->pending[i].seen = false;
	if (!directory) {
		if (fd >= 0)
			close(fd);
		watches->waiting = 1; /* not known, so there may be some */
		return;
	}
	while ((entry = readdir(directory)) && count < NOTES_MAX) {
		struct login_note note;
		int r;

		/* One that is being written has a dot in front. */
		if (entry->d_name[0] == '.')
			continue;
		r = loginnote_read(watches->notes, entry->d_name, &note);
		if (r == 0 && !is_watched(watches, note.id) &&
		    !watches_is_retired(watches, note.id)) {
			count++;
			settle(watches, logind, &note, now);
		} else if (r < 0 && r != -ENOENT) {
			fprintf(stderr, "%s: %s\n", entry->d_name, strerror(-r));
			if (r == -EBADMSG)
				unlinkat(watches->notes, entry->d_name, 0);
		}
	}
	closedir(directory);
	for (size_t i = 0; i < WATCHES_MAX; i++)
		if (!watches->pending[i].seen)
			watches->pending[i].id[0] = '\0';
}

static void forget_ended(struct watches *watches, const struct logind *logind)
{
	for (size_t i = 0; i < WATCHES_MAX; i++) {
		struct watched *watched = &watches->list[i];
		const struct session *session;

		if (!watched->session[0])
			continue;
		session = logind_find(logind, watched->session);
		if (!session || session->closing)
			forget(watches, watched);
	}
}

void watches_settle(struct watches *watches, const struct logind *logind, bool fresh, int64_t now)
{
	if (fresh)
		forget_ended(watches, logind);
	settle_all(watches, logind, now);
}

bool watches_are_none(const struct watches *watches)
{
	for (size_t i = 0; i < WATCHES_MAX; i++)
		if (watches->list[i].session[0])
			return false;
	return watches->waiting == 0;
}

void watches_release(struct watches *watches)
{
	for (size_t i = 0; i < WATCHES_MAX; i++)
		probe_end(&watches->list[i].probe);
	free(watches->saved);
	watches->saved = NULL;
}
