#include "simulated.h"

#include "ask.h"
#include "commandline.h"
#include "device_text.h"
#include "history.h"
#include "judged.h"

#include "cleanup.h"
#include "gettext.h"

#include <errno.h>
#include <string.h>

/* Why a device was kept out that no rule can let in. */
static bool is_beyond_rules(const json_t *fields)
{
	static const char *const by_rules[] = {"",	    "rule",  "no-rule", "charge",
					       "challenge", "clone", "surplus"};

	for (size_t i = 0; i < ARRAY_SIZE(by_rules); i++)
		if (strcmp(ask_text(fields, "reason"), by_rules[i]) == 0)
			return false;
	return true;
}

/* In audit mode the rules of then let in less than what worked. */
static bool was_audited(const json_t *fields, const struct usb_class *class)
{
	char code[8];

	snprintf(code, sizeof(code), "%02x%02x%02x", class->class, class->subclass,
		 class->protocol);
	return strstr(ask_text(fields, "audited"), code) != NULL;
}

static int compare(const struct rules *rules, const json_t *fields, struct simulated *simulated,
		   const struct usb_descriptors *interfaces, bool opened)
{
	for (size_t i = 0; i < interfaces->n_interfaces; i++) {
		const struct usb_interface *interface = &interfaces->interfaces[i];
		bool worked = opened && !was_audited(fields, &interface->class);
		const struct rule *rule;
		bool works = judge_interface(rules, &simulated->device.facts, &interface->class,
					     &rule) == ACCESS_ALLOW;
		struct usb_descriptors *otherwise = works ? &simulated->opens : &simulated->closes;

		simulated->worked |= worked;
		simulated->works |= works;
		if (works == worked)
			continue;
		if (otherwise->n_interfaces == DESCRIPTORS_INTERFACES_MAX)
			return -E2BIG;
		otherwise->interfaces[otherwise->n_interfaces++] = *interface;
	}
	return 0;
}

/* An event names the interfaces of all settings; which of them the kernel made is known where it
 * tells what of the device worked and what did not. */
int simulate(const struct rules *rules, const json_t *fields, struct simulated *ret_simulated)
{
	struct usb_descriptors opened = {}, refused = {};
	struct simulated simulated = {};
	bool cut;
	int r = known_device_from_event(fields, &simulated.device);

	if (r == 0)
		r = known_device_interfaces(ask_text(fields, "opened"), &opened, &cut);
	if (r == 0)
		r = known_device_interfaces(ask_text(fields, "refused"), &refused, &cut);
	if (r < 0)
		return r;
	if (opened.n_interfaces + refused.n_interfaces == 0)
		refused = simulated.device.facts.descriptors;
	if (!is_beyond_rules(fields)) {
		r = compare(rules, fields, &simulated, &opened, true);
		if (r == 0)
			r = compare(rules, fields, &simulated, &refused, false);
	}
	if (r < 0)
		return r;
	simulated.changed = simulated.opens.n_interfaces + simulated.closes.n_interfaces > 0;
	*ret_simulated = simulated;
	return 0;
}

/* The device as a judgement shows it, with these interfaces alone. */
static void show_interfaces(const struct rules *rules, const struct simulated *simulated,
			    const struct usb_descriptors *interfaces)
{
	for (size_t i = 0; i < interfaces->n_interfaces; i++)
		judged_show_interface(rules, &simulated->device.facts,
				      &interfaces->interfaces[i].class);
}

void simulated_show(const struct rules *rules, const json_t *entry,
		    const struct simulated *simulated)
{
	const json_t *fields = history_fields(entry);

	command_column(ask_text(fields, "device"), 11);
	printf("%s:%s  %s  %s\n", ask_text(fields, "vendor"), ask_text(fields, "product"),
	       ask_text(fields, "name"), ask_text(fields, "serial"));
	printf(_("  %.19sZ: %s; it would be: %s\n"), history_time(entry),
	       simulated->worked ? _("allowed") : _("BLOCKED"),
	       simulated->works ? _("allowed") : _("BLOCKED"));
	show_interfaces(rules, simulated, &simulated->opens);
	show_interfaces(rules, simulated, &simulated->closes);
	if (simulated->device.cut)
		puts(_("the event does not tell all of its interfaces"));
}

static json_t *json_interfaces(const struct rules *rules, const struct simulated *simulated,
			       const struct usb_descriptors *interfaces)
{
	json_t *list = json_array();

	for (size_t i = 0; i < interfaces->n_interfaces; i++)
		json_array_append_new(list,
				      judged_json_interface(rules, &simulated->device.facts,
							    &interfaces->interfaces[i].class));
	return list;
}

void simulated_json(const struct rules *rules, const json_t *entry,
		    const struct simulated *simulated)
{
	json_t *object =
		json_pack("{s:s, s:O, s:s, s:s, s:o, s:o}", "time", history_time(entry), "recorded",
			  history_fields(entry), "before",
			  access_name(simulated->worked ? ACCESS_ALLOW : ACCESS_BLOCK), "after",
			  access_name(simulated->works ? ACCESS_ALLOW : ACCESS_BLOCK), "opens",
			  json_interfaces(rules, simulated, &simulated->opens), "closes",
			  json_interfaces(rules, simulated, &simulated->closes));

	json_dumpf(object, stdout, JSON_COMPACT | JSON_SORT_KEYS);
	putchar('\n');
	json_decref(object);
}
