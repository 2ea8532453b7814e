/* sekisho-session: one log-in on standard input; --flush: makes the files that log-ins
 * write to, and hands spooled events to the engine. */
#include "cleanup.h"
#include "login.h"
#include "paths.h"
#include "record.h"
#include "tally.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

static int flush(const struct login_places *places)
{
	_cleanup_close_ int dirfd = open(places->state, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct tally tally;
	size_t left = 0;
	int r;

	if (dirfd < 0)
		return 1;
	/* Both files are made while there is room: authd flushes at its start. */
	r = tally_open(dirfd, &tally) == FAILURE_NONE ? 0 : -EIO;
	tally_close(&tally);
	if (record_flush(places->record, dirfd, &left) < 0)
		r = -EIO;
	if (left > 0)
		return LOGIN_SPOOLED;
	return r < 0;
}

static int usage(void)
{
	fprintf(stderr, "usage: sekisho-session [--flush] [--config FILE] [--roster FILE] "
			"[--state DIR] [--record SOCKET] [--devices DIR] [--token PROGRAM] "
			"[--locale DIR]\n");
	return 2;
}

int main(int argc, char *argv[])
{
	struct login_places places = {
		.config = SEKISHO_CONFIG,
		.roster = SEKISHO_ROSTER,
		.state = SEKISHO_AUTH_STATE,
		.record = SEKISHO_RECORD_SOCKET,
		.devices = "/dev",
		.token = SEKISHO_LIBEXEC "/sekisho-token",
		.locale = SEKISHO_LOCALEDIR,
		.owner = 0,
	};
	const struct {
		const char *name;
		const char **value;
	} options[] = {
		{"--config", &places.config},	{"--roster", &places.roster},
		{"--state", &places.state},	{"--record", &places.record},
		{"--devices", &places.devices}, {"--token", &places.token},
		{"--locale", &places.locale},
	};
	int flushing = 0;

	/* A PIN passes through here: no core file, no debugger of the same user. */
	if (prctl(PR_SET_DUMPABLE, 0) < 0)
		return 1;
	signal(SIGPIPE, SIG_IGN);
	for (int i = 1; i < argc; i++) {
		size_t option;

		if (strcmp(argv[i], "--flush") == 0) {
			flushing = 1;
			continue;
		}
		for (option = 0; option < ARRAY_SIZE(options); option++)
			if (strcmp(argv[i], options[option].name) == 0)
				break;
		if (option == ARRAY_SIZE(options) || i + 1 == argc)
			return usage();
		*options[option].value = argv[++i];
	}
	return flushing ? flush(&places) : login_run(&places, STDIN_FILENO);
}
