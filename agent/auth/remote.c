#include "remote.h"

#include "cleanup.h"
#include "loginnote.h"
#include "wire.h"

#include <arpa/inet.h>
#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

/* PAM_RHOST, in which some local programs name this very machine. */
static bool is_another_machine(const char *rhost)
{
	char host[HOST_NAME_MAX + 1] = "";
	const char *const here[] = {"", "localhost", "127.0.0.1", "::1", host};

	/* Without a name of our own none is ours. */
	if (gethostname(host, sizeof(host)) < 0)
		host[0] = '\0';
	for (size_t i = 0; i < ARRAY_SIZE(here); i++)
		if (strcmp(rhost, here[i]) == 0)
			return false;
	return true;
}

/* PAM_RHOST is an address that is not of a loop-back. A name says nothing for certain: it may be
 * one more of our own. */
static bool is_foreign_address(const char *rhost)
{
	struct in6_addr six;
	struct in_addr four;

	if (inet_pton(AF_INET, rhost, &four) == 1)
		return ntohl(four.s_addr) >> 24 != IN_LOOPBACKNET;
	return inet_pton(AF_INET6, rhost, &six) == 1 && !IN6_IS_ADDR_LOOPBACK(&six) &&
	       !(IN6_IS_ADDR_V4MAPPED(&six) && six.s6_addr[12] == IN_LOOPBACKNET);
}

bool remote_is_said(const struct auth_hello *hello)
{
	return strcmp(hello->service, "sshd") == 0 || is_another_machine(hello->rhost);
}

/* PAM_TTY: a virtual terminal, with or without /dev/, or a display of this machine. Whoever is at a
 * serial line may be anywhere, and a program that names no place has none. */
static bool is_screen(const char *tty)
{
	static const char directory[] = "/dev/", terminal[] = "tty", digits[] = "0123456789";

	if (*tty == ':')
		return tty[1] && strspn(tty + 1, "0123456789.") == strlen(tty + 1);
	if (strncmp(tty, directory, strlen(directory)) == 0)
		tty += strlen(directory);
	if (strncmp(tty, terminal, strlen(terminal)) != 0)
		return false;
	tty += strlen(terminal);
	return *tty && strspn(tty, digits) == strlen(tty);
}

/* login(1) and greeters: root's, at a screen, before anybody logged in. */
static bool is_door(const struct auth_hello *hello, const struct caller *caller)
{
	return caller->uid == 0 && !(hello->flags & AUTH_VOUCH) &&
	       loginnote_is_wanted(hello->service) && is_screen(hello->tty) && caller->first;
}

enum session_place remote_place(const struct auth_hello *hello, const struct caller *caller,
				const char *logind)
{
	if (is_foreign_address(hello->rhost))
		return SESSION_ELSEWHERE;
	if (remote_is_said(hello))
		return SESSION_AFAR;
	return is_door(hello, caller) ? SESSION_HERE : session_place(logind, caller->pid);
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
