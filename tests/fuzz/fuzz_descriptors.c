/* Any bytes as a device's descriptors, then judged by the shipped rules; whatever is allowed has an
 * interface and a rule. */
#include "agent/engine/device.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct device_facts facts = {.name = "1-1"};
	char classes[DEVICE_CLASSES_MAX] = "";
	static struct rules rules;
	struct judgement judgement;
	struct config_error error;

	if (rules.n_list == 0 && rules_load("packaging/devices.conf", getuid(), &rules, &error) < 0)
		abort();
	facts.unreadable = descriptors_parse(data, size, &facts.descriptors);
	judge(&rules, &facts, &judgement);
	if (judgement.access == ACCESS_ALLOW &&
	    (facts.unreadable < 0 || facts.descriptors.n_interfaces == 0 || !judgement.rule))
		__builtin_trap();
	if (facts.unreadable < 0)
		return 0;
	if (facts.descriptors.n_interfaces > DESCRIPTORS_INTERFACES_MAX)
		__builtin_trap();
	for (size_t i = 0; i < facts.descriptors.n_interfaces; i++)
		device_add_class(classes, &facts.descriptors.interfaces[i].class);
	if ((facts.descriptors.n_interfaces > 0) != (classes[0] != '\0'))
		__builtin_trap();
	return 0;
}
