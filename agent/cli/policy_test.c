/* sekisho policy test: what the rules decide about a device that is plugged in, one that the
 * journal tells of, or one that is described by the options. */
#include "policy.h"

#include "command.h"
#include "device_text.h"
#include "judged.h"
#include "known_device.h"

#include "cleanup.h"
#include "gettext.h"
#include "number.h"
#include "paths.h"

#include <errno.h>
#include <getopt.h>
#include <string.h>
#include <unistd.h>

struct settings {
	const char *rules, *journal, *sysfs;
	bool json;
	bool described; /* .device is what the options say */
	struct known_device device;
};

static int set_text(char *text, size_t size, const char *value)
{
	if (strlen(value) >= size)
		return -EINVAL;
	memcpy(text, value, strlen(value) + 1);
	return 0;
}

static int set_id(uint16_t *id, const char *value)
{
	uint8_t bytes[2];

	if (hex_parse_exactly(value, bytes, sizeof(bytes)) < 0)
		return -EINVAL;
	*id = (uint16_t)(bytes[0] << 8 | bytes[1]);
	return 0;
}

static int set_hash(char hash[static FACTS_HASH_SIZE], const char *value)
{
	uint8_t digest[(FACTS_HASH_SIZE - 1) / 2];

	if (hex_parse_exactly(value, digest, sizeof(digest)) < 0)
		return -EINVAL;
	hex_format(digest, sizeof(digest), hash);
	return 0;
}

/* What an option says of the device. */
static int describe(struct known_device *device, int option, const char *value)
{
	struct device_facts *facts = &device->facts;

	switch (option) {
	case 'i':
		return known_device_interfaces(value, &facts->descriptors, &device->cut);
	case 'v':
		return set_id(&facts->descriptors.vendor, value);
	case 'p':
		return set_id(&facts->descriptors.product, value);
	case 'S':
		return set_text(facts->serial, sizeof(facts->serial), value);
	case 'm':
		return set_text(facts->manufacturer, sizeof(facts->manufacturer), value);
	case 'n':
		return set_text(facts->product, sizeof(facts->product), value);
	case 'D':
		return set_hash(facts->hash, value);
	case 'I':
		facts->internal = true;
		return 0;
	case 'P':
		return set_text(facts->name, sizeof(facts->name), value);
	default:
		return -ENOENT;
	}
}

static int take_option(struct settings *settings, int option, const char *value)
{
	int r;

	switch (option) {
	case 'r':
		settings->rules = value;
		return COMMAND_OK;
	case 'd':
		settings->journal = value;
		return COMMAND_OK;
	case 's':
		settings->sysfs = value;
		return COMMAND_OK;
	case 'j':
		settings->json = true;
		return COMMAND_OK;
	}
	r = describe(&settings->device, option, value);
	settings->described = true;
	if (r == -ENOENT)
		return command_usage("policy");
	return r < 0 ? command_fail("policy", _("%s: can't be understood; see sekisho-policy(1)"),
				    value)
		     : COMMAND_OK;
}

static int parse_arguments(int argc, char **argv, struct settings *settings)
{
	static const struct option options[] = {
		{"rules", required_argument, NULL, 'r'},
		{"directory", required_argument, NULL, 'd'},
		{"sysfs", required_argument, NULL, 's'},
		{"json", no_argument, NULL, 'j'},
		{"interfaces", required_argument, NULL, 'i'},
		{"vendor", required_argument, NULL, 'v'},
		{"product", required_argument, NULL, 'p'},
		{"serial", required_argument, NULL, 'S'},
		{"manufacturer", required_argument, NULL, 'm'},
		{"name", required_argument, NULL, 'n'},
		{"descriptors", required_argument, NULL, 'D'},
		{"internal", no_argument, NULL, 'I'},
		{"port", required_argument, NULL, 'P'},
		{},
	};
	int option, r = COMMAND_OK;

	while (r == COMMAND_OK && (option = command_option(argc, argv, "", options)) != -1)
		r = take_option(settings, option, optarg);
	if (r != COMMAND_OK)
		return r;
	/* One or the other. */
	if (optind + !settings->described != argc)
		return command_usage("policy");
	if (settings->described)
		return COMMAND_OK;
	r = known_device_find(settings->sysfs, settings->journal, argv[optind], &settings->device);
	return r < 0 ? known_device_fail("policy", argv[optind], r) : COMMAND_OK;
}

static int show_json(const struct rules *rules, const struct device_facts *facts)
{
	json_t *object = judged_json(rules, facts);

	if (!object)
		return command_fail("policy", _("out of memory"));
	json_dumpf(object, stdout, JSON_COMPACT | JSON_SORT_KEYS);
	putchar('\n');
	json_decref(object);
	return COMMAND_OK;
}

static void show(const struct rules *rules, const struct known_device *device,
		 const struct judgement *judgement)
{
	puts(judged_verdict(judgement));
	if (judgement->reason == JUDGE_UNREADABLE || judgement->reason == JUDGE_NO_INTERFACE)
		device_text_reason(judge_reason_name(judgement->reason), "", "");
	judged_show_interfaces(rules, &device->facts);
	if (device->cut)
		puts(_("the event does not tell all of its interfaces"));
}

int policy_test(int argc, char **argv)
{
	struct settings settings = {
		.rules = SEKISHO_DEVICE_RULES, .journal = SEKISHO_JOURNAL, .sysfs = "/sys"};
	struct judgement judgement;
	struct config_error error;
	struct rules rules;
	int r = parse_arguments(argc, argv, &settings);

	if (r != COMMAND_OK)
		return r;
	if (settings.device.other)
		return command_fail("policy", _("it is no USB device: no rule is about it"));
	if (rules_load(settings.rules, geteuid(), &rules, &error) < 0)
		return command_fail("policy", "%s", error.text);
	/* Asked is what the rules say. */
	if (rules.audit && !settings.json)
		puts(_("AUDIT MODE: the device is let in whatever the rules say:"));
	rules.audit = false;
	judge(&rules, &settings.device.facts, &judgement);
	if (settings.json)
		r = show_json(&rules, &settings.device.facts);
	else
		show(&rules, &settings.device, &judgement);
	rules_free(&rules);
	return r != COMMAND_OK ? r : judgement.access == ACCESS_ALLOW ? COMMAND_OK : COMMAND_NO;
}
