/* sekisho-collector setup: the authority, this machine's certificate, rsyslog's file. */
#include "command.h"

#include "authority.h"
#include "gettext.h"
#include "name.h"
#include "rsyslog.h"

#include <errno.h>
#include <getopt.h>
#include <string.h>

struct options {
	const char *name;
	const char *directory;
	const char *rsyslog; /* folder */
	const char *shipped; /* for tests */
};

static const struct option long_options[] = {
	{"name", required_argument, NULL, 'n'},
	{"directory", required_argument, NULL, 'd'},
	{"rsyslog", required_argument, NULL, 'r'},
	{"shipped", required_argument, NULL, 's'},
	{NULL, 0, NULL, 0},
};

static int parse(int argc, char **argv, struct options *options)
{
	int option;

	while ((option = command_option(argc, argv, "", long_options)) != -1) {
		switch (option) {
		case 'n':
			options->name = optarg;
			break;
		case 'd':
			options->directory = optarg;
			break;
		case 'r':
			options->rsyslog = optarg;
			break;
		case 's':
			options->shipped = optarg;
			break;
		default:
			return -EINVAL;
		}
	}
	return optind == argc && options->name ? 0 : -EINVAL;
}

static const char *standing(const struct authority *authority, enum authority_file file)
{
	if (authority->made[file])
		return _("made");
	return authority_has(authority, file) ? _("was there already") : _("is not here");
}

static void show_files(const struct authority *authority)
{
	for (enum authority_file file = 0; file < AUTHORITY_FILES; file++) {
		char day[16];

		printf("  %s/%s: %s", authority->directory, authority_file_name(file),
		       standing(authority, file));
		if (file == AUTHORITY_PEM || file == COLLECTOR_PEM) {
			certificate_last_day(file == AUTHORITY_PEM
						     ? authority->authority.certificate
						     : authority->collector.certificate,
					     day);
			printf(_(", valid until %s"), day);
		}
		putchar('\n');
	}
}

static int fail_rsyslog(const struct options *options, int code)
{
	if (code == -ENOTDIR)
		return command_fail("setup",
				    _("%s: it is not there; install rsyslog, "
				      "rsyslog-relp and rsyslog-openssl, then run this "
				      "again"),
				    options->rsyslog);
	if (code == -ENOENT)
		return command_fail("setup", _("%s: it is missing; reinstall sekisho-collector"),
				    options->shipped);
	if (code == -EINVAL)
		return command_fail("setup", _("%s: rsyslog takes no such name of a directory"),
				    options->directory);
	return command_fail("setup", "%s/" RSYSLOG_FILE ": %s", options->rsyslog, strerror(-code));
}

static void show_rsyslog(const struct options *options, enum rsyslog_state state)
{
	const char *words = _("made");

	if (state == RSYSLOG_THERE)
		words = _("was there already");
	else if (state == RSYSLOG_OTHER)
		words = _("was there already and is NOT as it would be made; compare it with");
	printf("  %s/" RSYSLOG_FILE ": %s%s%s\n", options->rsyslog, words,
	       state == RSYSLOG_OTHER ? " " : "", state == RSYSLOG_OTHER ? options->shipped : "");
}

static void show_next(const struct options *options)
{
	printf(_("\nWhat to do next:\n"
		 "  1. check what rsyslog reads, and restart it:\n"
		 "       rsyslogd -N1 && systemctl restart rsyslog\n"
		 "  2. let the terminals reach port 2514/tcp of this machine, %s\n"
		 "  3. make what each terminal needs:\n"
		 "       sekisho-collector terminal NAME...\n"
		 "  4. keep a copy of %s off this machine, and of authority.key one that no\n"
		 "     network reaches. Whoever has authority.key can be any terminal: take it\n"
		 "     away from here, too, while no terminals are made.\n"),
	       options->name, options->directory);
}

static int run(struct options *options, struct authority *authority)
{
	_cleanup_free_ char *directory = NULL;
	enum rsyslog_state state = RSYSLOG_OTHER;
	struct config_error error;
	int r;

	r = authority_open(authority, options->directory, true, &error);
	if (r == 0)
		r = authority_complete(authority, options->name, &error);
	if (r < 0)
		return command_fail("setup", "%s", error.text);
	/* rsyslog starts elsewhere. */
	directory = realpath(options->directory, NULL);
	if (!directory)
		return command_fail("setup", "%s: %s", options->directory, strerror(errno));
	options->directory = authority->directory = directory;
	show_files(authority);
	/* Last: with this file and without certificates rsyslog would not start as a collector. */
	r = rsyslog_install(options->shipped, options->directory, options->rsyslog, &state);
	if (r < 0)
		return fail_rsyslog(options, r);
	show_rsyslog(options, state);
	show_next(options);
	return state == RSYSLOG_OTHER ? COMMAND_NO : COMMAND_OK;
}

int collector_setup(int argc, char **argv)
{
	_cleanup_authority_ struct authority authority = AUTHORITY_CLOSED;
	struct options options = {
		.directory = COLLECTOR_DIRECTORY,
		.rsyslog = RSYSLOG_FOLDER,
		.shipped = RSYSLOG_SHIPPED,
	};
	const char *wrong;

	if (parse(argc, argv, &options) < 0)
		return command_usage("setup");
	wrong = name_wrong_host(options.name);
	if (wrong)
		return command_fail("setup",
				    _("--name is the name by which terminals reach this "
				      "machine, such as log1.example.lg.jp: %s"),
				    wrong);
	return run(&options, &authority);
}
