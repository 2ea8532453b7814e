#include "surplus.h"

static bool has(const struct places *places, uint32_t section)
{
	for (size_t i = 0; i < places->count; i++)
		if (places->sections[i] == section)
			return true;
	return false;
}

static size_t count_holders(struct device *const *list, size_t n_list, const struct device *but,
			    uint32_t section)
{
	size_t count = 0;

	for (size_t i = 0; i < n_list; i++)
		count += list[i] != but && list[i]->judgement.access == ACCESS_ALLOW &&
			 has(&list[i]->facts.places, section);
	return count;
}

void surplus_look(const struct rules *rules, struct device *const *list, size_t n_list,
		  struct device *device)
{
	const struct usb_descriptors *descriptors = &device->facts.descriptors;
	struct places places = {.counted = true};

	for (size_t i = 0; i < descriptors->n_interfaces; i++) {
		const struct rule *rule =
			rules_find(rules, &device->facts, &descriptors->interfaces[i].class);
		uint32_t section;

		if (!rule || !rule_gives(rule, KEY_AT_MOST))
			continue;
		section = (uint32_t)(rule - rules->list);
		if (!has(&places, section) &&
		    count_holders(list, n_list, device, section) < rule->at_most)
			places.sections[places.count++] = section;
	}
	device->facts.places = places;
}

void surplus_clear(struct device **list, size_t n_list)
{
	size_t works = 0;

	for (size_t i = 0; i < n_list; i++) {
		struct device *device = list[i];

		device->facts.places = (struct places){.counted = true};
		if (device->judgement.access != ACCESS_ALLOW)
			continue;
		for (size_t at = i; at > works; at--)
			list[at] = list[at - 1];
		list[works++] = device;
	}
}
