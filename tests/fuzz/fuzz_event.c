/* Any bytes as what a device, a person or another program brings into an event: it becomes one
 * line of the journal, printable ASCII, from which the same comes out again, whole or cut; nothing
 * in it ends a value or begins another one. */
#include "event.h"

#include "cleanup.h"
#include "escape.h"
#include "journal_format.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define BOOT "0123456789abcdef0123456789abcdef"

static void check_line(const char *line, size_t length)
{
	struct journal_record record;

	if (length == 0 || line[length - 1] != '\n' ||
	    journal_parse_event(line, length - 1, &record) < 0)
		__builtin_trap();
	for (size_t i = 0; i + 1 < length; i++)
		if (line[i] < ' ' || line[i] > '~')
			__builtin_trap();
}

/* One that was not cut can be made what it was, but for zeros. */
static void check_value(const char *value, const uint8_t *data, size_t size)
{
	char text[EVENT_VALUE_MAX];
	size_t length = strlen(value);

	if (length >= sizeof(text))
		__builtin_trap();
	memcpy(text, value, length + 1);
	escape_undo(text);
	if ((length < 3 || strcmp(value + length - 3, "...") != 0) && !memchr(data, 0, size) &&
	    (strlen(text) != size || memcmp(text, data, size) != 0))
		__builtin_trap();
}

static void record(const struct record_request *request, json_t *fields)
{
	struct journal_entry entry = {
		.boot = BOOT,
		.fields = fields,
		.id = request->id,
		.kind = request->kind,
		.time_us = request->time,
	};
	const struct journal_head head = {.sequence = 16};
	struct journal_head next;
	char line[JOURNAL_LINE_MAX];
	size_t length;

	if (journal_format_event(&entry, &head, line, &length, &next) < 0)
		__builtin_trap();
	check_line(line, length);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_event_ struct event event = {};
	struct record_request request;
	json_t *fields;

	if (size == 0)
		return 0;
	if (event_begin(&event, EVENT_LOGIN_REFUSED) < 0)
		__builtin_trap();
	event_set_bytes(&event, "user", (const char *)data, size);
	event_set(&event, "service", "login");
	if (event_to_record(&event, &request) < 0)
		__builtin_trap();
	fields = json_loads(request.fields, JSON_REJECT_DUPLICATES, NULL);
	if (json_object_size(fields) != 2 || !json_equal(fields, event.fields))
		__builtin_trap();
	check_value(json_string_value(json_object_get(fields, "user")), data, size);
	record(&request, fields);
	json_decref(fields);
	return 0;
}
