#include "console.h"

#include "agent/cli/ask.h"
#include "agent/cli/device_text.h"

#include "cleanup.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <systemd/sd-login.h>
#include <termios.h>

void console_line(const json_t *refusal, size_t more, char *line, size_t size)
{
	const json_t *fields = json_object_get(refusal, "fields");
	const char *refused = ask_text(fields, "refused"), *port = ask_text(fields, "device");
	char others[48] = "";

	if (*ask_text(fields, "opened") == '\0' || *refused == '\0')
		refused = ask_text(fields, "interfaces");
	if (more > 0)
		snprintf(others, sizeof(others), ", and %zu more", more);
	/* Not translated, nor the words of the class: whoever writes to a console has no locale. */
	snprintf(
		line, size,
		"[%s] no. %lld: the device at %s may not be used (%s)%s. 'sekisho why' tells more.",
		ask_text(refusal, "code"),
		(long long)json_integer_value(json_object_get(refusal, "event")), port,
		*refused ? device_text_class(refused) : "other", others);
}

/* As login(1), sudo(8) and getpass(3) ask: a whole line without echo. Shells and editors, which
 * read key by key, are in neither mode. */
static bool is_secret_typed(int fd)
{
	struct termios mode;

	return tcgetattr(fd, &mode) == 0 && (mode.c_lflag & ICANON) && !(mode.c_lflag & ECHO);
}

static bool is_ours(int fd)
{
	struct stat status;

	return isatty(fd) && fstat(fd, &status) == 0 && S_ISCHR(status.st_mode) &&
	       status.st_uid == geteuid();
}

int console_write(const char *path, const char *line)
{
	/* A terminal that was stopped (^S) holds nobody up. */
	_cleanup_close_ int fd =
		open(path, O_WRONLY | O_NOCTTY | O_NONBLOCK | O_CLOEXEC | O_NOFOLLOW);
	char text[512];
	int length;

	if (fd < 0)
		return -errno;
	if (!is_ours(fd))
		return -EPERM;
	if (is_secret_typed(fd))
		return -EBUSY;
	length = snprintf(text, sizeof(text), "\r\n%.480s\r\n", line);
	for (int i = 0; i < length; i++)
		if (!isascii(text[i]) || (iscntrl(text[i]) && text[i] != '\r' && text[i] != '\n'))
			text[i] = '?';
	return write(fd, text, (size_t)length) < 0 ? -errno : 0;
}

static int tell_session(const char *session, const char *line)
{
	_cleanup_free_ char *type = NULL;
	_cleanup_free_ char *tty = NULL;
	char path[64];

	if (sd_session_is_remote(session) != 0 || sd_session_get_type(session, &type) < 0 ||
	    strcmp(type, "tty") != 0 || sd_session_get_tty(session, &tty) < 0 ||
	    strncmp(tty, "tty", 3) != 0 || strchr(tty, '/'))
		return 0;
	if (snprintf(path, sizeof(path), "/dev/%s", tty) >= (int)sizeof(path))
		return 0;
	return console_write(path, line);
}

int console_tell(const char *line)
{
	char **sessions = NULL;
	int r = sd_uid_get_sessions(geteuid(), 1, &sessions), result = 0;

	if (r < 0 || !sessions)
		return r == -ENODATA || r == -ENXIO ? 0 : r < 0 ? r : 0;
	for (char **session = sessions; *session; session++) {
		r = tell_session(*session, line);
		if (r < 0)
			result = r;
		free(*session);
	}
	free(sessions);
	return result;
}
