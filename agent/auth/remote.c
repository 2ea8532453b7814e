#include "remote.h"

#include "cleanup.h"

#include <string.h>

bool remote_login(const char *service, const char *rhost, const char *host)
{
	const char *const here[] = {"", "localhost", "127.0.0.1", "::1", host};

	if (strcmp(service, "sshd") == 0)
		return true;
	for (size_t i = 0; i < ARRAY_SIZE(here); i++)
		if (strcmp(rhost, here[i]) == 0)
			return false;
	return true;
}
