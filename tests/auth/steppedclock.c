#include "steppedclock.h"

#include "folder.h"
#include "preload.h"

#include <inttypes.h>
#include <stdlib.h>

void steppedclock_step(const struct terminal *terminal, int64_t seconds)
{
	char text[640], path[128];

	snprintf(text, sizeof(text), "%+" PRId64, seconds * 1000000);
	folder_write(terminal, "clock", text, 0644);
	setenv("STEPPED_CLOCK", folder_path(terminal, "clock", path), 1);
	preload(terminal, "stepped_clock");
}

void steppedclock_set(const struct terminal *terminal, time_t then)
{
	steppedclock_step(terminal, then - time(NULL));
}

void steppedclock_leave(void)
{
	preload_none();
}

int steppedclock_setup(void **state)
{
	if (terminal_setup(state) != 0)
		return -1;
	setenv("TZ", "JST-9", 1);
	tzset();
	return 0;
}

int steppedclock_teardown(void **state)
{
	steppedclock_leave();
	unsetenv("TZ");
	return terminal_teardown(state);
}
