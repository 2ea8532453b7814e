#include "watches.h"

#include "escape.h"
#include "notefile.h"
#include "outcome.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define NOTES_MAX 512 /* looked at, at once */

struct watched *watches_find(struct watches *watches, const char *session)
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
	struct watched *watched = watches_find(watches, session->name);

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

static void give_up(struct watches *watches, const struct login_note *note)
{
	char user[4 * PROTOCOL_USER_MAX];

	escape_text(note->user, strlen(note->user), user, sizeof(user));
	if (note->opened && note->ends_at_ms != 0)
		fprintf(stderr, "log-in %s of %s: no session is known that it began or unlocked\n",
			note->id, user);
	notefile_remove(watches->notes, note->id);
}

static void settle(struct watches *watches, const struct logind *logind,
		   const struct login_note *note, int64_t now)
{
	struct pending *pending = pending_find(watches->pending, WATCHES_MAX, note, now);
	const struct session *session;

	outcome_look_for_lock(logind, note, pending);
	session = outcome_find(watches, logind, note, pending, now);
	if (session)
		begin(watches, session, note, pending);
	else if (pending_is_over(note, pending, now))
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
