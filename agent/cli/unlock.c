/* sekisho unlock: ends the wait after wrong answers. */
#include "authstate.h"
#include "command.h"

#include "agent/auth/counter.h"
#include "agent/auth/locklist.h"
#include "agent/auth/roster.h"
#include "agent/auth/substituteplace.h"
#include "agent/auth/tally.h"
#include "cleanup.h"
#include "escape.h"
#include "gettext.h"
#include "intojournal.h"
#include "paths.h"
#include "wire.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <string.h>
#include <unistd.h>

#define LOCK_MS 5000

/* What was forgotten. */
struct forgotten {
	uint64_t tries;
	char day[16]; /* of the last substitute log-in, still to come; "": it was no such day */
};

static void send_event(const char *socket_path, const char *user, uid_t caller,
		       const struct forgotten *forgotten)
{
	_cleanup_event_ struct event event = {};
	int r = event_begin(&event, EVENT_LOGIN_UNLOCKED);

	if (r == 0) {
		event_set(&event, "user", user);
		event_set_number(&event, "tries", forgotten->tries);
		event_set(&event, "day", forgotten->day[0] ? forgotten->day : NULL);
		event_set_number(&event, "caller", caller);
	}
	intojournal_send(socket_path, &event, r);
}

/* One substitute log-in while the clock stood ahead keeps the next ones out until that day comes:
 * with everything else that waits, this ends too. */
static int forget_day(int dirfd, struct forgotten *forgotten)
{
	_cleanup_close_ int fd = -1;
	uint32_t day = 0;
	int r = counter_open(dirfd, TALLY_FILE, &fd);

	if (r == 0)
		r = substituteplace_reset(fd, roster_today(), &day);
	if (r > 0)
		snprintf(forgotten->day, sizeof(forgotten->day), "%04u-%02u-%02u",
			 day / 10000 % 10000, day / 100 % 100, day % 100);
	return r < 0 ? r : 0;
}

/* Whoever waits is not kept waiting by counters that are out of order: what they are is *@ret_day.
 */
static int unlock(const char *state, const char *user, struct forgotten *forgotten, int *ret_day)
{
	_cleanup_close_ int dirfd = -1;
	int r = authstate_become_owner(state);

	if (r < 0)
		return r;
	dirfd = open(state, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	if (dirfd < 0)
		return -errno;
	r = locklist_clear(dirfd, user, wire_now() + LOCK_MS, &forgotten->tries);
	*ret_day = user || r < 0 ? 0 : forget_day(dirfd, forgotten);
	return r;
}

static void say(const char *user, const struct forgotten *forgotten)
{
	const unsigned long long tries = forgotten->tries;
	char name[1024];

	if (forgotten->day[0])
		printf(_("The last substitute log-in was on %s, a day that is still to come; "
			 "substitutes are possible again.\n"),
		       forgotten->day);
	if (!user) {
		printf(_("Wrong answers forgotten: %llu. Nobody has to wait.\n"), tries);
		return;
	}
	escape_text(user, strlen(user), name, sizeof(name));
	printf(_("Wrong answers forgotten: %llu. %s may try again at once.\n"), tries, name);
}

int command_unlock(int argc, char **argv)
{
	static const struct option options[] = {
		{"all", no_argument, NULL, 'a'},
		{"state", required_argument, NULL, 's'},
		{"record", required_argument, NULL, 'r'},
		{},
	};
	const char *state = SEKISHO_AUTH_STATE;
	const char *record = SEKISHO_RECORD_SOCKET;
	const uid_t caller = getuid();
	const char *user;
	bool all = false;
	struct forgotten forgotten = {};
	int option, day = 0;
	int r;

	while ((option = command_option(argc, argv, "", options)) != -1) {
		if (option == 'a')
			all = true;
		else if (option == 's')
			state = optarg;
		else if (option == 'r')
			record = optarg;
		else
			return command_usage("unlock");
	}
	if (argc - optind != (all ? 0 : 1))
		return command_usage("unlock");
	user = all ? NULL : argv[optind];
	if (geteuid() != 0)
		return command_fail("unlock", _("only root may do this; try sudo"));
	r = unlock(state, user, &forgotten, &day);
	if (r < 0)
		return command_fail("unlock", "%s: %s", state, strerror(-r));
	if (user && forgotten.tries == 0) {
		command_fail("unlock", _("%s has given no wrong answer that is still counted"),
			     user);
		return COMMAND_NO;
	}
	say(user, &forgotten);
	send_event(record, user, caller, &forgotten);
	if (day < 0)
		return command_fail("unlock", "%s/%s: %s", state, TALLY_FILE, strerror(-day));
	return COMMAND_OK;
}
