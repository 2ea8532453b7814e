#include "rules.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* What a rule names at least; the more it names, the fewer devices it can fit. */
enum group {
	GROUP_ANY, /* not both of vendor and product */
	GROUP_MODEL, /* those two */
	GROUP_DEVICE, /* and a serial number */
	GROUP_COUNT
};

struct place {
	enum group group;
	uint16_t vendor, product; /* not of GROUP_ANY */
	const char *serial; /* of GROUP_DEVICE */
};

static bool pattern_fits(const struct class_pattern *pattern, const struct usb_class *class)
{
	return ((pattern->class.class ^ class->class) & pattern->mask.class) == 0 &&
	       ((pattern->class.subclass ^ class->subclass) & pattern->mask.subclass) == 0 &&
	       ((pattern->class.protocol ^ class->protocol) & pattern->mask.protocol) == 0;
}

static bool any_fits(const struct rules *rules, uint32_t at, uint8_t count,
		     const struct usb_class *class)
{
	for (uint8_t i = 0; i < count; i++)
		if (pattern_fits(&rules->patterns[at + i], class))
			return true;
	return false;
}

/* That in question too: the kernel may have made it of something that we read in another way. */
static bool every_fits(const struct rules *rules, const struct rule *rule,
		       const struct usb_descriptors *descriptors, const struct usb_class *class)
{
	for (size_t i = 0; i < descriptors->n_interfaces; i++)
		if (!any_fits(rules, rule->every_at, rule->n_every,
			      &descriptors->interfaces[i].class))
			return false;
	return descriptors->n_interfaces > 0 &&
	       any_fits(rules, rule->every_at, rule->n_every, class);
}

static bool none_fits(const struct rules *rules, const struct rule *rule,
		      const struct usb_descriptors *descriptors, const struct usb_class *class)
{
	for (size_t i = 0; i < descriptors->n_interfaces; i++)
		if (any_fits(rules, rule->none_at, rule->n_none, &descriptors->interfaces[i].class))
			return false;
	return !any_fits(rules, rule->none_at, rule->n_none, class);
}

static bool text_fits(const struct rules *rules, const struct rule *rule, enum rule_key key,
		      uint32_t offset, const char *text)
{
	return !rule_gives(rule, key) || strcmp(rules_text(rules, offset), text) == 0;
}

bool rules_has_port(const char *ports, const char *name, size_t length)
{
	while (*ports) {
		size_t one = strcspn(ports, " ");

		if (one == length && memcmp(ports, name, length) == 0)
			return true;
		ports += one;
		ports += strspn(ports, " ");
	}
	return false;
}

static bool place_fits(const struct rules *rules, const struct rule *rule,
		       const struct device_facts *facts)
{
	if (rule_gives(rule, KEY_PORT) &&
	    !rules_has_port(rules_text(rules, rule->port), facts->name, strlen(facts->name)))
		return false;
	return !rule_gives(rule, KEY_INTERNAL) || rule->internal == facts->internal;
}

static bool rule_fits(const struct rules *rules, const struct rule *rule,
		      const struct device_facts *facts, const struct usb_class *class)
{
	if (rule_gives(rule, KEY_VENDOR) && rule->vendor != facts->descriptors.vendor)
		return false;
	if (rule_gives(rule, KEY_PRODUCT) && rule->product != facts->descriptors.product)
		return false;
	if (rule_gives(rule, KEY_INTERFACE) && !any_fits(rules, rule->any_at, rule->n_any, class))
		return false;
	if (rule_gives(rule, KEY_HAS_SERIAL) && rule->has_serial != (facts->serial[0] != '\0'))
		return false;
	return text_fits(rules, rule, KEY_SERIAL, rule->serial, facts->serial) &&
	       text_fits(rules, rule, KEY_MANUFACTURER, rule->manufacturer, facts->manufacturer) &&
	       text_fits(rules, rule, KEY_NAME, rule->label, facts->product) &&
	       text_fits(rules, rule, KEY_DESCRIPTORS, rule->descriptors, facts->hash) &&
	       place_fits(rules, rule, facts) &&
	       (!rule_gives(rule, KEY_EVERY_INTERFACE) ||
		every_fits(rules, rule, &facts->descriptors, class)) &&
	       (!rule_gives(rule, KEY_NO_INTERFACE) ||
		none_fits(rules, rule, &facts->descriptors, class));
}

static struct place place_of(const struct rules *rules, const struct rule *rule)
{
	struct place place = {.vendor = rule->vendor, .product = rule->product};

	if (!rule_gives(rule, KEY_VENDOR) || !rule_gives(rule, KEY_PRODUCT))
		return place;
	place.group = rule_gives(rule, KEY_SERIAL) ? GROUP_DEVICE : GROUP_MODEL;
	if (place.group == GROUP_DEVICE)
		place.serial = rules_text(rules, rule->serial);
	return place;
}

static int compare(const struct place *a, const struct place *b)
{
	if (a->group != b->group)
		return a->group < b->group ? -1 : 1;
	if (a->group == GROUP_ANY)
		return 0;
	if (a->vendor != b->vendor)
		return a->vendor < b->vendor ? -1 : 1;
	if (a->product != b->product)
		return a->product < b->product ? -1 : 1;
	return a->group == GROUP_DEVICE ? strcmp(a->serial, b->serial) : 0;
}

/* By place; those of one place stay in the order of the files. */
static int by_place(const void *a, const void *b, void *user)
{
	const struct rules *rules = user;
	uint32_t i = *(const uint32_t *)a, j = *(const uint32_t *)b;
	struct place x = place_of(rules, &rules->list[i]), y = place_of(rules, &rules->list[j]);
	int order = compare(&x, &y);

	return order != 0 ? order : (i > j) - (i < j);
}

int rules_index(struct rules *rules)
{
	rules->order = malloc((rules->n_list + 1) * sizeof(*rules->order));
	if (!rules->order)
		return -ENOMEM;
	for (size_t i = 0; i < rules->n_list; i++)
		rules->order[i] = (uint32_t)i;
	qsort_r(rules->order, rules->n_list, sizeof(*rules->order), by_place, rules);
	return 0;
}

/* The first of the sorted ones that is at the place; with @after, behind it. */
static size_t bound(const struct rules *rules, const struct place *place, bool after)
{
	size_t low = 0, high = rules->n_list;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		struct place other = place_of(rules, &rules->list[rules->order[middle]]);
		int order = compare(&other, place);

		if (order < 0 || (after && order == 0))
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

const struct rule *rules_find(const struct rules *rules, const struct device_facts *facts,
			      const struct usb_class *class)
{
	size_t at[GROUP_COUNT], end[GROUP_COUNT];

	for (int group = 0; group < GROUP_COUNT; group++) {
		const struct place place = {(enum group)group, facts->descriptors.vendor,
					    facts->descriptors.product, facts->serial};

		at[group] = bound(rules, &place, false);
		end[group] = bound(rules, &place, true);
	}
	/* In the order of the files, whatever their groups. */
	for (;;) {
		const struct rule *rule;
		int first = -1;

		for (int group = 0; group < GROUP_COUNT; group++)
			if (at[group] < end[group] &&
			    (first < 0 || rules->order[at[group]] < rules->order[at[first]]))
				first = group;
		if (first < 0)
			return NULL;
		rule = &rules->list[rules->order[at[first]++]];
		if (rule_fits(rules, rule, facts, class))
			return rule;
	}
}
