#include "caller.h"

#include <pwd.h>
#include <string.h>

enum failure caller_check(uint32_t uid, const struct auth_hello *hello,
			  const struct settings *settings)
{
	char buffer[4096];
	struct passwd entry;
	struct passwd *found = NULL;

	if (uid == 0)
		return FAILURE_NONE;
	if (getpwuid_r(uid, &entry, buffer, sizeof(buffer), &found) != 0 || !found)
		return FAILURE_FORBIDDEN;
	if (strcmp(found->pw_name, hello->user) == 0 ||
	    settings_service_user(settings, found->pw_name, hello->service))
		return FAILURE_NONE;
	return FAILURE_FORBIDDEN;
}
