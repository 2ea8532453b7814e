#include "loginuid.h"

#include "file.h"
#include "number.h"

#include <fcntl.h>
#include <unistd.h>

bool loginuid_read(uid_t *ret_uid)
{
	char text[16];
	uint64_t uid;

	if (file_read_line(AT_FDCWD, "/proc/self/loginuid", text, sizeof(text)) < 0 ||
	    number_parse(text, 0, UINT32_MAX - 1, &uid) < 0)
		return false;
	*ret_uid = (uid_t)uid;
	return true;
}

uid_t loginuid_or_uid(void)
{
	uid_t uid;

	return loginuid_read(&uid) ? uid : getuid();
}
