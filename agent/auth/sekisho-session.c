/* sekisho-session: one log-in on standard input; --wait: is ready for one, whose connection comes
 * through standard input; --flush: makes the files that log-ins write to, and hands spooled events
 * to the engine. */
#include "cleanup.h"
#include "cryptolib.h"
#include "handover.h"
#include "lockout.h"
#include "login.h"
#include "message.h"
#include "paths.h"
#include "record.h"
#include "session.h"
#include "tally.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

/* Who waits ready does so too, once an hour: waits after wrong answers are measured by it. */
static int prepare_lockouts(const struct login_places *places, int dirfd)
{
	bool damaged = false;
	int r = lockout_prepare(dirfd, &damaged);

	if (damaged)
		record_damage(places->record, dirfd, LOCKPLACE_FILE);
	return r;
}

static int flush(const struct login_places *places)
{
	_cleanup_close_ int dirfd = open(places->state, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct tally tally;
	size_t left = 0;
	int r;

	if (dirfd < 0)
		return 1;
	/* The files are made while there is room: authd flushes at its start. */
	r = tally_open(dirfd, &tally) == FAILURE_NONE ? 0 : -EIO;
	tally_close(&tally);
	if (prepare_lockouts(places, dirfd) < 0)
		r = -EIO;
	if (record_flush(places->record, dirfd, &left) < 0)
		r = -EIO;
	if (left > 0)
		return LOGIN_SPOOLED;
	return r < 0;
}

/* What takes time and can be done before anybody is known to log in: the libraries are there, and
 * the keys have their children, which leave them alone. 0 with the connection as standard input, or
 * -errno. */
static int wait_for_login(const struct login_places *places, struct keys *keys)
{
	_cleanup_close_ int state = open(places->state, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	_cleanup_close_ int fd = -1;
	int r;

	/* The log-in does it again and tells what is wrong. */
	if (state >= 0)
		prepare_lockouts(places, state);
	/* What the words and the first event take is loaded by then; the log-in chooses. */
	message_language(places->locale, true);
	message_language(places->locale, false);
	json_object_seed(0);
	/* The log-in tries it again and says so. */
	if (keys_open(places->devices, places->token, NULL, keys) < 0)
		keys_close(keys);
	for (;;) {
		struct pollfd fds[] = {
			{.fd = STDIN_FILENO, .events = POLLIN},
			{.fd = keys->directory ? keys->inotify : -1, .events = POLLIN},
		};

		if (poll(fds, ARRAY_SIZE(fds), -1) < 0 && errno != EINTR)
			return -errno;
		if (fds[1].revents)
			keys_follow(keys);
		if (fds[0].revents)
			break;
	}
	r = handover_receive(STDIN_FILENO, &fd);
	if (r < 0)
		return r;
	return dup2(fd, STDIN_FILENO) < 0 ? -errno : 0;
}

static int usage(void)
{
	fprintf(stderr, "usage: sekisho-session [--wait | --flush] [--config FILE] [--roster FILE] "
			"[--operators FILE] "
			"[--state DIR] [--record SOCKET] [--devices DIR] [--token PROGRAM] "
			"[--operators-now DIR] [--notes DIR] [--sysfs DIR] [--locale DIR] "
			"[--logind LIBRARY] [--revoked FILE] "
			"[--substitutes FILE]\n");
	return 2;
}

int main(int argc, char *argv[])
{
	struct login_places places = {
		.config = SEKISHO_CONFIG,
		.roster = SEKISHO_ROSTER,
		.revoked = SEKISHO_REVOCATIONS "/list",
		.substitutes = SEKISHO_SUBSTITUTES,
		.operators = SEKISHO_OPERATORS,
		.state = SEKISHO_AUTH_STATE,
		.record = SEKISHO_RECORD_SOCKET,
		.devices = "/dev",
		.token = SEKISHO_LIBEXEC "/sekisho-token",
		.logind = SESSION_LIBRARY,
		.notes = SEKISHO_PRESENCE,
		.operators_now = SEKISHO_OPERATORS_NOW,
		.sysfs = "/sys",
		.locale = SEKISHO_LOCALEDIR,
		.owner = 0,
	};
	const struct {
		const char *name;
		const char **value;
	} options[] = {
		{"--config", &places.config},	    {"--roster", &places.roster},
		{"--state", &places.state},	    {"--record", &places.record},
		{"--devices", &places.devices},	    {"--token", &places.token},
		{"--notes", &places.notes},	    {"--sysfs", &places.sysfs},
		{"--locale", &places.locale},	    {"--logind", &places.logind},
		{"--operators", &places.operators}, {"--operators-now", &places.operators_now},
		{"--revoked", &places.revoked},	    {"--substitutes", &places.substitutes},
	};
	struct keys keys = {};
	bool flushing = false;
	bool waiting = false;
	int r;

	/* A PIN passes through here: no core file, no debugger of the same user. */
	if (prctl(PR_SET_DUMPABLE, 0) < 0)
		return 1;
	signal(SIGPIPE, SIG_IGN);
	if (cryptolib_begin() < 0) {
		fprintf(stderr, "sekisho-session: libcrypto can't be used: no memory?\n");
		return 1;
	}
	for (int i = 1; i < argc; i++) {
		size_t option;

		if (strcmp(argv[i], "--flush") == 0) {
			flushing = true;
			continue;
		}
		if (strcmp(argv[i], "--wait") == 0) {
			waiting = true;
			continue;
		}
		for (option = 0; option < ARRAY_SIZE(options); option++)
			if (strcmp(argv[i], options[option].name) == 0)
				break;
		if (option == ARRAY_SIZE(options) || i + 1 == argc)
			return usage();
		*options[option].value = argv[++i];
	}
	if (flushing)
		return flush(&places);
	if (waiting) {
		r = wait_for_login(&places, &keys);
		if (r < 0)
			keys_close(&keys);
		if (r == -ECONNRESET)
			return 0;
		if (r < 0) {
			fprintf(stderr, "sekisho-session: %s\n", strerror(-r));
			return 1;
		}
	}
	return login_run(&places, STDIN_FILENO, &keys);
}
