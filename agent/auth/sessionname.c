#include "sessionname.h"

#include "cleanup.h"

#include <dlfcn.h>
#include <errno.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <systemd/sd-login.h>

struct library {
	void *handle;
	__typeof__(&sd_pid_get_session) pid_get_session;
	__typeof__(&sd_pid_get_owner_uid) pid_get_owner_uid;
	__typeof__(&sd_session_get_uid) session_get_uid;
	__typeof__(&sd_uid_get_sessions) uid_get_sessions;
};

static int keep(char *text, char name[static OPERATORNOTE_SESSION_MAX])
{
	_cleanup_free_ char *kept = text;

	if (strlen(kept) >= OPERATORNOTE_SESSION_MAX)
		return -ENODATA;
	memcpy(name, kept, strlen(kept) + 1);
	return 0;
}

static int of(void *user, int32_t pid, char name[static OPERATORNOTE_SESSION_MAX])
{
	const struct library *library = user;
	char *found = NULL;

	if (library->pid_get_session(pid, &found) < 0 || !found)
		return -ENODATA;
	return keep(found, name);
}

static int uid_of(const char *account, uid_t *ret_uid)
{
	char buffer[4096];
	struct passwd entry;
	struct passwd *found = NULL;

	if (getpwnam_r(account, &entry, buffer, sizeof(buffer), &found) != 0 || !found)
		return -ENOENT;
	*ret_uid = found->pw_uid;
	return 0;
}

static bool exists(void *user, const char *session)
{
	const struct library *library = user;
	uid_t uid;

	return library->session_get_uid(session, &uid) >= 0;
}

/* How many the user has, and, where @name is not NULL, the last one's name. -errno. */
static int list(const struct library *library, uid_t uid, char *name)
{
	char **sessions = NULL;
	int count = library->uid_get_sessions(uid, 0, &sessions);

	for (int i = 0; i < count && sessions; i++) {
		char *one = sessions[i];

		if (!name)
			free(one);
		else if (keep(one, name) < 0)
			name[0] = '\0';
	}
	free(sessions);
	/* logind keeps nothing of a user who has none. */
	return count == -ENXIO || count == -ENODATA ? 0 : count;
}

static int count(void *user, const char *account)
{
	uid_t uid;
	int r = uid_of(account, &uid);

	return r < 0 ? r : list(user, uid, NULL);
}

int sessionname_open(const char *path, struct operator_sessions *ret_sessions)
{
	struct library *library = calloc(1, sizeof(*library));
	const struct {
		const char *name;
		void *place;
	} functions[] = {
		{"sd_pid_get_session", &library->pid_get_session},
		{"sd_pid_get_owner_uid", &library->pid_get_owner_uid},
		{"sd_session_get_uid", &library->session_get_uid},
		{"sd_uid_get_sessions", &library->uid_get_sessions},
	};

	*ret_sessions = (struct operator_sessions){};
	if (!library)
		return -ENOMEM;
	library->handle = dlopen(path, RTLD_NOW | RTLD_LOCAL);
	for (size_t i = 0; i < ARRAY_SIZE(functions); i++) {
		void *found = library->handle ? dlsym(library->handle, functions[i].name) : NULL;

		if (!found) {
			if (library->handle)
				dlclose(library->handle);
			free(library);
			return -ENOSYS;
		}
		/* POSIX: a function's address fits into a void pointer. */
		memcpy(functions[i].place, &found, sizeof(found));
	}
	*ret_sessions = (struct operator_sessions){of, count, exists, library};
	return 0;
}

void sessionname_close(struct operator_sessions *sessions)
{
	struct library *library = sessions->user;

	if (library)
		dlclose(library->handle);
	free(library);
	*sessions = (struct operator_sessions){};
}

int sessionname_find(const struct operator_sessions *sessions, int32_t pid, const char *account,
		     char name[static OPERATORNOTE_SESSION_MAX])
{
	const struct library *library = sessions->user;
	uid_t uid, owner;

	name[0] = '\0';
	if (uid_of(account, &uid) < 0)
		return -ENODATA;
	if (of(sessions->user, pid, name) == 0)
		return library->session_get_uid(name, &owner) >= 0 && owner == uid ? 0 : -ENODATA;
	if (library->pid_get_owner_uid(pid, &owner) < 0 || owner != uid ||
	    list(library, uid, name) != 1 || !name[0])
		return -ENODATA;
	return 0;
}
