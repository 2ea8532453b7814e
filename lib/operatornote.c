#include "operatornote.h"

#include "cleanup.h"
#include "escape.h"
#include "file.h"
#include "number.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <jansson.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define OPENED	      ".opened"
#define FILE_NAME_MAX (PROTOCOL_ID_MAX + 8)

#define TEXT(member)                                                                               \
	{                                                                                          \
#member, offsetof(struct operator_note, member),                                   \
			sizeof(((struct operator_note *)0)->member)                                \
	}

static const struct {
	const char *name;
	size_t offset, size;
} texts[] = {TEXT(account), TEXT(person), TEXT(session)};

static bool is_id(const char *id)
{
	return *id && strlen(id) < PROTOCOL_ID_MAX && id[strspn(id, "0123456789abcdef-")] == '\0' &&
	       *id != '-';
}

int operatornote_process(int32_t pid, struct operator_process *ret_process)
{
	char path[64], text[1024];
	uint64_t started;
	char *at;
	int r;

	snprintf(path, sizeof(path), "/proc/%" PRId32 "/stat", pid);
	r = file_read_line(AT_FDCWD, path, text, sizeof(text));
	if (r < 0)
		return r;
	/* PID (NAME) STATE PARENT ..., where the name may have blanks and brackets; the start is
	 * the 22nd. */
	at = strrchr(text, ')');
	for (int field = 2; at && field < 22; field++)
		at = strchr(at + 1, ' ');
	if (!at)
		return -EBADMSG;
	at++;
	at[strcspn(at, " ")] = '\0';
	if (number_parse(at, 0, UINT64_MAX, &started) < 0)
		return -EBADMSG;
	*ret_process = (struct operator_process){pid, started};
	return 0;
}

static json_t *pack(const struct operator_note *note)
{
	json_t *object = json_pack("{s:i, s:I, s:i, s:I, s:I}", "pid", note->asked.pid, "started",
				   (json_int_t)note->asked.started, "parent", note->parent.pid,
				   "parent_started", (json_int_t)note->parent.started,
				   "at_boottime_ms", (json_int_t)note->at_boottime_ms);

	for (size_t i = 0; object && i < ARRAY_SIZE(texts); i++) {
		const char *text = (const char *)note + texts[i].offset;
		char escaped[PROTOCOL_USER_MAX];

		escape_text(text, strlen(text), escaped, texts[i].size);
		if (json_object_set_new(object, texts[i].name, json_string(escaped)) < 0) {
			json_decref(object);
			return NULL;
		}
	}
	return object;
}

int operatornote_write(int directory, const struct operator_note *note)
{
	_cleanup_free_ char *text = NULL;
	json_t *object;

	if (!is_id(note->id))
		return -EBADMSG;
	object = pack(note);
	text = object ? json_dumps(object, JSON_COMPACT | JSON_ENSURE_ASCII) : NULL;
	json_decref(object);
	if (!text)
		return -ENOMEM;
	return file_write_atomic(directory, note->id, text, strlen(text), 0644);
}

int operatornote_open(int directory, const char *id)
{
	char name[FILE_NAME_MAX];

	snprintf(name, sizeof(name), "%.60s" OPENED, id);
	return renameat(directory, id, directory, name) < 0 ? -errno : 0;
}

void operatornote_remove(int directory, const char *id)
{
	char name[FILE_NAME_MAX];

	snprintf(name, sizeof(name), "%.60s" OPENED, id);
	unlinkat(directory, id, 0);
	unlinkat(directory, name, 0);
}

static int take_process(const json_t *object, const char *pid_name, const char *started_name,
			struct operator_process *process)
{
	json_int_t pid = json_integer_value(json_object_get(object, pid_name));
	json_int_t started = json_integer_value(json_object_get(object, started_name));

	if (pid < 0 || pid > INT32_MAX || started < 0)
		return -EBADMSG;
	*process = (struct operator_process){(int32_t)pid, (uint64_t)started};
	return 0;
}

static int unpack(const json_t *object, struct operator_note *note)
{
	if (take_process(object, "pid", "started", &note->asked) < 0 ||
	    take_process(object, "parent", "parent_started", &note->parent) < 0)
		return -EBADMSG;
	note->at_boottime_ms = json_integer_value(json_object_get(object, "at_boottime_ms"));
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		const char *text = json_string_value(json_object_get(object, texts[i].name));

		if (!text || strlen(text) >= texts[i].size)
			return -EBADMSG;
		memcpy((char *)note + texts[i].offset, text, strlen(text) + 1);
	}
	return 0;
}

static int read_note(int directory, const char *name, struct operator_note *ret_note)
{
	_cleanup_close_ int fd = -1;
	_cleanup_free_ char *text = NULL;
	struct operator_note note = {};
	size_t length = strcspn(name, "."), size;
	json_t *object;
	int r;

	if (length >= sizeof(note.id))
		return -EBADMSG;
	memcpy(note.id, name, length);
	note.opened = strcmp(name + length, OPENED) == 0;
	if (!is_id(note.id) || (name[length] != '\0' && !note.opened))
		return -EBADMSG;
	fd = openat(directory, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	if (fd < 0)
		return -errno;
	r = file_read_all(fd, OPERATORNOTE_SIZE_MAX, &text, &size);
	if (r < 0)
		return r;
	object = json_loads(text, 0, NULL);
	r = unpack(object, &note);
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

static bool is_running(const struct operator_process *process)
{
	struct operator_process now;

	return process->pid > 0 && operatornote_process(process->pid, &now) == 0 &&
	       now.started == process->started;
}

static void find_session(struct known *known, const struct operator_sessions *sessions)
{
	const struct operator_process *const processes[] = {&known->note.asked,
							    &known->note.parent};

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
			operatornote_remove(directory, known[i].note.id);
	free(known);
}
