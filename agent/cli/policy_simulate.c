/* sekisho policy simulate: what would change for the devices that the journal tells of, if the
 * rules as they stand in the files counted. */
#include "policy.h"

#include "command.h"
#include "history.h"
#include "simulated.h"

#include "cleanup.h"
#include "gettext.h"
#include "paths.h"
#include "since.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

struct settings {
	const char *journal;
	char rules[1024];
	bool json;
	uint64_t since_us;
};

/* A folder stands for the devices.conf in it. */
static int choose_rules(const char *path, struct settings *settings)
{
	struct stat status;
	bool folder = stat(path, &status) == 0 && S_ISDIR(status.st_mode);
	int length = snprintf(settings->rules, sizeof(settings->rules), "%s%s", path,
			      folder ? "/devices.conf" : "");

	return length < 0 || (size_t)length >= sizeof(settings->rules)
		       ? command_fail("policy", "%s: %s", path, strerror(ENAMETOOLONG))
		       : COMMAND_OK;
}

static int parse_arguments(int argc, char **argv, struct settings *settings)
{
	static const struct option options[] = {
		{"since", required_argument, NULL, 's'},
		{"directory", required_argument, NULL, 'd'},
		{"json", no_argument, NULL, 'j'},
		{},
	};
	int option;

	while ((option = command_option(argc, argv, "", options)) != -1) {
		switch (option) {
		case 's':
			if (since_parse(optarg, (uint64_t)time(NULL) * 1000000,
					&settings->since_us) < 0)
				return command_fail("policy", _("not a time: try 2026-04-01, "
								"'2026-04-01 08:30' or 2h"));
			break;
		case 'd':
			settings->journal = optarg;
			break;
		case 'j':
			settings->json = true;
			break;
		default:
			return command_usage("policy");
		}
	}
	if (optind + 1 < argc)
		return command_usage("policy");
	return choose_rules(optind < argc ? argv[optind] : SEKISHO_DEVICE_RULES, settings);
}

/* Returns how many devices would be judged otherwise. */
static size_t show_changes(const struct rules *rules, struct history *history, bool json)
{
	size_t changed = 0;
	json_t *entry;
	const char *key;

	json_object_foreach(history->devices, key, entry)
	{
		struct simulated simulated;

		int r = simulate(rules, history_fields(entry), &simulated);

		history->damaged += r < 0;
		if (r < 0 || !simulated.changed)
			continue;
		changed++;
		if (json)
			simulated_json(rules, entry, &simulated);
		else
			simulated_show(rules, entry, &simulated);
	}
	return changed;
}

/* Whoever reads less than there is must not say that nothing would change. */
static int conclude(const struct history *history, size_t changed, bool json)
{
	if (!json)
		printf(_("%zu devices in the journal, %zu would be judged otherwise\n"),
		       json_object_size(history->devices), changed);
	if (history->damaged > 0)
		return command_fail("policy",
				    _("%llu lines of the journal can't be read: 'sekisho verify' "
				      "tells more"),
				    (unsigned long long)history->damaged);
	if (history->full)
		return command_fail("policy",
				    _("the journal tells of more than %d devices: the others were "
				      "not looked at; try --since"),
				    HISTORY_MAX);
	return changed > 0 ? COMMAND_NO : COMMAND_OK;
}

int policy_simulate(int argc, char **argv)
{
	struct settings settings = {.journal = SEKISHO_JOURNAL};
	_cleanup_close_ int directory = -1;
	struct history history;
	struct config_error error;
	struct rules rules;
	int r = parse_arguments(argc, argv, &settings);

	if (r != COMMAND_OK)
		return r;
	directory = open(settings.journal, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (directory < 0)
		return command_fail("policy", _("%s: can't be read: %s"), settings.journal,
				    strerror(errno));
	if (rules_load(settings.rules, geteuid(), &rules, &error) < 0)
		return command_fail("policy", "%s", error.text);
	r = history_read(directory, settings.since_us, &history);
	if (r == 0)
		r = conclude(&history, show_changes(&rules, &history, settings.json),
			     settings.json);
	else
		r = command_fail("policy", "%s", strerror(-r));
	history_release(&history);
	rules_free(&rules);
	return r;
}
