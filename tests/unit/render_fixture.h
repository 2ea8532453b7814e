/* An event as a journal's line, and that in another form. */
#ifndef SEKISHO_RENDER_FIXTURE_H
#define SEKISHO_RENDER_FIXTURE_H

#include "render.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#define FIXTURE_TIME  UINT64_C(1795436895123456) /* 2026-11-23T12:28:15.123456Z */
#define FIXTURE_HOST  "0123456789abcdef0123456789abcdef"
#define FIXTURE_EPOCH "00112233445566778899aabbccddeeff"

static const struct render_origin fixture_origin = {FIXTURE_HOST, FIXTURE_EPOCH, "tanmatsu-7"};
static const struct render_origin fixture_nowhere;

/* Takes over @fields. The caller frees the result. */
static inline char *fixture_render_from(const struct render_origin *origin,
					enum render_format format, const char *kind, json_t *fields)
{
	struct journal_entry entry = {
		.boot = FIXTURE_EPOCH,
		.fields = fields,
		.id = "b4ce9440-823b-4045-b901-5bee7fff9cdf",
		.kind = kind,
		.time_us = FIXTURE_TIME,
	};
	const struct journal_head head = {.sequence = 41};
	struct journal_head next;
	char line[JOURNAL_LINE_MAX], *text = NULL;
	struct journal_span span = {.bytes = line};

	assert_non_null(fields);
	assert_int_equal(journal_format_event(&entry, &head, line, &span.length, &next), 0);
	span.length--;
	assert_int_equal(render_line(format, &span, origin, &text), 0);
	assert_null(strchr(text, '\n'));
	json_decref(fields);
	return text;
}

static inline char *fixture_render(enum render_format format, const char *kind, json_t *fields)
{
	return fixture_render_from(&fixture_origin, format, kind, fields);
}

static inline json_t *fixture_object(const struct render_origin *origin, enum render_format format,
				     const char *kind, json_t *fields)
{
	char *text = fixture_render_from(origin, format, kind, fields);
	json_t *object = json_loads(text, JSON_REJECT_DUPLICATES, NULL);

	assert_true(json_is_object(object));
	for (const char *at = text; *at; at++)
		assert_in_range(*at, ' ', '~');
	free(text);
	return object;
}

/* All that a kind may tell, each with a value of its own: "~user~". */
static inline json_t *fixture_fields(const struct event_row *row)
{
	json_t *fields = json_object();

	for (const char *const *field = row->fields; *field; field++)
		json_object_set_new(fields, *field, json_sprintf("~%s~", *field));
	return fields;
}

/* "a.b.c"; the first of a list. NULL if it is not there. */
static inline json_t *fixture_at(json_t *object, const char *path)
{
	char name[64];

	for (;;) {
		size_t length = strcspn(path, ".");

		assert_true(length < sizeof(name));
		memcpy(name, path, length);
		name[length] = '\0';
		object = json_object_get(object, name);
		if (json_is_array(object))
			object = json_array_get(object, 0);
		if (!object || path[length] == '\0')
			return object;
		path += length + 1;
	}
}

static inline void fixture_assert_text(json_t *object, const char *path, const char *expected)
{
	const char *text = json_string_value(fixture_at(object, path));

	if (!text || strcmp(text, expected) != 0)
		fail_msg("%s: %s", path, text ? text : "not there");
}

static inline void fixture_assert_number(json_t *object, const char *path, json_int_t expected)
{
	json_t *value = fixture_at(object, path);

	if (!json_is_integer(value) || json_integer_value(value) != expected)
		fail_msg("%s is not %lld", path, (long long)expected);
}

#endif
