#include "process.h"

#include "file.h"
#include "number.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

int process_find(int32_t pid, struct process *ret_process)
{
	char path[64], text[1024];
	uint64_t started;
	char *at;
	int r;

	*ret_process = (struct process){};
	snprintf(path, sizeof(path), "/proc/%" PRId32 "/stat", pid);
	r = file_read_line(AT_FDCWD, path, text, sizeof(text));
	if (r < 0)
		return r;
	/* PID (NAME) STATE PARENT ..., where the name may have blanks and brackets; the start is
	 * the 22nd. */
	at = strrchr(text, ')');
	for (int field = 2; at && field < 22; field++)
		at = strchr(at + 1, ' ');
	if (!at)
		return -EBADMSG;
	at++;
	at[strcspn(at, " ")] = '\0';
	if (number_parse(at, 0, INT64_MAX, &started) < 0)
		return -EBADMSG;
	*ret_process = (struct process){pid, (int64_t)started};
	return 0;
}

bool process_may_be(const struct process *process)
{
	struct process now;

	return process->started == 0 || process_find(process->pid, &now) < 0 ||
	       now.started == process->started;
}
