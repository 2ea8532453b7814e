#include "clone.h"

#include <string.h>

bool clone_is_there(struct device *const *list, size_t count, const struct device_facts *facts)
{
	for (size_t i = 0; i < count; i++) {
		const struct device_facts *other = &list[i]->facts;

		if (facts->serial[0] && other->inode != facts->inode && !other->clone &&
		    other->descriptors.vendor == facts->descriptors.vendor &&
		    other->descriptors.product == facts->descriptors.product &&
		    strcmp(other->serial, facts->serial) == 0)
			return true;
	}
	return false;
}
