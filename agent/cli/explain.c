/* sekisho explain: why a device is let in or not, by the rules as they stand in the files. The same
 * judgement as the agent's, of a device that is there or of one in the journal; nothing is done.
 * What a log-in is asked: explain_login.c. */
#include "command.h"
#include "device_text.h"
#include "explain_login.h"
#include "judged.h"
#include "known_device.h"

#include "gettext.h"
#include "paths.h"

#include <getopt.h>
#include <string.h>
#include <unistd.h>

struct settings {
	const char *rules, *journal, *sysfs, *what;
};

static int parse_arguments(int argc, char **argv, struct settings *settings)
{
	static const struct option options[] = {
		{"rules", required_argument, NULL, 'r'},
		{"directory", required_argument, NULL, 'd'},
		{"sysfs", required_argument, NULL, 's'},
		{},
	};
	int option;

	while ((option = command_option(argc, argv, "", options)) != -1) {
		switch (option) {
		case 'r':
			settings->rules = optarg;
			break;
		case 'd':
			settings->journal = optarg;
			break;
		case 's':
			settings->sysfs = optarg;
			break;
		default:
			return command_usage("explain");
		}
	}
	if (optind + 1 != argc)
		return command_usage("explain");
	settings->what = argv[optind];
	return COMMAND_OK;
}

static void show(const struct rules *rules, const struct known_device *device)
{
	const struct device_facts *facts = &device->facts;
	struct judgement judgement;
	bool kept_out;

	if (device->other) {
		printf("%s: %s\n", facts->name, _("BLOCKED"));
		device_text_reason(device->other, "", "");
		return;
	}
	judge(rules, facts, &judgement);
	kept_out = judgement.access == ACCESS_ALLOW && (device->foreign || device->closed);
	printf("%s: %s\n", facts->name, kept_out ? _("BLOCKED") : judged_verdict(&judgement));
	if (judgement.reason == JUDGE_UNREADABLE || judgement.reason == JUDGE_NO_INTERFACE)
		device_text_reason(judge_reason_name(judgement.reason), "", "");
	if (device->foreign)
		device_text_reason("foreign-driver", "", "");
	else if (kept_out)
		puts(_("the rules allow it, but it was not let in: see 'sekisho devices'"));
	judged_show_interfaces(rules, facts);
	if (device->cut)
		puts(_("the event does not tell all of its interfaces"));
}

int command_explain(int argc, char **argv)
{
	struct settings settings = {SEKISHO_DEVICE_RULES, SEKISHO_JOURNAL, "/sys", ""};
	struct config_error error;
	struct known_device device = {};
	struct rules rules;
	int r;

	if (argc > 1 && strcmp(argv[1], "login") == 0)
		return explain_login(argc - 1, argv + 1);
	r = parse_arguments(argc, argv, &settings);
	if (r != COMMAND_OK)
		return r;
	r = known_device_find(settings.sysfs, settings.journal, settings.what, &device);
	if (r < 0)
		return known_device_fail("explain", settings.what, r);
	if (rules_load(settings.rules, geteuid(), &rules, &error) < 0)
		return command_fail("explain", "%s", error.text);
	if (rules.audit)
		puts(_("AUDIT MODE: the device is let in whatever the rules say:"));
	rules.audit = false;
	show(&rules, &device);
	rules_free(&rules);
	return COMMAND_OK;
}
