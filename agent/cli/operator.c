/* sekisho operator: who works at an account that several people share. */
#include "operator.h"

#include "agent/auth/session.h"
#include "agent/auth/sessionname.h"
#include "cleanup.h"
#include "command.h"
#include "escape.h"
#include "gettext.h"
#include "paths.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static int find(const struct operator_options *options, const struct operator_sessions *sessions,
		const char *account, struct operator_note *note)
{
	_cleanup_close_ int directory = open(options->now, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	char session[OPERATORNOTE_SESSION_MAX];

	if (directory < 0)
		return -errno;
	if (sessionname_find(sessions, getpid(), account, session) < 0)
		return -ENOENT;
	return operatornote_find(directory, account, session, sessions, note);
}

int operator_show(const struct operator_options *options)
{
	const struct passwd *own = getpwuid(getuid());
	struct operator_sessions sessions;
	char account[4 * PROTOCOL_USER_MAX], person[4 * PROTOCOL_USER_MAX];
	struct operator_note note;
	int r;

	if (!own)
		return command_fail("operator", _("your account has no name"));
	r = sessionname_open(options->logind, &sessions);
	if (r < 0)
		return command_fail("operator", "%s: %s", options->logind, strerror(-r));
	r = find(options, &sessions, own->pw_name, &note);
	sessionname_close(&sessions);
	if (r == 0) {
		escape_text(note.account, strlen(note.account), account, sizeof(account));
		escape_text(note.person, strlen(note.person), person, sizeof(person));
		printf(_("operator of this session of %s: %s\n"), account, person);
		return COMMAND_OK;
	}
	if (r == -ENOTUNIQ)
		command_fail("operator",
			     _("somebody unlocked one of the sessions of %s, and it "
			       "can't be told which; 'sekisho operator change' makes "
			       "it known"),
			     own->pw_name);
	else
		command_fail("operator",
			     _("nobody is known to work at this session of %s: it is "
			       "no shared account, or no session"),
			     own->pw_name);
	return COMMAND_NO;
}

static int run(const struct operator_options *options, int count, char **words)
{
	if (count == 0)
		return operator_show(options);
	if (count == 1 && strcmp(words[0], "change") == 0)
		return operator_change(options);
	if (count <= 2 && strcmp(words[0], "list") == 0)
		return operator_list(options, count == 2 ? words[1] : NULL);
	if (count == 3 && strcmp(words[0], "allow") == 0)
		return operator_allow(options, words[1], words[2]);
	if (count == 3 && strcmp(words[0], "end") == 0)
		return operator_end(options, words[1], words[2]);
	return command_usage("operator");
}

int command_operator(int argc, char **argv)
{
	static const struct option long_options[] = {
		{"from", required_argument, NULL, 'f'},
		{"to", required_argument, NULL, 't'},
		{"socket", required_argument, NULL, 1},
		{"operators-now", required_argument, NULL, 2},
		{"logind", required_argument, NULL, 3},
		{"operators", required_argument, NULL, 4},
		{"record", required_argument, NULL, 5},
		{},
	};
	struct operator_options options = {
		.socket = SEKISHO_AUTH_SOCKET,
		.now = SEKISHO_OPERATORS_NOW,
		.logind = SESSION_LIBRARY,
		.operators = SEKISHO_OPERATORS,
		.record = SEKISHO_RECORD_SOCKET,
	};
	const struct {
		int option;
		const char **value;
	} texts[] = {
		{'f', &options.from}, {'t', &options.to},   {1, &options.socket},
		{2, &options.now},    {3, &options.logind}, {4, &options.operators},
		{5, &options.record},
	};
	int option;

	while ((option = command_option(argc, argv, "", long_options)) != -1) {
		size_t i;

		for (i = 0; i < ARRAY_SIZE(texts) && texts[i].option != option; i++)
			continue;
		if (i == ARRAY_SIZE(texts))
			return command_usage("operator");
		*texts[i].value = optarg;
	}
	return run(&options, argc - optind, argv + optind);
}
