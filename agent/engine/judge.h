/* The judgement of a device: a pure function of the rules and what is known of it. */
#ifndef SEKISHO_JUDGE_H
#define SEKISHO_JUDGE_H

#include "rules.h"

enum judge_reason {
	JUDGE_BY_RULE, /* .rule decided */
	JUDGE_CHARGE, /* .rule says: its power alone. Blocked */
	JUDGE_CHALLENGE, /* .rule says: once a code was typed on it. Blocked */
	JUDGE_CLONE, /* .rule allows it for its serial number, which another one has: blocked */
	JUDGE_NO_RULE, /* nothing fits: blocked */
	JUDGE_UNREADABLE, /* the descriptors are wrong: blocked */
	JUDGE_NO_INTERFACE, /* it has none: blocked */
	JUDGE_SURPLUS, /* .rule would let it in, had it a place left: blocked */
	JUDGE_FOREIGN_DRIVER, /* another driver than that of its class took an interface: blocked */
	JUDGE_REASON_COUNT
};

struct judgement {
	enum access access; /* allow: at least one interface may work */
	enum judge_reason reason; /* for .access */
	const struct rule *rule; /* borrowed from the rules; NULL if none decided */
	bool partial; /* allowed, but not all of its interfaces */
	bool challenge; /* a keyboard of it would be let in if a code were typed on it */
	bool audited; /* let in, with interfaces that the rules block: .reason is theirs */
};

/* In audit mode a device is let in for the interfaces that it has, whatever the rules say of them.
 */
void judge(const struct rules *rules, const struct device_facts *facts,
	   struct judgement *ret_judgement);

/* What the rules say of one interface of an allowed device, by the class the kernel sees: allow or
 * block. @ret_rule is the rule that fits; one that allows and has no place left blocks. */
enum access judge_interface(const struct rules *rules, const struct device_facts *facts,
			    const struct usb_class *class, const struct rule **ret_rule);

/* Whether it is to be opened: where the rules allow it, and in audit mode. */
bool judge_opens(const struct rules *rules, const struct device_facts *facts,
		 const struct usb_class *class);

/* Why that was the answer, @access, for an interface that @rule decides about; NULL: none does. */
enum judge_reason judge_interface_reason(const struct device_facts *facts, const struct rule *rule,
					 enum access access);

/* Whether a code can be typed on an interface of this class. */
bool judge_types(const struct usb_class *class);

/* "rule", "no-rule", ... a stable name for events. */
const char *judge_reason_name(enum judge_reason reason);

#endif
