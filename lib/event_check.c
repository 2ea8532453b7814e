/* Does an event tell only what its kind's row lists? */
#include "event.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool is_listed(const char *const *fields, const char *name)
{
	for (; *fields; fields++)
		if (strcmp(*fields, name) == 0)
			return true;
	return false;
}

const char *event_stray_field(enum event_kind kind, const json_t *fields)
{
	/* jansson's iterators change nothing, but want to be able to. */
	json_t *object = (json_t *)fields;

	for (void *at = json_object_iter(object); at; at = json_object_iter_next(object, at))
		if (!is_listed(event_rows[kind].fields, json_object_iter_key(at)))
			return json_object_iter_key(at);
	return NULL;
}

void event_check_fields(enum event_kind kind, const json_t *fields)
{
#ifdef SEKISHO_STRICT
	const char *stray = event_stray_field(kind, fields);

	if (stray) {
		fprintf(stderr, "%s has no field %s: see lib/event.c\n", event_rows[kind].name,
			stray);
		abort();
	}
#else
	(void)kind;
	(void)fields;
#endif
}
