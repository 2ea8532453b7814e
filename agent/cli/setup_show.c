#include "command.h"
#include "device_text.h"
#include "setup.h"

#include "escape.h"
#include "gettext.h"

#include <string.h>

static const struct {
	const char *word, *refusal;
} kinds[NEED_KIND_COUNT] = {
	[NEED_KEYBOARD] =
		{N_("keyboard"),
		 N_("the last keyboard would go. Change the rule that blocks it, or plug in "
		    "another keyboard")},
	[NEED_POINTER] =
		{N_("pointer"),
		 N_("the last mouse or other pointer would go. Change the rule that blocks "
		    "it, or plug in another one")},
	[NEED_NETWORK] =
		{N_("network"),
		 N_("the network card in use would go. Enrol it with --allow DEVICE, or use "
		    "another one")},
};

static void show_classes(const struct setup *setup, const struct device *device, bool gone,
			 enum access which, const char *label)
{
	char classes[DEVICE_CLASSES_MAX] = "";

	for (size_t i = 0; i < device->facts.descriptors.n_interfaces; i++) {
		const struct usb_class *class = &device->facts.descriptors.interfaces[i].class;
		const struct rule *rule;
		enum access access =
			gone ? ACCESS_BLOCK
			     : judge_interface(&setup->rules, &device->facts, class, &rule);

		if (access == which)
			device_add_class(classes, class);
	}
	device_text_classes(label, classes);
}

static void show_device(const struct setup *setup, const struct device *device)
{
	const struct judgement *judgement = &device->judgement;
	const struct rule *rule = judgement->rule;
	bool gone = present_is_gone(&setup->present, device);
	char name[FACTS_TEXT_MAX], place[CONFIG_ERROR_MAX] = "";

	escape_text(device->facts.product, strlen(device->facts.product), name, sizeof(name));
	command_column(device->facts.name, 11);
	command_column(gone ? _("BLOCKED") : _("allowed"), 9);
	printf("%04x:%04x  %s\n", device->facts.descriptors.vendor,
	       device->facts.descriptors.product, name);
	show_classes(setup, device, gone, ACCESS_ALLOW, _("           works:  "));
	show_classes(setup, device, gone, ACCESS_BLOCK, _("           closed: "));
	if (rule)
		snprintf(place, sizeof(place), "%s:%u", rules_text(&setup->rules, rule->file),
			 rule->line);
	printf("           ");
	if (gone && judgement->access == ACCESS_ALLOW)
		puts(_("the hub that it hangs on is blocked"));
	else
		device_text_reason(judge_reason_name(judgement->reason),
				   rule ? rules_text(&setup->rules, rule->name) : "", place);
}

static bool stays(const struct setup *setup, const struct need *need)
{
	return need->interface[0] == '\0' ||
	       present_works(&setup->present, &setup->rules, need->interface);
}

static size_t count_needs(const struct setup *setup, enum need_kind kind)
{
	size_t count = 0;

	for (size_t i = 0; i < setup->needs.count; i++)
		count += setup->needs.list[i].kind == kind;
	return count;
}

void setup_show(const struct setup *setup)
{
	puts(_("With these rules:"));
	for (size_t i = 0; i < setup->present.count; i++)
		show_device(setup, setup->present.list[i]);
	if (setup->present.count == 0)
		puts(_("no USB device is plugged in"));
	puts(_("What people need:"));
	for (size_t i = 0; i < setup->needs.count; i++) {
		const struct need *need = &setup->needs.list[i];

		command_column(stays(setup, need) ? _("stays") : _("GOES"), 11);
		command_column(_(kinds[need->kind].word), 14);
		printf("%s (%s)\n", need->name,
		       need->interface[0] ? need->interface : _("not on USB"));
	}
	for (int kind = 0; kind < NEED_KIND_COUNT; kind++) {
		if (count_needs(setup, (enum need_kind)kind) > 0)
			continue;
		command_column(_("none now"), 11);
		puts(_(kinds[kind].word));
	}
}

/* Of keyboards and pointers one has to stay; of cards that carry the default route, each. */
static bool is_lost(const struct setup *setup, enum need_kind kind)
{
	size_t there = count_needs(setup, kind), staying = 0;

	for (size_t i = 0; i < setup->needs.count; i++)
		staying += setup->needs.list[i].kind == kind && stays(setup, &setup->needs.list[i]);
	return kind == NEED_NETWORK ? staying < there : there > 0 && staying == 0;
}

int setup_refuse(const struct setup *setup)
{
	int status = COMMAND_OK;

	for (int kind = 0; kind < NEED_KIND_COUNT; kind++) {
		if (!is_lost(setup, (enum need_kind)kind))
			continue;
		command_fail("setup", "%s", _(kinds[kind].refusal));
		status = COMMAND_NO;
	}
	if (status != COMMAND_OK)
		command_fail("setup", _("nothing was changed"));
	return status;
}
