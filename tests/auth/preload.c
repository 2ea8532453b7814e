#include "preload.h"

#include <stdlib.h>
#include <string.h>

/* A build with sanitizers minds that something is loaded before them. */
static void allow(void)
{
	static const char option[] = "verify_asan_link_order=0";
	const char *others = getenv("ASAN_OPTIONS");
	char text[512];

	if (others && strstr(others, option))
		return;
	snprintf(text, sizeof(text), "%s:%s", others ? others : "", option);
	setenv("ASAN_OPTIONS", text, 1);
}

void preload(const struct terminal *terminal, const char *name)
{
	char text[640];

	allow();
	snprintf(text, sizeof(text), "%s/tests/%s.so", terminal->build, name);
	setenv("LD_PRELOAD", text, 1);
}

void preload_none(void)
{
	unsetenv("LD_PRELOAD");
}
