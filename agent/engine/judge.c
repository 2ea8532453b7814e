#include "judge.h"

const char *judge_reason_name(enum judge_reason reason)
{
	static const char *const names[JUDGE_REASON_COUNT] = {
		[JUDGE_BY_RULE] = "rule",
		[JUDGE_CHARGE] = "charge",
		[JUDGE_CLONE] = "clone",
		[JUDGE_NO_RULE] = "no-rule",
		[JUDGE_UNREADABLE] = "unreadable",
		[JUDGE_NO_INTERFACE] = "no-interface",
		[JUDGE_FOREIGN_DRIVER] = "foreign-driver",
	};

	return names[reason];
}

enum access judge_interface(const struct rules *rules, const struct device_facts *facts,
			    const struct usb_class *class, const struct rule **ret_rule)
{
	const struct rule *rule = rules_find(rules, facts, class);

	*ret_rule = rule;
	if (!rule || rule->access != ACCESS_ALLOW)
		return ACCESS_BLOCK;
	/* Of two with one serial number, at most one is what the rule means. */
	return facts->clone && rule_gives(rule, KEY_SERIAL) ? ACCESS_BLOCK : ACCESS_ALLOW;
}

bool judge_opens(const struct rules *rules, const struct device_facts *facts,
		 const struct usb_class *class)
{
	const struct rule *rule;

	return rules->audit || judge_interface(rules, facts, class, &rule) == ACCESS_ALLOW;
}

enum judge_reason judge_interface_reason(const struct rule *rule, enum access access)
{
	if (!rule)
		return JUDGE_NO_RULE;
	if (rule->access == ACCESS_CHARGE)
		return JUDGE_CHARGE;
	return rule->access == access ? JUDGE_BY_RULE : JUDGE_CLONE;
}

void judge(const struct rules *rules, const struct device_facts *facts,
	   struct judgement *ret_judgement)
{
	const struct usb_descriptors *descriptors = &facts->descriptors;
	struct judgement judgement = {.access = ACCESS_BLOCK, .reason = JUDGE_NO_INTERFACE};
	bool blocked = false;

	*ret_judgement = judgement;
	if (facts->unreadable < 0) {
		ret_judgement->reason = JUDGE_UNREADABLE;
		return;
	}
	for (size_t i = 0; i < descriptors->n_interfaces; i++) {
		const struct rule *rule;
		enum access access =
			judge_interface(rules, facts, &descriptors->interfaces[i].class, &rule);

		blocked |= access == ACCESS_BLOCK;
		/* The first interface decides what is told, the first allowed one if there is any.
		 */
		if (i > 0 && (access == ACCESS_BLOCK || judgement.access == ACCESS_ALLOW))
			continue;
		judgement.access = access;
		judgement.rule = rule;
		judgement.reason = judge_interface_reason(rule, access);
	}
	judgement.partial = judgement.access == ACCESS_ALLOW && blocked;
	if (rules->audit && blocked) {
		judgement.access = ACCESS_ALLOW;
		judgement.partial = false;
		judgement.audited = true;
	}
	*ret_judgement = judgement;
}
