/* sekisho otp: who has which one-time codes. */
#include "authstate.h"
#include "otp_cli.h"

#include "agent/auth/rosterfile.h"
#include "agent/auth/tally.h"
#include "cleanup.h"
#include "command.h"
#include "escape.h"
#include "gettext.h"
#include "intojournal.h"
#include "loginuid.h"
#include "paths.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <string.h>
#include <unistd.h>

#define LOCK_MS 10000 /* log-ins that wait make way within a second */

static const char *otp_kind_name(enum otp_kind kind)
{
	return kind == OTP_HOTP ? "hotp" : "totp";
}

static int open_places(const struct otp_options *options, int *ret_fd)
{
	_cleanup_close_ int dirfd =
		open(options->state, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);

	return dirfd < 0 ? -errno : counter_open(dirfd, TALLY_FILE, ret_fd);
}

int otp_lock_place(const struct otp_options *options, const struct otp *otp, int *ret_fd,
		   struct otpstate *ret_place)
{
	_cleanup_close_ int fd = -1;
	int r = open_places(options, &fd);

	if (r == 0)
		r = otpstate_claim(fd, otp, wire_now() + LOCK_MS);
	if (r == 0)
		r = otpstate_lock(fd, otp, wire_now() + LOCK_MS, ret_place);
	if (r == -ETIMEDOUT)
		return command_fail("otp", _("another 'sekisho otp', or a log-in that does not "
					     "end, is using this code; try again"));
	if (r < 0)
		return command_fail("otp", "%s/" TALLY_FILE ": %s", options->state, strerror(-r));
	*ret_fd = steal_fd(&fd);
	return COMMAND_OK;
}

int otp_load_locked(const struct otp_options *options, struct otpfile *file, int *ret_lock)
{
	struct config_error error = {};
	int r;

	r = otpfile_lock(options->state, ret_lock);
	if (r == 0)
		r = otpfile_load(options->state, file, &error);
	if (r < 0)
		return command_fail("otp", "%s", error.text[0] ? error.text : strerror(-r));
	return COMMAND_OK;
}

void otp_record(const struct otp_options *options, enum event_kind kind,
		const struct otp_entry *entry)
{
	_cleanup_event_ struct event event = {};
	int r = event_begin(&event, kind);

	if (r == 0) {
		event_set(&event, "user", entry->user);
		event_set(&event, "method", otp_kind_name(entry->otp.kind));
		event_set_number(&event, "caller", options->caller);
	}
	intojournal_send(options->record, &event, r);
}

static const char *standing(const struct otp_entry *entry, const struct rosterfile *roster)
{
	size_t count;
	const struct roster_period *periods = rosterfile_periods(roster, entry->user, &count);
	enum roster_validity rights = roster_period_validity(periods, count, roster_today());

	switch (rights == ROSTER_VALID ? otpfile_validity(entry, roster_today()) : rights) {
	case ROSTER_VALID:
		return _("valid");
	case ROSTER_NOT_YET:
		return _("not yet");
	default:
		return _("expired");
	}
}

static int list(const struct otp_options *options, const char *user)
{
	_cleanup_rosterfile_ struct rosterfile roster = {};
	_cleanup_otpfile_ struct otpfile file = {};
	_cleanup_close_ int fd = -1;
	struct config_error error;
	size_t shown = 0;
	int r;

	if (rosterfile_load(options->roster, 0, &roster, &error) < 0 ||
	    otpfile_load(options->state, &file, &error) < 0)
		return command_fail("otp", "%s", error.text);
	r = open_places(options, &fd);
	if (r < 0)
		return command_fail("otp", "%s/" TALLY_FILE ": %s", options->state, strerror(-r));
	for (size_t i = 0; i < file.count; i++) {
		const struct otp_entry *entry = &file.entries[i];
		struct otpstate place = {};
		char name[1024];

		if (user && strcmp(user, entry->user) != 0)
			continue;
		/* Waits for no log-in. */
		r = otpstate_peek(fd, &entry->otp, &place);
		if (r < 0 && r != -ENOENT)
			return command_fail("otp", "%s/" TALLY_FILE ": %s", options->state,
					    strerror(-r));
		escape_text(entry->user, strlen(entry->user), name, sizeof(name));
		command_column(name, 17);
		command_column(otp_kind_name(entry->otp.kind), 6);
		command_column(place.tries >= OTPSTATE_TRIES ? _("blocked")
							     : standing(entry, &roster),
			       10);
		if (place.tries > 0)
			printf(_("%u wrong codes in a row"), place.tries);
		putchar('\n');
		shown++;
	}
	if (shown == 0 && !user)
		fprintf(stderr, "%s\n", _("Nobody has one-time codes."));
	if (shown > 0 || !user)
		return COMMAND_OK;
	command_fail("otp", _("%s has no one-time codes"), user);
	return COMMAND_NO;
}

static int remove_user(const struct otp_options *options, const char *user)
{
	_cleanup_otp_entry_ struct otp_entry entry = {};
	_cleanup_otpfile_ struct otpfile file = {};
	_cleanup_close_ int lock = -1;
	int r;

	r = otp_load_locked(options, &file, &lock);
	if (r != COMMAND_OK)
		return r;
	for (size_t i = 0; i < file.count; i++)
		if (strcmp(file.entries[i].user, user) == 0)
			entry = file.entries[i];
	if (otpfile_remove(&file, user) < 0) {
		command_fail("otp", _("%s has no one-time codes"), user);
		return COMMAND_NO;
	}
	r = otpfile_save(options->state, &file);
	if (r < 0)
		return command_fail("otp", "%s/" OTPFILE_NAME ": %s", options->state, strerror(-r));
	printf(_("Removed for %s. The codes open no door any more.\n"), user);
	otp_record(options, EVENT_OTP_REMOVED, &entry);
	return COMMAND_OK;
}

static const struct {
	const char *name;
	int (*run)(const struct otp_options *options, const char *user);
	bool needs_user;
} verbs[] = {
	{"add", otp_add, true},
	{"list", list, false},
	{"remove", remove_user, true},
	{"resync", otp_resync_user, true},
};

static const struct option long_options[] = {
	{"from", required_argument, NULL, 'f'},
	{"to", required_argument, NULL, 't'},
	{"digits", required_argument, NULL, 'd'},
	{"issuer", required_argument, NULL, 'i'},
	{"hotp", no_argument, NULL, 'H'},
	{"given", no_argument, NULL, 'G'},
	{"text", no_argument, NULL, 'T'},
	{"ascii", no_argument, NULL, 'A'},
	{"state", required_argument, NULL, 1},
	{"record", required_argument, NULL, 2},
	{"roster", required_argument, NULL, 3},
	{"config", required_argument, NULL, 4},
	{NULL, 0, NULL, 0},
};

static int parse(int argc, char **argv, struct otp_options *options)
{
	const struct {
		int option;
		const char **value;
	} texts[] = {
		{'f', &options->from},	 {'t', &options->to},	{'d', &options->digits},
		{'i', &options->issuer}, {1, &options->state},	{2, &options->record},
		{3, &options->roster},	 {4, &options->config},
	};
	const struct {
		int option;
		bool *value;
	} flags[] = {
		{'H', &options->hotp},
		{'G', &options->given},
		{'T', &options->text},
		{'A', &options->ascii},
	};
	int option;

	while ((option = command_option(argc, argv, "", long_options)) != -1) {
		if (option == '?')
			return -EINVAL;
		for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
			if (texts[i].option == option)
				*texts[i].value = optarg;
		for (size_t i = 0; i < ARRAY_SIZE(flags); i++)
			if (flags[i].option == option)
				*flags[i].value = true;
	}
	return 0;
}

int command_otp(int argc, char **argv)
{
	struct otp_options options = {
		.state = SEKISHO_AUTH_STATE,
		.record = SEKISHO_RECORD_SOCKET,
		.roster = SEKISHO_ROSTER,
		.config = SEKISHO_CONFIG,
		.caller = loginuid_or_uid(),
	};
	const char *user;
	int r;

	if (parse(argc, argv, &options) < 0 || optind >= argc || argc - optind > 2)
		return command_usage("otp");
	user = optind + 1 < argc ? argv[optind + 1] : NULL;
	for (size_t i = 0; i < ARRAY_SIZE(verbs); i++) {
		if (strcmp(verbs[i].name, argv[optind]) != 0)
			continue;
		if (verbs[i].needs_user && !user)
			break;
		if (geteuid() != 0)
			return command_fail("otp", _("only root may do this; try sudo"));
		r = authstate_become_owner(options.state);
		if (r < 0)
			return command_fail("otp", "%s: %s", options.state, strerror(-r));
		return verbs[i].run(&options, user);
	}
	return command_usage("otp");
}
