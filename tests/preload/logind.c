/* In place of libsystemd, loaded by tests alone: process N is of what the table says. No process
 * has such a number: proc(5), pid_max. */
#include "cleanup.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <systemd/sd-login.h>

static const struct {
	pid_t pid;
	const char *session; /* NULL: of a user's manager, if .sessions */
	const char *sessions[3];
} processes[] = {
	{5000101, "here", {"here", NULL}},
	{5000102, "afar", {NULL}},
	{5000103, "sshd", {NULL}},
	{5000104, NULL, {"here", NULL}},
	{5000105, NULL, {"here", "afar", NULL}},
	{5000106, NULL, {NULL}},
	{5000108, "cron", {NULL}}, /* no seat */
	{5000109, NULL, {"cron", NULL}},
	{5000110, NULL, {"cron", "here", NULL}},
	{5000111, "online", {"online", NULL}},
	{5000112, "closing", {"closing", NULL}},
	{5000113, NULL, {"closing", NULL}},
	{5000114, "here", {"here", "afar", NULL}},
	{5000115, "online", {"online", "here", NULL}},
};

int sd_pid_get_session(pid_t pid, char **ret_session)
{
	for (size_t i = 0; i < ARRAY_SIZE(processes); i++)
		if (processes[i].pid == pid && processes[i].session)
			return (*ret_session = strdup(processes[i].session)) ? 0 : -ENOMEM;
	return -ENODATA;
}

int sd_pid_get_owner_uid(pid_t pid, uid_t *ret_uid)
{
	for (size_t i = 0; i < ARRAY_SIZE(processes); i++)
		if (processes[i].pid == pid && processes[i].sessions[0]) {
			*ret_uid = (uid_t)i;
			return 0;
		}
	return -ENODATA;
}

int sd_uid_get_sessions(uid_t uid, int require_active, char ***ret_sessions)
{
	char **sessions = calloc(4, sizeof(*sessions));
	int count = 0;

	(void)require_active;
	if (!sessions)
		return -ENOMEM;
	while (processes[uid].sessions[count]) {
		sessions[count] = strdup(processes[uid].sessions[count]);
		count++;
	}
	*ret_sessions = sessions;
	return count;
}

/* Of those at the seat the name is the state. */
static bool is_local(const char *session)
{
	return strcmp(session, "here") == 0 || strcmp(session, "online") == 0 ||
	       strcmp(session, "closing") == 0;
}

int sd_session_get_state(const char *session, char **ret_state)
{
	*ret_state = strdup(strcmp(session, "here") == 0 ? "active" : session);
	return *ret_state ? 0 : -ENOMEM;
}

int sd_session_is_remote(const char *session)
{
	return strcmp(session, "afar") == 0;
}

int sd_session_get_service(const char *session, char **ret_service)
{
	if (is_local(session))
		return -ENODATA;
	*ret_service = strdup(session);
	return *ret_service ? 0 : -ENOMEM;
}

int sd_session_get_seat(const char *session, char **ret_seat)
{
	if (!is_local(session))
		return -ENODATA;
	*ret_seat = strdup("seat0");
	return *ret_seat ? 0 : -ENOMEM;
}
