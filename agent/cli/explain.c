/* sekisho explain: why a device is let in or not, by the rules as they stand in the files. The same
 * judgement as the agent's, of a device that is there or of one in the journal; nothing is done. */
#include "ask.h"
#include "command.h"
#include "device_text.h"

#include "agent/engine/judge.h"

#include "cleanup.h"
#include "gettext.h"
#include "journal_cursor.h"
#include "number.h"
#include "paths.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

/* What is explained. */
struct subject {
	struct device_facts facts;
	bool foreign; /* a driver that is not of its class took it: no rule changes that */
	bool closed; /* it is plugged in and not let in */
	bool other_bus; /* it is no USB device: no rule is about it */
	bool cut; /* the event's list of interfaces is not whole */
};

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

	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
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

static int read_present(const struct settings *settings, struct subject *ret_subject)
{
	struct subject subject = {};
	int r;
	_cleanup_close_ int sysfs = open(settings->sysfs, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	_cleanup_close_ int devices = -1;

	if (sysfs < 0)
		return -errno;
	devices = openat(sysfs, "bus/usb/devices", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (devices < 0)
		return -errno;
	r = facts_read(devices, settings->what, &subject.facts);
	if (r < 0)
		return r;
	subject.closed = !subject.facts.authorized;
	*ret_subject = subject;
	return 0;
}

/* "030101 080650" back into interfaces, up to the "..." of a list that was cut. */
static int read_classes(const char *text, struct usb_descriptors *descriptors, bool *ret_cut)
{
	*ret_cut = strstr(text, "...") != NULL;
	while (*text && *text != '.') {
		char digits[7] = "";
		uint8_t codes[3];
		size_t length;

		memcpy(digits, text, strnlen(text, 6));
		if (hex_parse(digits, codes, sizeof(codes), &length) < 0 ||
		    length != sizeof(codes) ||
		    descriptors->n_interfaces == DESCRIPTORS_INTERFACES_MAX)
			return -EBADMSG;
		descriptors->interfaces[descriptors->n_interfaces++].class =
			(struct usb_class){codes[0], codes[1], codes[2]};
		text += 6;
		text += strspn(text, " ");
	}
	return 0;
}

static uint16_t read_id(const json_t *fields, const char *key)
{
	uint8_t bytes[2] = {};
	size_t length;

	if (hex_parse(ask_text(fields, key), bytes, sizeof(bytes), &length) < 0)
		return 0;
	return (uint16_t)(bytes[0] << 8 | bytes[1]);
}

/* What the event tells of the device. Texts are as recorded: escaped. */
static int read_event(const json_t *fields, struct subject *ret_subject)
{
	const char *reason = ask_text(fields, "reason");
	struct subject subject = {.foreign = strcmp(reason, "foreign-driver") == 0,
				  .other_bus = strcmp(reason, "bus-closed") == 0};
	struct device_facts *facts = &subject.facts;

	if (*ask_text(fields, "device") == '\0')
		return -EBADMSG;
	snprintf(facts->name, sizeof(facts->name), "%s", ask_text(fields, "device"));
	snprintf(facts->manufacturer, sizeof(facts->manufacturer), "%s",
		 ask_text(fields, "manufacturer"));
	snprintf(facts->product, sizeof(facts->product), "%s", ask_text(fields, "name"));
	snprintf(facts->serial, sizeof(facts->serial), "%s", ask_text(fields, "serial"));
	facts->descriptors.vendor = read_id(fields, "vendor");
	facts->descriptors.product = read_id(fields, "product");
	if (subject.other_bus) {
		*ret_subject = subject;
		return 0;
	}
	if (strcmp(reason, "unreadable") == 0)
		facts->unreadable = -EBADMSG;
	else if (read_classes(ask_text(fields, "interfaces"), &facts->descriptors, &subject.cut) <
		 0)
		return -EBADMSG;
	*ret_subject = subject;
	return 0;
}

/* Looks for the event by its id or its sequence number. */
static int read_recorded(const struct settings *settings, struct subject *ret_subject)
{
	_cleanup_close_ int directory = open(settings->journal, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	static struct journal_cursor cursor; /* 64 KiB: not for the stack */
	struct journal_record record;
	struct journal_span line;
	uint64_t sequence = 0;
	int found = 0, r;

	if (directory < 0)
		return -errno;
	number_parse(settings->what, 1, JOURNAL_SEQUENCE_MAX, &sequence);
	journal_cursor_begin(&cursor, directory, false);
	while (!found && (r = journal_cursor_next(&cursor, &record, &line)) != 0) {
		json_t *fields;

		if (r < 0)
			continue;
		if (record.sequence != sequence &&
		    (record.id.length != strlen(settings->what) ||
		     memcmp(record.id.bytes, settings->what, record.id.length) != 0))
			continue;
		fields = json_loadb(record.fields.bytes, record.fields.length, 0, NULL);
		found = read_event(fields, ret_subject) < 0 ? -EBADMSG : 1;
		json_decref(fields);
	}
	journal_cursor_end(&cursor);
	return found == 0 ? -ENOENT : found < 0 ? found : 0;
}

static void show(const struct rules *rules, const struct subject *subject)
{
	const struct device_facts *facts = &subject->facts;
	struct judgement judgement;
	bool kept_out;

	if (subject->other_bus) {
		printf("%s: %s\n", facts->name, _("BLOCKED"));
		device_text_reason("bus-closed", "", "");
		return;
	}
	judge(rules, facts, &judgement);
	kept_out = judgement.access == ACCESS_ALLOW && (subject->foreign || subject->closed);
	printf("%s: %s\n", facts->name,
	       judgement.access == ACCESS_BLOCK || kept_out ? _("BLOCKED")
	       : judgement.partial			    ? _("allowed in part")
							    : _("allowed"));
	if (judgement.reason == JUDGE_UNREADABLE || judgement.reason == JUDGE_NO_INTERFACE)
		device_text_reason(judge_reason_name(judgement.reason), "", "");
	if (subject->foreign)
		device_text_reason("foreign-driver", "", "");
	else if (kept_out)
		puts(_("the rules allow it, but it was not let in: see 'sekisho devices'"));
	for (size_t i = 0; i < facts->descriptors.n_interfaces; i++) {
		const struct usb_class *class = &facts->descriptors.interfaces[i].class;
		const struct rule *rule;
		enum access access = judge_interface(rules, facts, class, &rule);
		char code[8], place[CONFIG_ERROR_MAX] = "";

		snprintf(code, sizeof(code), "%02x%02x%02x", class->class, class->subclass,
			 class->protocol);
		device_text_classes(access == ACCESS_ALLOW ? _("  works:  ") : _("  closed: "),
				    code);
		if (rule)
			snprintf(place, sizeof(place), "%s:%u", rules_text(rules, rule->file),
				 rule->line);
		printf("          ");
		device_text_reason(rule ? "rule" : "no-rule",
				   rule ? rules_text(rules, rule->name) : "", place);
	}
	if (subject->cut)
		puts(_("the event does not tell all of its interfaces"));
}

int command_explain(int argc, char **argv)
{
	struct settings settings = {SEKISHO_DEVICE_RULES, SEKISHO_JOURNAL, "/sys", ""};
	struct config_error error;
	struct subject subject = {};
	struct rules rules;
	int r;

	r = parse_arguments(argc, argv, &settings);
	if (r != COMMAND_OK)
		return r;
	/* A device has a dash in its name ("1-1.2"), an event's id four, its number none. */
	r = read_present(&settings, &subject);
	if (r < 0)
		r = read_recorded(&settings, &subject);
	if (r == -EACCES)
		return command_fail("explain",
				    _("only root and members of the group sekisho-audit may read "
				      "the journal; try sudo"));
	if (r == -EBADMSG)
		return command_fail("explain", _("event %s is not about a device"), settings.what);
	if (r < 0)
		return command_fail("explain",
				    _("no device and no event %s: see 'sekisho devices' and "
				      "'sekisho events --json'"),
				    settings.what);
	if (rules_load(settings.rules, geteuid(), &rules, &error) < 0)
		return command_fail("explain", "%s", error.text);
	show(&rules, &subject);
	rules_free(&rules);
	return COMMAND_OK;
}
