/* What the engine tells, as text. */
#ifndef SEKISHO_TOLD_FIXTURE_H
#define SEKISHO_TOLD_FIXTURE_H

#include "cleanup.h"
#include "event.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

/* Zeroed: nothing was told. */
struct told {
	char texts[8][512]; /* "device.blocked {...}" */
	size_t count;
};

/* A gate's .tell; @user: struct told */
static inline void told_hear(void *user, const struct event *event)
{
	struct told *told = user;
	char *fields = json_dumps(event->fields, JSON_COMPACT | JSON_SORT_KEYS);

	assert_true(told->count < ARRAY_SIZE(told->texts));
	assert_null(event_stray_field(event->kind, event->fields));
	snprintf(told->texts[told->count++], sizeof(told->texts[0]), "%s %s",
		 event_rows[event->kind].name, fields);
	free(fields);
}

#endif
