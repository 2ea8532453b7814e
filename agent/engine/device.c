#include "device.h"

#include "cleanup.h"

#include <string.h>

const char *device_state_name(enum device_state state)
{
	static const char *const names[] = {
		[DEVICE_NEW] = "new",
		[DEVICE_WAITS_FOR_BUS] = "waiting",
		[DEVICE_WAITS_FOR_KERNEL] = "waiting",
		[DEVICE_OPENING] = "opening",
		[DEVICE_CLOSING] = "closing",
		[DEVICE_INTERFACES] = "opening",
		[DEVICE_DONE] = "done",
		[DEVICE_FAILED] = "failed",
	};

	return names[state];
}

void device_add_class(char list[static DEVICE_CLASSES_MAX], const struct usb_class *class)
{
	size_t used = strlen(list);
	char one[8];

	snprintf(one, sizeof(one), "%02x%02x%02x", class->class, class->subclass, class->protocol);
	if (strstr(list, one) || strstr(list, "..."))
		return;
	if (DEVICE_CLASSES_MAX - used < sizeof(" 000000..."))
		snprintf(list + used, DEVICE_CLASSES_MAX - used, "...");
	else
		snprintf(list + used, DEVICE_CLASSES_MAX - used, "%s%s", used ? " " : "", one);
}

void device_set_hex(struct event *event, const char *key, uint16_t value)
{
	char text[8];

	snprintf(text, sizeof(text), "%04x", value);
	event_set(event, key, text);
}

void device_describe(const struct device *device, const struct rules *rules, struct event *event)
{
	const struct device_facts *facts = &device->facts;
	const struct rule *rule = device->judgement.rule;
	char classes[DEVICE_CLASSES_MAX] = "";

	event_set(event, "device", facts->name);
	device_set_hex(event, "vendor", facts->descriptors.vendor);
	device_set_hex(event, "product", facts->descriptors.product);
	event_set(event, "manufacturer", facts->manufacturer);
	event_set(event, "name", facts->product);
	event_set(event, "serial", facts->serial);
	event_set(event, "descriptors", facts->hash);
	event_set(event, "internal", facts->internal ? "yes" : NULL);
	for (size_t i = 0; i < facts->descriptors.n_interfaces; i++)
		device_add_class(classes, &facts->descriptors.interfaces[i].class);
	event_set(event, "interfaces", classes);
	event_set(event, "opened", device->opened);
	event_set(event, "refused", device->refused);
	event_set(event, "audited", device->audited);
	event_set(event, "reason", judge_reason_name(device->judgement.reason));
	event_set(event, "driver", device->driver);
	if (rule) {
		char place[EVENT_VALUE_MAX];

		event_set(event, "rule", rules_text(rules, rule->name));
		snprintf(place, sizeof(place), "%s:%u", rules_text(rules, rule->file), rule->line);
		event_set(event, "place", place);
	}
}
