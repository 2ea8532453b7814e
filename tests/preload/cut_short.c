/* Loaded before `sekisho import` by tests/host/import: kill -9 at the moment that CUT_SHORT counts,
 * of which there are two at each file that is renamed or removed, before and after. */
#include "number.h"

#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

static void count(void)
{
	static uint64_t done;
	const char *text = getenv("CUT_SHORT");
	uint64_t end = 0;

	if (text && number_parse(text, 1, UINT32_MAX, &end) == 0 && ++done == end)
		kill(getpid(), SIGKILL);
}

int renameat(int from, const char *old, int to, const char *new)
{
	int r;

	count();
	r = (int)syscall(SYS_renameat2, from, old, to, new, 0);
	count();
	return r;
}

int unlinkat(int folder, const char *name, int flags)
{
	int r;

	count();
	r = (int)syscall(SYS_unlinkat, folder, name, flags);
	count();
	return r;
}
