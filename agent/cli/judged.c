#include "judged.h"

#include "device_text.h"

#include "gettext.h"
#include "jsonout.h"

#include <stdio.h>

#define PLACE_MAX CONFIG_ERROR_MAX
#define CODE_MAX  sizeof("030101")

/* One interface, and what decides about it. */
struct line {
	enum access access;
	const char *reason;
	char code[CODE_MAX];
	const char *name; /* of the section, "" if none */
	char place[PLACE_MAX];
};

static void look(const struct rules *rules, const struct device_facts *facts,
		 const struct usb_class *class, struct line *ret_line)
{
	const struct rule *rule;

	ret_line->access = judge_interface(rules, facts, class, &rule);
	ret_line->reason = judge_reason_name(judge_interface_reason(facts, rule, ret_line->access));
	ret_line->name = rule ? rules_text(rules, rule->name) : "";
	ret_line->place[0] = '\0';
	snprintf(ret_line->code, sizeof(ret_line->code), "%02x%02x%02x", class->class,
		 class->subclass, class->protocol);
	if (rule)
		snprintf(ret_line->place, sizeof(ret_line->place), "%s:%u",
			 rules_text(rules, rule->file), rule->line);
}

const char *judged_verdict(const struct judgement *judgement)
{
	if (judgement->access == ACCESS_BLOCK)
		return _("BLOCKED");
	return judgement->partial ? _("allowed in part") : _("allowed");
}

void judged_show_interface(const struct rules *rules, const struct device_facts *facts,
			   const struct usb_class *class)
{
	struct line line;

	look(rules, facts, class, &line);
	device_text_classes(line.access == ACCESS_ALLOW ? _("  works:  ") : _("  closed: "),
			    line.code);
	printf("          ");
	device_text_reason(line.reason, line.name, line.place);
}

void judged_show_interfaces(const struct rules *rules, const struct device_facts *facts)
{
	for (size_t i = 0; i < facts->descriptors.n_interfaces; i++)
		judged_show_interface(rules, facts, &facts->descriptors.interfaces[i].class);
}

json_t *judged_json_interface(const struct rules *rules, const struct device_facts *facts,
			      const struct usb_class *class)
{
	struct line line;

	look(rules, facts, class, &line);
	return json_pack("{s:s, s:s, s:s, s:o, s:o}", "class", line.code, "access",
			 access_name(line.access), "reason", line.reason, "rule",
			 jsonout_text(line.name), "place", jsonout_text(line.place));
}

json_t *judged_json(const struct rules *rules, const struct device_facts *facts)
{
	json_t *interfaces = json_array();
	struct judgement judgement;

	judge(rules, facts, &judgement);
	for (size_t i = 0; i < facts->descriptors.n_interfaces; i++)
		json_array_append_new(
			interfaces, judged_json_interface(rules, facts,
							  &facts->descriptors.interfaces[i].class));
	return json_pack("{s:s, s:s, s:b, s:o}", "verdict", access_name(judgement.access), "reason",
			 judge_reason_name(judgement.reason), "partial", judgement.partial,
			 "interfaces", interfaces);
}
