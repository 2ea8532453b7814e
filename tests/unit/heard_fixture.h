/* What the engine tells, an event a line of the fields that a test looks at. */
#ifndef SEKISHO_HEARD_FIXTURE_H
#define SEKISHO_HEARD_FIXTURE_H

#include "event.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define HEARD_MAX 48

/* Zeroed: nothing was told. */
struct heard {
	char lines[HEARD_MAX][512];
	size_t count;
};

/* A line of those of the @keys that the event has. */
static inline void heard_event(struct heard *heard, const struct event *event,
			       const char *const keys[], size_t count)
{
	char *line = heard->lines[heard->count];
	size_t length = 0;

	assert_true(heard->count < HEARD_MAX);
	assert_null(event_stray_field(event->kind, event->fields));
	heard->count++;
	line[0] = '\0';
	for (size_t i = 0; i < count; i++) {
		const char *text = json_string_value(json_object_get(event->fields, keys[i]));

		if (text)
			length += (size_t)snprintf(line + length, sizeof(heard->lines[0]) - length,
						   "%s%s", length ? " " : "", text);
		assert_true(length < sizeof(heard->lines[0]));
	}
}

/* That many events so far, and the last one's line; NULL: any. */
static inline void heard_expect(const struct heard *heard, size_t count, const char *last)
{
	const char *line = heard->count ? heard->lines[heard->count - 1] : "";

	if (heard->count != count || (last && strcmp(line, last) != 0))
		fail_msg("%zu: %s", heard->count, line);
}

#endif
