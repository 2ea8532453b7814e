/* Any bytes as a message of the kernel. */
#include "agent/engine/uevent.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct uevent uevent;
	/* A copy of its exact size: a read beyond it is seen. */
	char *bytes = malloc(size);

	if (!bytes)
		return 0;
	memcpy(bytes, data, size);
	if (uevent_parse(bytes, size, &uevent) == 0 && uevent.type != UEVENT_NOT_OURS &&
	    (uevent.name[0] == '\0' ||
	     strnlen(uevent.name, sizeof(uevent.name)) == sizeof(uevent.name) ||
	     strchr(uevent.name, '/')))
		__builtin_trap();
	free(bytes);
	return 0;
}
