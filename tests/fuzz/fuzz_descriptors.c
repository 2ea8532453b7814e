/* Any bytes as a device's descriptors, then judged; whatever is allowed has an interface. */
#include "agent/engine/device.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct device_facts facts = {.name = "1-1"};
	char classes[DEVICE_CLASSES_MAX] = "";

	facts.unreadable = descriptors_parse(data, size, &facts.descriptors);
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
