#include "journal_dropped.h"

#include "event.h"
#include "number.h"

#include <errno.h>
#include <string.h>

static int read_number(const json_t *fields, const char *name, uint64_t *ret_number)
{
	const char *text = json_string_value(json_object_get(fields, name));

	return text ? number_parse(text, 1, JOURNAL_SEQUENCE_MAX, ret_number) : -EBADMSG;
}

static int read_hash(const json_t *fields, uint8_t ret_hash[static JOURNAL_HASH_SIZE])
{
	const char *text = json_string_value(json_object_get(fields, "hash"));

	return text ? hex_parse_exactly(text, ret_hash, JOURNAL_HASH_SIZE) : -EBADMSG;
}

int journal_dropped_read(const struct journal_record *record, struct journal_dropped *ret_dropped)
{
	const char *kind = event_rows[EVENT_STORE_DROPPED].name;
	struct journal_dropped dropped;
	json_error_t error;
	const char *mark;
	json_t *fields;
	int r = -EBADMSG;

	if (record->kind.length != strlen(kind) ||
	    memcmp(record->kind.bytes, kind, record->kind.length) != 0)
		return -ENOENT;
	fields = json_loadb(record->fields.bytes, record->fields.length, JSON_REJECT_DUPLICATES,
			    &error);
	if (read_number(fields, "first", &dropped.first) == 0 &&
	    read_number(fields, "last", &dropped.last.sequence) == 0 &&
	    read_hash(fields, dropped.last.hash) == 0 && dropped.first <= dropped.last.sequence &&
	    dropped.last.sequence < record->sequence)
		r = 0;
	mark = json_string_value(json_object_get(fields, "mark"));
	dropped.verified = mark && strcmp(mark, "verified") == 0;
	json_decref(fields);
	if (r == 0)
		*ret_dropped = dropped;
	return r;
}
