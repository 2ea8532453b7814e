#include "logind.h"

#include "cleanup.h"

#include <errno.h>
#include <poll.h>
#include <string.h>

#define NAME	   "org.freedesktop.login1"
#define PATH	   "/org/freedesktop/login1"
#define TIMEOUT_US UINT64_C(3000000)
#define TURNS_MAX  256 /* messages taken at once */

static int on_change(sd_bus_message *message, void *user, sd_bus_error *error)
{
	struct logind *logind = user;

	(void)message;
	(void)error;
	logind->stale = true;
	return 0;
}

static int connect_bus(struct logind *logind)
{
	int r;

	if (logind->bus)
		return 0;
	r = sd_bus_open_system(&logind->bus);
	if (r >= 0)
		r = sd_bus_set_method_call_timeout(logind->bus, TIMEOUT_US);
	/* Sessions that come and go, and what changes of each. */
	if (r >= 0)
		r = sd_bus_match_signal(logind->bus, NULL, NAME, NULL, NULL, NULL, on_change,
					logind);
	if (r < 0) {
		logind_close(logind);
		return r;
	}
	logind->stale = true;
	return 0;
}

void logind_close(struct logind *logind)
{
	logind->bus = sd_bus_close_unref(logind->bus);
}

int logind_fd(const struct logind *logind)
{
	return logind->bus ? sd_bus_get_fd(logind->bus) : -1;
}

short logind_events(const struct logind *logind)
{
	int events = logind->bus ? sd_bus_get_events(logind->bus) : 0;
	short wanted = POLLIN;

	if (events > 0)
		wanted = (short)events;
	return wanted;
}

/* What the session's properties of these names hold. Whatever is missing stays empty. */
struct properties {
	const char *user, *service, *tty, *type, *class, *state;
	uint32_t leader;
	uint64_t since_us;
	int remote, locked;
};

static int read_value(sd_bus_message *reply, const char *name, struct properties *to)
{
	const struct {
		const char *name, *type;
		void *place;
	} rows[] = {
		{"Name", "s", &to->user},     {"Service", "s", &to->service},
		{"TTY", "s", &to->tty},	      {"Type", "s", &to->type},
		{"Class", "s", &to->class},   {"State", "s", &to->state},
		{"Leader", "u", &to->leader}, {"TimestampMonotonic", "t", &to->since_us},
		{"Remote", "b", &to->remote}, {"LockedHint", "b", &to->locked},
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		if (strcmp(rows[i].name, name) == 0)
			return sd_bus_message_read(reply, "v", rows[i].type, rows[i].place);
	return sd_bus_message_skip(reply, "v");
}

static int read_all(sd_bus_message *reply, struct properties *to)
{
	int r = sd_bus_message_enter_container(reply, 'a', "{sv}");

	while (r >= 0 && (r = sd_bus_message_enter_container(reply, 'e', "sv")) > 0) {
		const char *name;

		r = sd_bus_message_read(reply, "s", &name);
		if (r >= 0)
			r = read_value(reply, name, to);
		if (r >= 0)
			r = sd_bus_message_exit_container(reply);
	}
	return r;
}

static void copy(char *place, size_t size, const char *text)
{
	snprintf(place, size, "%s", text ? text : "");
}

static bool is_one_of(const char *text, const char *const list[])
{
	for (; text && *list; list++)
		if (strcmp(text, *list) == 0)
			return true;
	return false;
}

static void take(struct session *session, const struct properties *from)
{
	static const char *const graphical[] = {"x11", "wayland", "mir", NULL};
	static const char *const screens[] = {"greeter", "lock-screen", "background", "manager",
					      NULL};
	static const char *const ended[] = {"closing", NULL};

	copy(session->user, sizeof(session->user), from->user);
	copy(session->service, sizeof(session->service), from->service);
	copy(session->tty, sizeof(session->tty), from->tty);
	session->leader = from->leader;
	session->since_ms = (int64_t)(from->since_us / 1000);
	session->graphical = is_one_of(from->type, graphical);
	session->person = !is_one_of(from->class, screens);
	session->closing = is_one_of(from->state, ended);
	session->remote = from->remote != 0;
	session->locked = from->locked != 0;
}

/* 0: it has ended meanwhile. 1: it is filled. */
static int read_session(struct logind *logind, const char *path, struct session *session)
{
	sd_bus_error error = SD_BUS_ERROR_NULL;
	sd_bus_message *reply = NULL;
	struct properties properties = {};
	int r;

	r = sd_bus_call_method(logind->bus, NAME, path, "org.freedesktop.DBus.Properties", "GetAll",
			       &error, &reply, "s", NAME ".Session");
	if (r < 0 &&
	    sd_bus_error_has_names(&error, SD_BUS_ERROR_UNKNOWN_OBJECT, NAME ".NoSuchSession"))
		r = 0;
	else if (r >= 0 && (r = read_all(reply, &properties)) >= 0) {
		take(session, &properties);
		r = 1;
	}
	sd_bus_error_free(&error);
	sd_bus_message_unref(reply);
	return r;
}

static int read_list(struct logind *logind, sd_bus_message *list, struct session *sessions,
		     size_t *count)
{
	const char *name, *path;
	int r = sd_bus_message_enter_container(list, 'a', "(susso)");

	while (r >= 0 &&
	       (r = sd_bus_message_read(list, "(susso)", &name, NULL, NULL, NULL, &path)) > 0) {
		struct session session = {};

		if (strlen(name) >= sizeof(session.name))
			return -E2BIG;
		copy(session.name, sizeof(session.name), name);
		r = read_session(logind, path, &session);
		if (r <= 0 || !session.person)
			continue;
		/* Where not all can be known, what was known counts. */
		if (*count == LOGIND_SESSIONS_MAX)
			return -E2BIG;
		sessions[(*count)++] = session;
	}
	return r;
}

static int read_sessions(struct logind *logind)
{
	static struct session sessions[LOGIND_SESSIONS_MAX];
	sd_bus_message *list = NULL;
	size_t count = 0;
	int r;

	logind->stale = false;
	r = sd_bus_call_method(logind->bus, NAME, PATH, NAME ".Manager", "ListSessions", NULL,
			       &list, "");
	if (r >= 0)
		r = read_list(logind, list, sessions, &count);
	sd_bus_message_unref(list);
	if (r < 0) {
		logind->stale = true;
		return r;
	}
	memcpy(logind->sessions, sessions, count * sizeof(*sessions));
	logind->count = count;
	logind->known = true;
	return 0;
}

int logind_look(struct logind *logind, bool now)
{
	int r = connect_bus(logind);

	for (int i = 0; r >= 0 && i < TURNS_MAX; i++) {
		r = sd_bus_process(logind->bus, NULL);
		if (r == 0)
			break;
	}
	if (r >= 0 && (now || logind->stale))
		r = read_sessions(logind);
	/* Whatever was wrong with the connection, the next look makes another one. */
	if (r < 0)
		logind_close(logind);
	return r < 0 ? r : 0;
}

const struct session *logind_find(const struct logind *logind, const char *name)
{
	for (size_t i = 0; i < logind->count; i++)
		if (strcmp(logind->sessions[i].name, name) == 0)
			return &logind->sessions[i];
	return NULL;
}
