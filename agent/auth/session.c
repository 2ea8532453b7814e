#include "session.h"

#include "cleanup.h"

#include <dlfcn.h>
#include <stdbool.h>
#include <string.h>
#include <systemd/sd-login.h>

/* sd-login(3). Loaded at need: linked, it would make every process of ours half as large again. */
struct logind {
	__typeof__(&sd_pid_get_session) pid_get_session;
	__typeof__(&sd_pid_get_owner_uid) pid_get_owner_uid;
	__typeof__(&sd_uid_get_sessions) uid_get_sessions;
	__typeof__(&sd_session_is_remote) session_is_remote;
	__typeof__(&sd_session_get_service) session_get_service;
	__typeof__(&sd_session_get_seat) session_get_seat;
	__typeof__(&sd_session_get_state) session_get_state;
};

static bool load(void *library, struct logind *logind)
{
	const struct {
		const char *name;
		void *place;
	} functions[] = {
		{"sd_pid_get_session", &logind->pid_get_session},
		{"sd_pid_get_owner_uid", &logind->pid_get_owner_uid},
		{"sd_uid_get_sessions", &logind->uid_get_sessions},
		{"sd_session_is_remote", &logind->session_is_remote},
		{"sd_session_get_service", &logind->session_get_service},
		{"sd_session_get_seat", &logind->session_get_seat},
		{"sd_session_get_state", &logind->session_get_state},
	};

	for (size_t i = 0; i < ARRAY_SIZE(functions); i++) {
		void *found = dlsym(library, functions[i].name);

		if (!found)
			return false;
		/* POSIX: a function's address fits into a void pointer. */
		memcpy(functions[i].place, &found, sizeof(found));
	}
	return true;
}

/* In front at a seat: not behind another user's screen, nor what a session that ended left running.
 * Jobs by the clock and desktops over the network have no seat, whatever else they say. */
static bool is_at_seat(const struct logind *logind, const char *session)
{
	_cleanup_free_ char *seat = NULL;
	_cleanup_free_ char *state = NULL;

	return logind->session_get_seat(session, &seat) >= 0 &&
	       logind->session_get_state(session, &state) >= 0 && state &&
	       strcmp(state, "active") == 0;
}

/* pam_systemd calls a session from localhost no remote one, sshd's or not. */
static enum session_place place_of(const struct logind *logind, const char *session)
{
	_cleanup_free_ char *service = NULL;

	if (logind->session_is_remote(session) > 0)
		return SESSION_ELSEWHERE;
	if (logind->session_get_service(session, &service) >= 0 && service &&
	    strcmp(service, "sshd") == 0)
		return SESSION_AFAR;
	return is_at_seat(logind, session) ? SESSION_HERE : SESSION_NOWHERE;
}

static enum session_place place_of_both(enum session_place one, enum session_place other)
{
	enum session_place later = one > other ? one : other;

	return later == SESSION_ELSEWHERE && one != other ? SESSION_AFAR : later;
}

/* Of all sessions of the user whose the process is: a window's program may be started by the user's
 * manager, which no session owns, and who is in one of them reaches what runs in the others. */
static enum session_place place_of_owner(const struct logind *logind, pid_t pid)
{
	enum session_place place = SESSION_NOWHERE;
	char **sessions = NULL;
	uid_t uid;

	if (logind->pid_get_owner_uid(pid, &uid) < 0 ||
	    logind->uid_get_sessions(uid, 0, &sessions) <= 0)
		return SESSION_NOWHERE;
	for (size_t i = 0; sessions[i]; i++) {
		enum session_place one = place_of(logind, sessions[i]);

		place = i == 0 ? one : place_of_both(place, one);
		free(sessions[i]);
	}
	free(sessions);
	return place;
}

/* A session that is not in front is nowhere, even if another one of the user's is. */
static enum session_place place_of_process(const struct logind *logind, pid_t pid)
{
	enum session_place place = SESSION_HERE;
	_cleanup_free_ char *session = NULL;

	if (logind->pid_get_session(pid, &session) >= 0)
		place = place_of(logind, session);
	return place == SESSION_HERE ? place_of_owner(logind, pid) : place;
}

enum session_place session_place(const char *library, pid_t pid)
{
	enum session_place place = SESSION_NOWHERE;
	struct logind logind;
	void *handle;

	/* To stay: it goes with the process, and to unload it takes a third as long again. */
	handle = dlopen(library, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
	if (handle && load(handle, &logind))
		place = place_of_process(&logind, pid);
	if (handle)
		dlclose(handle);
	return place;
}
