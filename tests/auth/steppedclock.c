#include "steppedclock.h"

#include "folder.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* A build with sanitizers minds that something is loaded before them. */
static void allow_preload(void)
{
	static const char option[] = "verify_asan_link_order=0";
	const char *others = getenv("ASAN_OPTIONS");
	char text[512];

	if (others && strstr(others, option))
		return;
	snprintf(text, sizeof(text), "%s:%s", others ? others : "", option);
	setenv("ASAN_OPTIONS", text, 1);
}

void steppedclock_step(const struct terminal *terminal, int64_t seconds)
{
	char text[640], path[128];

	snprintf(text, sizeof(text), "%+" PRId64, seconds * 1000000);
	folder_write(terminal, "clock", text, 0644);
	setenv("STEPPED_CLOCK", folder_path(terminal, "clock", path), 1);
	allow_preload();
	snprintf(text, sizeof(text), "%s/tests/stepped_clock.so", terminal->build);
	setenv("LD_PRELOAD", text, 1);
}

void steppedclock_set(const struct terminal *terminal, time_t then)
{
	steppedclock_step(terminal, then - time(NULL));
}

void steppedclock_leave(void)
{
	unsetenv("LD_PRELOAD");
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
