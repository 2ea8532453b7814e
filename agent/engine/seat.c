/* sd_seat_get_active(3) and its neighbours read the same files (systemd 252: seat_save in
 * logind-seat.c, session_save in logind-session.c, user_save in logind-user.c) and are the
 * documented way, but libsystemd and what it links would be most of the engine's memory. The lab
 * holds what is read here against loginctl(1). */
#include "seat.h"

#include "cleanup.h"
#include "file.h"
#include "number.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>

#define STATE_FILE_MAX 16384 /* bytes; a seat lists its sessions */

const char *seat_state_name(enum seat_state state)
{
	static const char *const names[] = {
		[SEAT_UNKNOWN] = "unknown",
		[SEAT_NOBODY] = "nobody",
		[SEAT_PERSON] = "person",
	};

	return names[state];
}

static int read_state(int run, const char *folder, const char *name, char **ret_text)
{
	_cleanup_close_ int fd = -1;
	char path[PROTOCOL_ID_MAX + 16];
	size_t length;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	fd = openat(run, path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	if (fd < 0)
		return -errno;
	return file_read_all(fd, STATE_FILE_MAX, ret_text, &length);
}

/* The value of the line "KEY=value". -ENODATA: there is none. -EBADMSG: it is there twice, too
 * long, or in quotes or escapes, which plain names need not. */
static int find_value(const char *text, const char *key, char *value, size_t size)
{
	size_t length = strlen(key), found = 0;

	for (const char *line = text; *line; line += strcspn(line, "\n"), line += *line == '\n') {
		size_t rest;

		if (strncmp(line, key, length) != 0 || line[length] != '=')
			continue;
		rest = strcspn(line + length + 1, "\n");
		if (found++ > 0 || rest >= size)
			return -EBADMSG;
		memcpy(value, line + length + 1, rest);
		value[rest] = '\0';
		if (strpbrk(value, "\"'\\"))
			return -EBADMSG;
	}
	return found > 0 ? 0 : -ENODATA;
}

static bool has_value(const char *text, const char *key, const char *expected)
{
	char value[PROTOCOL_ID_MAX];

	return find_value(text, key, value, sizeof(value)) == 0 && strcmp(value, expected) == 0;
}

/* With a second seat it can't be told at which of them a device was plugged in. */
static bool has_one_seat(int run)
{
	int fd = openat(run, "seats", O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	DIR *directory = fd < 0 ? NULL : fdopendir(fd);
	size_t others = 0, ours = 0;
	struct dirent *entry;

	if (!directory) {
		if (fd >= 0)
			close(fd);
		return false;
	}
	while ((entry = readdir(directory))) {
		/* logind writes under a name with a dot and renames. */
		if (entry->d_name[0] == '.')
			continue;
		if (strcmp(entry->d_name, "seat0") == 0)
			ours++;
		else
			others++;
	}
	closedir(directory);
	return ours == 1 && others == 0;
}

static bool is_session_name(const char *name)
{
	static const char digits[] =
		"0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";

	return *name && name[strspn(name, digits)] == '\0';
}

static int find_uid(const char *text, const char *key, uint64_t *ret_uid)
{
	char value[24];
	int r = find_value(text, key, value, sizeof(value));

	return r < 0 ? r : number_parse(value, 0, UINT32_MAX - 1, ret_uid);
}

/* Whose session it is. Whoever logs in now has the class greeter; a session that ends is closing.
 */
static enum seat_state read_session(const char *text, struct seat *seat)
{
	char class[PROTOCOL_ID_MAX];
	uint64_t uid;

	if (!has_value(text, "SEAT", "seat0") || !has_value(text, "ACTIVE", "1") ||
	    find_value(text, "CLASS", class, sizeof(class)) < 0)
		return SEAT_UNKNOWN;
	if (strcmp(class, "greeter") == 0 || strcmp(class, "lock-screen") == 0 ||
	    has_value(text, "STATE", "closing"))
		return SEAT_NOBODY;
	if (strncmp(class, "user", strlen("user")) != 0 || !has_value(text, "REMOTE", "0") ||
	    find_uid(text, "UID", &uid) < 0 ||
	    find_value(text, "USER", seat->user, sizeof(seat->user)) < 0 || !seat->user[0])
		return SEAT_UNKNOWN;
	seat->uid = (uid_t)uid;
	if (find_value(text, "SERVICE", seat->service, sizeof(seat->service)) < 0)
		seat->service[0] = '\0';
	if (!has_value(text, "TYPE", "tty") ||
	    find_value(text, "TTY", seat->tty, sizeof(seat->tty)) < 0)
		seat->tty[0] = '\0';
	return SEAT_PERSON;
}

static enum seat_state read_seat(int run, struct seat *seat)
{
	_cleanup_free_ char *text = NULL;
	_cleanup_free_ char *session = NULL;
	char name[PROTOCOL_ID_MAX];
	enum seat_state state;
	uint64_t uid;
	int r;

	if (!has_one_seat(run) || read_state(run, "seats", "seat0", &text) < 0 ||
	    !has_value(text, "IS_SEAT0", "1"))
		return SEAT_UNKNOWN;
	r = find_value(text, "ACTIVE", name, sizeof(name));
	if (r == -ENODATA)
		return SEAT_NOBODY;
	if (r < 0 || !is_session_name(name) || find_uid(text, "ACTIVE_UID", &uid) < 0 ||
	    read_state(run, "sessions", name, &session) < 0)
		return SEAT_UNKNOWN;
	state = read_session(session, seat);
	memcpy(seat->session, name, sizeof(seat->session));
	/* The two files are written one after the other. */
	return state == SEAT_PERSON && seat->uid != uid ? SEAT_UNKNOWN : state;
}

void seat_read(const char *run, struct seat *ret_seat)
{
	_cleanup_close_ int fd = open(run, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	enum seat_state state = SEAT_UNKNOWN;

	memset(ret_seat, 0, sizeof(*ret_seat));
	if (fd >= 0)
		state = read_seat(fd, ret_seat);
	if (state != SEAT_PERSON)
		memset(ret_seat, 0, sizeof(*ret_seat));
	ret_seat->state = state;
}

int seat_user_name(const char *run, uid_t uid, char name[static PROTOCOL_USER_MAX])
{
	_cleanup_close_ int fd = open(run, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	_cleanup_free_ char *text = NULL;
	char digits[24];
	int r;

	if (fd < 0)
		return -errno;
	snprintf(digits, sizeof(digits), "%u", uid);
	r = read_state(fd, "users", digits, &text);
	if (r == 0 && text)
		r = find_value(text, "NAME", name, PROTOCOL_USER_MAX);
	return r == -ENODATA || (r == 0 && !*name) ? -EBADMSG : r;
}

void seat_describe(const struct seat *seat, struct event *event)
{
	event_set(event, "seat", seat_state_name(seat->state));
	if (seat->state != SEAT_PERSON)
		return;
	event_set(event, "user", seat->user);
	event_set_number(event, "uid", seat->uid);
}
