#include "caller.h"

#include "file.h"
#include "limits.h"
#include "number.h"

#include <fcntl.h>
#include <inttypes.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum failure caller_check(uint32_t uid, const struct auth_hello *hello,
			  const struct settings *settings)
{
	char buffer[4096];
	struct passwd entry;
	struct passwd *found = NULL;

	/* What holds for vouching is not for the caller to choose. */
	if ((hello->flags & AUTH_VOUCH) && strcmp(hello->service, AUTH_VOUCH_SERVICE) != 0)
		return FAILURE_FORBIDDEN;
	if (uid == 0)
		return FAILURE_NONE;
	if (getpwuid_r(uid, &entry, buffer, sizeof(buffer), &found) != 0 || !found)
		return FAILURE_FORBIDDEN;
	if (strcmp(found->pw_name, hello->user) == 0)
		return FAILURE_NONE;
	/* Nobody vouches in another one's name: that asks for a key, at the door of this terminal.
	 */
	if (hello->flags & AUTH_VOUCH)
		return FAILURE_FORBIDDEN;
	return settings_service_user(settings, found->pw_name, hello->service) ? FAILURE_NONE
									       : FAILURE_FORBIDDEN;
}

struct caller caller_of(uint32_t uid, int32_t pid)
{
	struct caller caller = {.uid = uid, .pid = pid, .loginuid = LIMITS_NO_LOGIN};
	char path[64];
	char text[16];
	uint64_t loginuid;

	snprintf(path, sizeof(path), "/proc/%" PRId32 "/loginuid", pid);
	if (file_read_line(AT_FDCWD, path, text, sizeof(text)) < 0 ||
	    number_parse(text, 0, UINT32_MAX, &loginuid) < 0)
		return caller;
	caller.loginuid = (uint32_t)loginuid;
	caller.first = caller.loginuid == LIMITS_NO_LOGIN;
	return caller;
}

int32_t caller_parent(int32_t pid)
{
	char path[64], text[1024];
	const char *end;
	long parent;

	snprintf(path, sizeof(path), "/proc/%" PRId32 "/stat", pid);
	if (file_read_line(AT_FDCWD, path, text, sizeof(text)) < 0)
		return 0;
	/* PID (NAME) STATE PARENT ..., where the name may have blanks and brackets (proc(5)). */
	end = strrchr(text, ')');
	if (!end || strlen(end) < 5)
		return 0;
	parent = strtol(end + 4, NULL, 10);
	return parent > 1 && parent <= INT32_MAX ? (int32_t)parent : 0;
}
