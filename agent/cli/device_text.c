#include "device_text.h"

#include "cleanup.h"
#include "gettext.h"

#include <stdio.h>
#include <string.h>

/* By the class codes of the USB-IF ("Defined Class Codes", usb.org). The first that fits counts. */
static const struct {
	const char *prefix, *words;
} classes_known[] = {
	{"030101", N_("keyboard")},
	{"030102", N_("mouse")},
	{"03", N_("input device or FIDO key")},
	{"09", N_("hub")},
	{"08", N_("storage")},
	{"0b", N_("card reader")},
	{"07", N_("printer")},
	{"06", N_("camera or telephone (PTP, MTP)")},
	{"01", N_("audio")},
	{"0e", N_("video")},
	{"02", N_("modem or network")},
	{"0a", N_("modem or network (data)")},
	{"e00101", N_("Bluetooth")},
	{"e0", N_("wireless")},
	{"ff", N_("vendor's own")},
};

const char *device_text_class(const char *class)
{
	for (size_t i = 0; i < ARRAY_SIZE(classes_known); i++)
		if (strncmp(class, classes_known[i].prefix, strlen(classes_known[i].prefix)) == 0)
			return _(classes_known[i].words);
	return _("other");
}

void device_text_classes(const char *label, const char *classes)
{
	const char *separator = label;

	while (*classes) {
		size_t length = strcspn(classes, " ");

		printf("%s%s (%.*s)", separator, device_text_class(classes), (int)length, classes);
		separator = ", ";
		classes += length;
		classes += strspn(classes, " ");
	}
	if (separator != label)
		putchar('\n');
}

void device_text_why(const char *reason, const char *rule, const char *place, char *text,
		     size_t size)
{
	static const struct {
		const char *reason, *words; /* before the rule */
	} by_rules[] = {
		{"rule", NULL},
		{"charge", N_("its power alone, no data: ")},
		{"challenge", N_("only once the code on the screen was typed on it: ")},
		{"clone", N_("one with the same serial number was there before it: ")},
		{"surplus", N_("surplus, as many as the rule lets in at once were there before it; "
			       "unplug one, then plug this in anew: ")},
	};
	static const struct {
		const char *reason, *sentence;
	} sentences[] = {
		{"no-rule", N_("no rule fits, and what no rule names is blocked")},
		{"unreadable", N_("its descriptors are malformed")},
		{"no-interface", N_("it has no interface")},
		{"foreign-driver", N_("a driver that is not of its class took it")},
		{"left", N_("it was gone before it could be looked at: nothing of it worked")},
		{"bus-closed", N_("what joins this bus after the start gets no driver: see "
				  "sekisho-exits(7)")},
		{"slot-closed", N_("a card that is plugged in after the start gets no driver: see "
				   "sekisho-exits(7)")},
		{"second-unit",
		 N_("of the disks that it shows its rule lets in the first one alone; where the "
		    "others are meant, too: Units=all, see sekisho-devices.conf(5)")},
		{"not-in-inventory",
		 N_("the disk is not on the inventory; if it belongs into this machine: 'sekisho "
		    "disks add' with this event")},
	};

	for (size_t i = 0; i < ARRAY_SIZE(by_rules); i++) {
		int length = 0;

		if (strcmp(reason, by_rules[i].reason) != 0)
			continue;
		if (by_rules[i].words)
			length = snprintf(text, size, "%s", _(by_rules[i].words));
		if (length >= 0 && (size_t)length < size)
			snprintf(text + length, size - (size_t)length, _("rule '%s' (%s)"), rule,
				 place);
		return;
	}
	for (size_t i = 0; i < ARRAY_SIZE(sentences); i++)
		if (strcmp(reason, sentences[i].reason) == 0)
			reason = _(sentences[i].sentence);
	snprintf(text, size, "%s", reason);
}

void device_text_reason(const char *reason, const char *rule, const char *place)
{
	char text[2048];

	device_text_why(reason, rule, place, text, sizeof(text));
	puts(text);
}
