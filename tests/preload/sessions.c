/* In place of libsystemd, loaded by tests alone: what the environment says. TEST_SESSION: of every
 * process, where it is not empty; TEST_SESSIONS: all there are, parted by commas, TEST_UID's. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <systemd/sd-login.h>

static const char *value(const char *name)
{
	const char *text = getenv(name);

	return text ? text : "";
}

static uid_t owner(void)
{
	return (uid_t)strtoul(value("TEST_UID"), NULL, 10);
}

int sd_pid_get_session(pid_t pid, char **ret_session)
{
	(void)pid;
	if (!*value("TEST_SESSION"))
		return -ENODATA;
	*ret_session = strdup(value("TEST_SESSION"));
	return *ret_session ? 0 : -ENOMEM;
}

int sd_pid_get_owner_uid(pid_t pid, uid_t *ret_uid)
{
	(void)pid;
	if (!*value("TEST_OWNER"))
		return -ENODATA;
	*ret_uid = (uid_t)strtoul(value("TEST_OWNER"), NULL, 10);
	return 0;
}

int sd_session_get_uid(const char *session, uid_t *ret_uid)
{
	const char *at = value("TEST_SESSIONS");
	size_t length = strlen(session);

	for (; *at; at += strcspn(at, ","), at += *at == ',')
		if (strcspn(at, ",") == length && memcmp(at, session, length) == 0) {
			*ret_uid = owner();
			return 0;
		}
	return -ENXIO;
}

int sd_uid_get_sessions(uid_t uid, int require_active, char ***ret_sessions)
{
	char **sessions = calloc(16, sizeof(*sessions));
	int count = 0;

	(void)require_active;
	if (!sessions)
		return -ENOMEM;
	for (const char *at = value("TEST_SESSIONS"); uid == owner() && *at && count < 15;
	     at += strcspn(at, ","), at += *at == ',')
		sessions[count++] = strndup(at, strcspn(at, ","));
	*ret_sessions = sessions;
	return count;
}

int sd_session_is_remote(const char *session)
{
	(void)session;
	return 0;
}

int sd_session_get_service(const char *session, char **ret_service)
{
	(void)session;
	(void)ret_service;
	return -ENODATA;
}

int sd_session_get_seat(const char *session, char **ret_seat)
{
	(void)session;
	*ret_seat = strdup("seat0");
	return *ret_seat ? 0 : -ENOMEM;
}

int sd_session_get_state(const char *session, char **ret_state)
{
	(void)session;
	*ret_state = strdup("active");
	return *ret_state ? 0 : -ENOMEM;
}
