#include "remote.h"

#include "cleanup.h"
#include "wire.h"

#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

/* @service and @rhost are PAM's items, @host is our own name. sshd is remote whatever it tells;
 * some local programs name this very machine. */
static bool is_from(const char *service, const char *rhost, const char *host)
{
	const char *const here[] = {"", "localhost", "127.0.0.1", "::1", host};

	if (strcmp(service, "sshd") == 0)
		return true;
	for (size_t i = 0; i < ARRAY_SIZE(here); i++)
		if (strcmp(rhost, here[i]) == 0)
			return false;
	return true;
}

bool remote_is_said(const struct auth_hello *hello)
{
	char host[HOST_NAME_MAX + 1] = "";

	/* Without a name of our own none is ours. */
	if (gethostname(host, sizeof(host)) < 0)
		host[0] = '\0';
	return is_from(hello->service, hello->rhost, host);
}

enum session_place remote_place(const struct auth_hello *hello, pid_t pid, const char *logind)
{
	if (remote_is_said(hello))
		return SESSION_AFAR;
	return session_exists(pid) ? session_place(logind, pid) : SESSION_HERE;
}

/* Programs that answer every hidden question with the password they hold, as sshd does, would have
 * it tried as a PIN. None answers one whose answer may be shown, and from afar nobody sees the key.
 */
enum failure remote_confirm(const struct person *person, const struct message_values *values)
{
	_cleanup_secret_ struct secret answer = {};
	struct message_values here = *values;
	char host[HOST_NAME_MAX + 1] = "";
	int r;

	if (gethostname(host, sizeof(host)) < 0)
		return FAILURE_BROKEN;
	here.terminal = host;
	r = person_ask(person, MESSAGE_REMOTE, true, &here,
		       wire_now() + (int64_t)REMOTE_CONFIRM_SECONDS * 1000, &answer);
	if (r == -ECANCELED)
		return FAILURE_CANCELLED;
	if (r < 0 && r != -ETIMEDOUT)
		return FAILURE_PROTOCOL;
	return r == 0 && strcmp(answer.bytes, "yes") == 0 ? FAILURE_NONE : FAILURE_NOT_CONFIRMED;
}
