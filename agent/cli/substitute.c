/* sekisho substitute: vouching by telephone, and the terminals between which that is possible. */
#include "authstate.h"
#include "command.h"
#include "talk.h"

#include "agent/auth/phonecode.h"
#include "cleanup.h"
#include "gettext.h"
#include "number.h"
#include "paths.h"
#include "verdict.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

struct options {
	const char *socket;
	const char *group;
	const char *state;
};

/* This terminal's key, made where there is none; the line for the file that all of them share. */
static int set_up(const struct options *options)
{
	_cleanup_phonecode_ struct phonecode_key key = {};
	char digits[2 * PHONEGROUP_KEY + 1];
	char name[HOST_NAME_MAX + 1] = "";
	_cleanup_close_ int dirfd = -1;
	int r;

	if (geteuid() != 0)
		return command_fail("substitute", _("only root may do this; try sudo"));
	r = gethostname(name, sizeof(name)) < 0 ? -errno : authstate_become_owner(options->state);
	if (r < 0)
		return command_fail("substitute", "%s: %s", options->state, strerror(-r));
	dirfd = open(options->state, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	r = dirfd < 0 ? -errno : phonecode_make(dirfd, &key);
	if (r == -EEXIST)
		r = phonecode_load(dirfd, &key);
	if (r < 0)
		return command_fail("substitute", "%s: %s", PHONECODE_FILE, strerror(-r));
	hex_format(key.public, PHONEGROUP_KEY, digits);
	printf("%s %s\n", name, digits);
	fprintf(stderr,
		_("Put this line into %s, the same file on all terminals; at the end of those from "
		  "which somebody may vouch write answers=yes.\n"),
		options->group);
	return COMMAND_OK;
}

static int list(const struct options *options)
{
	static struct phonegroup group;
	const char *wrong = NULL;
	unsigned int line = 0;
	int r = phonegroup_load(options->group, 0, &group, &line, &wrong);

	if (r == -ENOENT) {
		command_fail("substitute",
			     _("%s is missing; 'sekisho substitute setup' at each terminal prints "
			       "the lines that it needs"),
			     options->group);
		return COMMAND_NO;
	}
	if (r < 0) {
		command_fail("substitute", "%s:%u: %s", options->group, line,
			     wrong ? _(wrong) : strerror(-r));
		return COMMAND_NO;
	}
	for (size_t i = 0; i < group.count; i++) {
		command_column(group.terminals[i].name, 24);
		printf("%s\n", group.terminals[i].answers ? _("somebody may vouch there") : "");
	}
	return COMMAND_OK;
}

/* Has the key of whoever runs the program verified, and prints the answer to be read to the
 * colleague. authd tells it with a verdict that opens nothing. */
static int answer(const struct options *options)
{
	struct auth_hello hello = {.service = AUTH_VOUCH_SERVICE, .flags = AUTH_VOUCH};
	struct auth_verdict verdict = {};
	bool told;
	int r = talk_introduce(&hello);

	if (r == -ENOENT)
		return command_fail("substitute", _("your account has no name"));
	if (r == 0)
		r = talk_run(options->socket, &hello, &verdict);
	if (r < 0)
		return command_fail("substitute", _("sekisho-authd did not answer: %s"),
				    strerror(-r));
	told = verdict.verdict == VERDICT_CANCELLED;
	talk_say(verdict.text, told ? stdout : stderr);
	putc('\n', told ? stdout : stderr);
	return told ? COMMAND_OK : COMMAND_NO;
}

int command_substitute(int argc, char **argv)
{
	static const struct option long_options[] = {
		{"socket", required_argument, NULL, 1},
		{"group", required_argument, NULL, 2},
		{"state", required_argument, NULL, 3},
		{},
	};
	struct options options = {SEKISHO_AUTH_SOCKET, SEKISHO_SUBSTITUTES, SEKISHO_AUTH_STATE};
	const char **places[] = {&options.socket, &options.group, &options.state};
	int option;

	while ((option = command_option(argc, argv, "", long_options)) != -1) {
		if (option < 1 || option > 3)
			return command_usage("substitute");
		*places[option - 1] = optarg;
	}
	if (argc - optind != 1)
		return command_usage("substitute");
	if (strcmp(argv[optind], "answer") == 0)
		return answer(&options);
	if (strcmp(argv[optind], "list") == 0)
		return list(&options);
	if (strcmp(argv[optind], "setup") == 0)
		return set_up(&options);
	return command_usage("substitute");
}
