#include "operatornote.h"

#include "cleanup.h"
#include "notefile.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#define MEMBER(kind, name, member) NOTEFILE_MEMBER(kind, name, struct operator_note, member, false)

static const struct notefile_member members[] = {
	MEMBER(TEXT, "account", account),
	MEMBER(TEXT, "person", person),
	MEMBER(TEXT, "session", session),
	MEMBER(INT32, "pid", asked.pid),
	MEMBER(INT64, "started", asked.started),
	MEMBER(INT32, "parent", parent.pid),
	MEMBER(INT64, "parent_started", parent.started),
	MEMBER(INT64, "at_boottime_ms", at_boottime_ms),
};

int operatornote_write(int directory, const struct operator_note *note)
{
	return notefile_write(directory, note->id,
			      notefile_pack(note, members, ARRAY_SIZE(members)), 0644);
}

static int read_note(int directory, const char *name, struct operator_note *ret_note)
{
	struct operator_note note = {};
	json_t *object = NULL;
	int r = notefile_read(directory, name, note.id, &note.opened, &object);

	if (r == 0)
		r = notefile_unpack(object, members, ARRAY_SIZE(members), &note);
	json_decref(object);
	if (r == 0)
		*ret_note = note;
	return r;
}

/* One of all, and the session that it tells of: "" where that is not known, or none yet. */
struct known {
	struct operator_note note;
	char session[OPERATORNOTE_SESSION_MAX];
};

static bool is_running(const struct process *process)
{
	struct process now;

	return process->pid > 0 && process_find(process->pid, &now) == 0 &&
	       now.started == process->started;
}

static void find_session(struct known *known, const struct operator_sessions *sessions)
{
	const struct process *const processes[] = {&known->note.asked, &known->note.parent};

	memcpy(known->session, known->note.session, sizeof(known->session));
	for (size_t i = 0; i < ARRAY_SIZE(processes) && !known->session[0]; i++)
		if (!is_running(processes[i]) ||
		    sessions->of(sessions->user, processes[i]->pid, known->session) < 0)
			known->session[0] = '\0';
}

/* All notes; those that can't be read are none. -E2BIG: there are more than can be looked at. */
static int read_all(int directory, const struct operator_sessions *sessions,
		    struct known known[static OPERATORNOTES_MAX], size_t *ret_count)
{
	int fd = openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *stream = fd < 0 ? NULL : fdopendir(fd);
	const struct dirent *entry;
	int r = 0;

	*ret_count = 0;
	if (!stream) {
		r = -errno;
		if (fd >= 0)
			close(fd);
		return r;
	}
	while (r == 0 && (entry = readdir(stream))) {
		struct operator_note note;

		/* One that is being written has a dot in front. */
		if (entry->d_name[0] == '.' || read_note(directory, entry->d_name, &note) < 0)
			continue;
		if (*ret_count == OPERATORNOTES_MAX) {
			r = -E2BIG;
			continue;
		}
		known[*ret_count].note = note;
		find_session(&known[(*ret_count)++], sessions);
	}
	closedir(stream);
	return r;
}

static bool is_later(const struct operator_note *note, const struct operator_note *than)
{
	return !than || note->at_boottime_ms > than->at_boottime_ms;
}

static int find_last(const struct known *known, size_t count, const char *account,
		     const char *session, const struct operator_sessions *sessions,
		     struct operator_note *ret_note)
{
	const struct operator_note *last = NULL, *stray = NULL;

	for (size_t i = 0; i < count; i++) {
		const struct operator_note *note = &known[i].note;

		if (!note->opened || strcmp(note->account, account) != 0)
			continue;
		if (strcmp(known[i].session, session) == 0 && is_later(note, last))
			last = note;
		if (!known[i].session[0] && is_later(note, stray))
			stray = note;
	}
	/* Some locks are opened by a program outside: the greeter's. */
	if (stray && is_later(stray, last)) {
		if (sessions->count(sessions->user, account) != 1)
			return -ENOTUNIQ;
		last = stray;
	}
	if (!last)
		return -ENOENT;
	*ret_note = *last;
	return 0;
}

int operatornote_find(int directory, const char *account, const char *session,
		      const struct operator_sessions *sessions, struct operator_note *ret_note)
{
	struct known *known = calloc(OPERATORNOTES_MAX, sizeof(*known));
	size_t count;
	int r;

	if (!known)
		return -ENOMEM;
	r = read_all(directory, sessions, known, &count);
	if (r == 0)
		r = find_last(known, count, account, session, sessions, ret_note);
	free(known);
	return r;
}

/* Whether another one tells of the same later. */
static bool is_superseded(const struct known *all, size_t count, const struct known *one)
{
	for (size_t i = 0; i < count; i++)
		if (all[i].note.opened && strcmp(all[i].note.account, one->note.account) == 0 &&
		    strcmp(all[i].session, one->session) == 0 && is_later(&all[i].note, &one->note))
			return true;
	return false;
}

static bool is_over(const struct known *all, size_t count, const struct known *one,
		    const struct operator_sessions *sessions)
{
	const struct operator_note *note = &one->note;

	/* Whoever is still at it has no session yet. */
	if (!one->session[0] && is_running(&note->asked))
		return false;
	return is_superseded(all, count, one) ||
	       (note->session[0] && !sessions->exists(sessions->user, note->session)) ||
	       sessions->count(sessions->user, note->account) == 0;
}

void operatornote_prune(int directory, const struct operator_sessions *sessions)
{
	struct known *known = calloc(OPERATORNOTES_MAX, sizeof(*known));
	size_t count = 0;

	/* Of too many those that were read are enough to begin with. */
	if (known)
		read_all(directory, sessions, known, &count);
	for (size_t i = 0; i < count; i++)
		if (is_over(known, count, &known[i], sessions))
			notefile_remove(directory, known[i].note.id);
	free(known);
}
