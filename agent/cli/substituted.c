#include "substituted.h"

#include "agent/auth/substituteplace.h"
#include "agent/auth/tally.h"
#include "cleanup.h"
#include "gettext.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

json_t *substituted_read(const char *state)
{
	_cleanup_close_ int dirfd = open(state, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	_cleanup_close_ int fd = -1;
	struct substituteplace place;
	char day[16];

	/* Nothing is made here: who only looks leaves no file of root's. */
	if (dirfd >= 0)
		fd = openat(dirfd, TALLY_FILE, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0 || substituteplace_peek(fd, NULL, &place) < 0 || place.count == 0)
		return NULL;
	snprintf(day, sizeof(day), "%04u-%02u-%02u", place.day / 10000 % 10000,
		 place.day / 100 % 100, place.day % 100);
	return json_pack("{s:s, s:I}", "day", day, "count", (json_int_t)place.count);
}

void substituted_show(const json_t *substituted)
{
	if (!substituted)
		return;
	printf(_("log-ins:  %lld by a substitute on %s; see 'sekisho events'\n"),
	       (long long)json_integer_value(json_object_get(substituted, "count")),
	       json_string_value(json_object_get(substituted, "day")));
}
