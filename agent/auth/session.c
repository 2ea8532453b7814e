#include "session.h"

#include "cleanup.h"
#include "file.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <systemd/sd-login.h>

/* sd-login(3). Loaded at need: linked, it would make every process of ours half as large again. */
struct logind {
	__typeof__(&sd_pid_get_session) pid_get_session;
	__typeof__(&sd_pid_get_owner_uid) pid_get_owner_uid;
	__typeof__(&sd_uid_get_sessions) uid_get_sessions;
	__typeof__(&sd_session_is_remote) session_is_remote;
	__typeof__(&sd_session_get_service) session_get_service;
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

/* pam_systemd calls a session from localhost no remote one, sshd's or not. */
static bool is_remote(const struct logind *logind, const char *session)
{
	_cleanup_free_ char *service = NULL;

	if (logind->session_is_remote(session) > 0)
		return true;
	return logind->session_get_service(session, &service) >= 0 && service &&
	       strcmp(service, "sshd") == 0;
}

/* A window's program may be started by the user's manager, which no session owns. */
static bool any_is_remote(const struct logind *logind, pid_t pid)
{
	char **sessions = NULL;
	bool remote = false;
	uid_t uid;

	if (logind->pid_get_owner_uid(pid, &uid) < 0 ||
	    logind->uid_get_sessions(uid, 0, &sessions) <= 0)
		return false;
	for (size_t i = 0; sessions[i]; i++) {
		remote |= is_remote(logind, sessions[i]);
		free(sessions[i]);
	}
	free(sessions);
	return remote;
}

bool session_exists(pid_t pid)
{
	char path[64];
	char text[16];

	snprintf(path, sizeof(path), "/proc/%d/loginuid", (int)pid);
	return file_read_line(AT_FDCWD, path, text, sizeof(text)) < 0 ||
	       strcmp(text, "4294967295") != 0;
}

bool session_is_remote(const char *library, pid_t pid)
{
	_cleanup_free_ char *session = NULL;
	struct logind logind;
	bool remote;
	void *handle;

	/* To stay: it goes with the process, and to unload it takes a third as long again. */
	handle = dlopen(library, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
	if (!handle || !load(handle, &logind))
		remote = false;
	else if (logind.pid_get_session(pid, &session) >= 0)
		remote = is_remote(&logind, session);
	else
		remote = any_is_remote(&logind, pid);
	if (handle)
		dlclose(handle);
	return remote;
}
