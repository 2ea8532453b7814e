/* Any bytes as the JSON of a journal line with the right hash: what our reader takes is, byte for
 * byte, what jansson writes of what jansson reads there, and the spans are its values. */
#include "journal_format.h"
#include "number.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define CANONICAL (JSON_COMPACT | JSON_ENSURE_ASCII | JSON_SORT_KEYS)

static void check_span(const json_t *object, const char *name, const char *bytes, size_t length)
{
	char text[JOURNAL_LINE_MAX];
	const json_t *value = json_object_get(object, name);
	size_t dumped = json_dumpb(value, text, sizeof(text), CANONICAL | JSON_ENCODE_ANY);

	if (dumped != length || memcmp(text, bytes, length) != 0)
		__builtin_trap();
}

static void check_string(const json_t *object, const char *name, const struct journal_span *span)
{
	check_span(object, name, span->bytes - 1, span->length + 2);
}

static void check_number(const json_t *object, const char *name, uint64_t number)
{
	const json_t *value = json_object_get(object, name);

	if (!json_is_integer(value) || (uint64_t)json_integer_value(value) != number)
		__builtin_trap();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t hash[JOURNAL_HASH_SIZE];
	char line[JOURNAL_LINE_MAX + 128], again[JOURNAL_LINE_MAX];
	struct journal_record record;
	struct journal_header header;
	size_t digits = (size_t)JOURNAL_HASH_SIZE * 2, length = digits + 1 + size;
	bool is_event, is_header;
	json_t *object;

	if (length > sizeof(line))
		return 0;
	journal_hash(data, size, hash);
	hex_format(hash, sizeof(hash), line);
	line[digits] = ' ';
	if (size > 0)
		memcpy(line + digits + 1, data, size);
	is_event = journal_parse_event(line, length, &record) == 0;
	is_header = journal_parse_header(line, length, &header) == 0;
	if (!is_event && !is_header)
		return 0;
	object = json_loadb((const char *)data, size, JSON_REJECT_DUPLICATES, NULL);
	if (!object || json_dumpb(object, again, sizeof(again), CANONICAL) != size ||
	    memcmp(again, data, size) != 0)
		__builtin_trap();
	if (is_event) {
		check_string(object, "boot", &record.boot);
		check_span(object, "fields", record.fields.bytes, record.fields.length);
		check_string(object, "id", &record.id);
		check_string(object, "kind", &record.kind);
		check_string(object, "time", &record.time);
		check_number(object, "mono", record.monotonic_us);
		check_number(object, "seq", record.sequence);
		check_number(object, "synced", record.synced);
		if (json_object_size(object) != 10)
			__builtin_trap();
	} else {
		check_number(object, "first", header.first);
		if (json_object_size(object) != 6)
			__builtin_trap();
	}
	json_decref(object);
	return 0;
}
