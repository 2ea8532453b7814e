#include "judge.h"

const char *judge_reason_name(enum judge_reason reason)
{
	static const char *const names[JUDGE_REASON_COUNT] = {
		[JUDGE_BY_RULE] = "rule",
		[JUDGE_CHARGE] = "charge",
		[JUDGE_CHALLENGE] = "challenge",
		[JUDGE_CLONE] = "clone",
		[JUDGE_SURPLUS] = "surplus",
		[JUDGE_NO_RULE] = "no-rule",
		[JUDGE_UNREADABLE] = "unreadable",
		[JUDGE_NO_INTERFACE] = "no-interface",
		[JUDGE_FOREIGN_DRIVER] = "foreign-driver",
	};

	return names[reason];
}

/* Of two with one serial number, at most one is what the rule means. */
static bool is_clone(const struct device_facts *facts, const struct rule *rule)
{
	return facts->clone && rule_gives(rule, KEY_SERIAL);
}

static bool has_place(const struct rules *rules, const struct device_facts *facts,
		      const struct rule *rule)
{
	if (!rule_gives(rule, KEY_AT_MOST) || !facts->places.counted)
		return true;
	for (size_t i = 0; i < facts->places.count; i++)
		if (&rules->list[facts->places.sections[i]] == rule)
			return true;
	return false;
}

static bool lets_in(const struct rule *rule, const struct device_facts *facts)
{
	return rule->access == ACCESS_ALLOW || (rule->access == ACCESS_CHALLENGE && facts->passed);
}

enum access judge_interface(const struct rules *rules, const struct device_facts *facts,
			    const struct usb_class *class, const struct rule **ret_rule)
{
	const struct rule *rule = rules_find(rules, facts, class);

	*ret_rule = rule;
	if (!rule || !lets_in(rule, facts) || is_clone(facts, rule))
		return ACCESS_BLOCK;
	return has_place(rules, facts, rule) ? ACCESS_ALLOW : ACCESS_BLOCK;
}

bool judge_opens(const struct rules *rules, const struct device_facts *facts,
		 const struct usb_class *class)
{
	const struct rule *rule;

	return rules->audit || judge_interface(rules, facts, class, &rule) == ACCESS_ALLOW;
}

enum judge_reason judge_interface_reason(const struct device_facts *facts, const struct rule *rule,
					 enum access access)
{
	if (!rule)
		return JUDGE_NO_RULE;
	if (rule->access == ACCESS_CHARGE)
		return JUDGE_CHARGE;
	if (rule->access == access || (access == ACCESS_ALLOW && lets_in(rule, facts)))
		return JUDGE_BY_RULE;
	if (rule->access == ACCESS_CHALLENGE && !is_clone(facts, rule))
		return JUDGE_CHALLENGE;
	return is_clone(facts, rule) ? JUDGE_CLONE : JUDGE_SURPLUS;
}

/* A keyboard as the firmware's menu knows it: its reports have a form that can be read without
 * asking it. */
bool judge_types(const struct usb_class *class)
{
	return class->class == 0x03 && class->subclass == 0x01 && class->protocol == 0x01;
}

static int weight(enum judge_reason reason)
{
	return reason == JUDGE_SURPLUS ? 3 : reason == JUDGE_CLONE ? 2 : reason == JUDGE_CHALLENGE;
}

/* What is told of the whole device: its first allowed interface if there is any, else the first for
 * which there was no place, else the first that another device's serial number was to open, else
 * the first that a code would open, else the first. */
static bool says_more(const struct judgement *one, const struct judgement *before)
{
	if (one->access != before->access)
		return one->access == ACCESS_ALLOW;
	return one->access == ACCESS_BLOCK && weight(one->reason) > weight(before->reason);
}

void judge(const struct rules *rules, const struct device_facts *facts,
	   struct judgement *ret_judgement)
{
	const struct usb_descriptors *descriptors = &facts->descriptors;
	struct judgement judgement = {.access = ACCESS_BLOCK, .reason = JUDGE_NO_INTERFACE};
	bool blocked = false, challenge = false;

	*ret_judgement = judgement;
	if (facts->unreadable < 0) {
		ret_judgement->reason = JUDGE_UNREADABLE;
		return;
	}
	for (size_t i = 0; i < descriptors->n_interfaces; i++) {
		struct judgement one = {};

		one.access =
			judge_interface(rules, facts, &descriptors->interfaces[i].class, &one.rule);
		one.reason = judge_interface_reason(facts, one.rule, one.access);
		blocked |= one.access == ACCESS_BLOCK;
		challenge |= one.reason == JUDGE_CHALLENGE &&
			     judge_types(&descriptors->interfaces[i].class);
		if (i == 0 || says_more(&one, &judgement))
			judgement = one;
	}
	judgement.challenge = challenge && !rules->audit;
	judgement.partial = judgement.access == ACCESS_ALLOW && blocked;
	if (rules->audit && blocked) {
		judgement.access = ACCESS_ALLOW;
		judgement.challenge = challenge && !rules->audit;
		judgement.partial = false;
		judgement.audited = true;
	}
	*ret_judgement = judgement;
}
