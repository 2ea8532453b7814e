/* Any bytes as the JSON of a journal line with the right hash: what our reader takes is shown in
 * every form, on one line, without control characters, and as JSON where that is the form. */
#include "number.h"
#include "render.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(enum render_format format, const char *text)
{
	json_t *object;

	for (const char *at = text; *at; at++)
		if ((unsigned char)*at < ' ' || *at == 0x7f)
			__builtin_trap();
	if (format == RENDER_CEF) {
		if (strncmp(text, "CEF:0|", 6) != 0)
			__builtin_trap();
		return;
	}
	object = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
	if (!json_is_object(object))
		__builtin_trap();
	json_decref(object);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct render_origin nowhere, here = {"00ff", "ff00", "tanmatsu-7"};
	uint8_t hash[JOURNAL_HASH_SIZE];
	char bytes[JOURNAL_LINE_MAX + 128];
	size_t digits = (size_t)JOURNAL_HASH_SIZE * 2;
	const struct journal_span line = {bytes, digits + 1 + size};
	struct journal_record record;
	bool is_event;

	if (line.length > sizeof(bytes))
		return 0;
	journal_hash(data, size, hash);
	hex_format(hash, sizeof(hash), bytes);
	bytes[digits] = ' ';
	if (size > 0)
		memcpy(bytes + digits + 1, data, size);
	is_event = journal_parse_event(line.bytes, line.length, &record) == 0;
	for (int format = 0; format < RENDER_FORMAT_COUNT; format++) {
		char *text = NULL;
		int r = render_line((enum render_format)format, &line,
				    size % 2 == 0 ? &nowhere : &here, &text);

		if ((r == 0) != is_event)
			__builtin_trap();
		if (r == 0)
			check((enum render_format)format, text);
		free(text);
	}
	return 0;
}
