/* The strict reader of journal lines: one way only to write a line, so any other byte is damage.
 *
 * Not by jansson, which writes the lines: verifying would take seven times as long, see
 * docs/design-journal.md. tests/fuzz/fuzz_line.c holds the two against each other. */
#include "journal_format.h"

#include <errno.h>
#include <string.h>

#define HASH_DIGITS ((size_t)JOURNAL_HASH_SIZE * 2)

/* What a member may hold; where it goes in the struct that is filled. */
enum member_kind {
	MEMBER_STRING, /* struct journal_span */
	MEMBER_FIELDS, /* struct journal_span: object of strings */
	MEMBER_BOOL, /* bool */
	MEMBER_NUMBER, /* uint64_t */
	MEMBER_HASH, /* uint8_t[JOURNAL_HASH_SIZE] */
};

struct member {
	const char *name;
	enum member_kind kind;
	size_t offset;
};

static const struct member event_members[] = {
	{"boot", MEMBER_STRING, offsetof(struct journal_record, boot)},
	{"fields", MEMBER_FIELDS, offsetof(struct journal_record, fields)},
	{"id", MEMBER_STRING, offsetof(struct journal_record, id)},
	{"kind", MEMBER_STRING, offsetof(struct journal_record, kind)},
	{"late", MEMBER_BOOL, offsetof(struct journal_record, late)},
	{"mono", MEMBER_NUMBER, offsetof(struct journal_record, monotonic_us)},
	{"prev", MEMBER_HASH, offsetof(struct journal_record, previous)},
	{"seq", MEMBER_NUMBER, offsetof(struct journal_record, sequence)},
	{"synced", MEMBER_NUMBER, offsetof(struct journal_record, synced)},
	{"time", MEMBER_STRING, offsetof(struct journal_record, time)},
};

struct header_text {
	struct journal_span epoch, host, reason;
	uint64_t first, format;
	uint8_t previous[JOURNAL_HASH_SIZE];
};

static const struct member header_members[] = {
	{"epoch", MEMBER_STRING, offsetof(struct header_text, epoch)},
	{"first", MEMBER_NUMBER, offsetof(struct header_text, first)},
	{"format", MEMBER_NUMBER, offsetof(struct header_text, format)},
	{"host", MEMBER_STRING, offsetof(struct header_text, host)},
	{"prev", MEMBER_HASH, offsetof(struct header_text, previous)},
	{"reason", MEMBER_STRING, offsetof(struct header_text, reason)},
};

/* The place in the line; .at never passes .end. */
struct cursor {
	const char *at;
	const char *end;
};

static bool take(struct cursor *cursor, const char *text)
{
	size_t length = strlen(text);

	if ((size_t)(cursor->end - cursor->at) < length || memcmp(cursor->at, text, length) != 0)
		return false;
	cursor->at += length;
	return true;
}

/* Four hexadecimal digits as jansson writes them. */
static bool take_unit(struct cursor *cursor, unsigned int *ret_unit)
{
	static const char digits[] = "0123456789ABCDEF";
	unsigned int unit = 0;

	if (cursor->end - cursor->at < 4)
		return false;
	for (int i = 0; i < 4; i++) {
		const char *found = memchr(digits, *cursor->at++, 16);

		if (!found)
			return false;
		unit = unit << 4 | (unsigned int)(found - digits);
	}
	*ret_unit = unit;
	return true;
}

/* What stands after a backslash: one way only for each character. */
static bool take_escape(struct cursor *cursor)
{
	unsigned int unit;

	if (cursor->at == cursor->end)
		return false;
	if (*cursor->at != 'u')
		return memchr("\"\\bfnrt", *cursor->at++, 7) != NULL;
	cursor->at++;
	if (!take_unit(cursor, &unit))
		return false;
	if (unit < ' ')
		return unit > 0 && !memchr("\b\f\n\r\t", (int)unit, 5);
	/* A character above the first plane is a pair; half of one is none. */
	if (unit >= 0xd800 && unit <= 0xdbff)
		return take(cursor, "\\u") && take_unit(cursor, &unit) && unit >= 0xdc00 &&
		       unit <= 0xdfff;
	return unit > 0x7f && !(unit >= 0xdc00 && unit <= 0xdfff);
}

static bool take_string(struct cursor *cursor, struct journal_span *ret_span)
{
	const char *begin;

	if (!take(cursor, "\""))
		return false;
	begin = cursor->at;
	while (cursor->at < cursor->end) {
		char c = *cursor->at++;

		if (c == '"') {
			ret_span->bytes = begin;
			ret_span->length = (size_t)(cursor->at - 1 - begin);
			return true;
		}
		if (c < ' ' || c > '~' || (c == '\\' && !take_escape(cursor)))
			return false;
	}
	return false;
}

/* Field names are ours: [a-z0-9_]+. */
static bool is_name(const struct journal_span *span)
{
	for (size_t i = 0; i < span->length; i++) {
		char c = span->bytes[i];

		if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_'))
			return false;
	}
	return span->length > 0;
}

static bool take_fields(struct cursor *cursor, struct journal_span *ret_span)
{
	const char *begin = cursor->at;
	struct journal_span key, value, last = {NULL, 0};

	if (!take(cursor, "{"))
		return false;
	while (!take(cursor, "}")) {
		size_t common;

		if (last.bytes && !take(cursor, ","))
			return false;
		if (!take_string(cursor, &key) || !is_name(&key) || !take(cursor, ":") ||
		    !take_string(cursor, &value))
			return false;
		/* Sorted and each key once. */
		common = key.length < last.length ? key.length : last.length;
		if (last.bytes) {
			int order = memcmp(last.bytes, key.bytes, common);

			if (order > 0 || (order == 0 && last.length >= key.length))
				return false;
		}
		last = key;
	}
	ret_span->bytes = begin;
	ret_span->length = (size_t)(cursor->at - begin);
	return true;
}

static bool take_number(struct cursor *cursor, uint64_t *ret_number)
{
	const char *begin = cursor->at;
	uint64_t number = 0;

	while (cursor->at < cursor->end && *cursor->at >= '0' && *cursor->at <= '9') {
		if (cursor->at - begin == 18)
			return false;
		number = number * 10 + (uint64_t)(*cursor->at++ - '0');
	}
	/* One way only to write a number: no leading zero. */
	if (cursor->at == begin || (*begin == '0' && cursor->at - begin > 1))
		return false;
	*ret_number = number;
	return true;
}

static int digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return -1;
}

static bool take_hash(struct cursor *cursor, uint8_t hash[static JOURNAL_HASH_SIZE])
{
	if ((size_t)(cursor->end - cursor->at) < HASH_DIGITS)
		return false;
	for (size_t i = 0; i < JOURNAL_HASH_SIZE; i++) {
		int high = digit(*cursor->at++);
		int low = digit(*cursor->at++);

		if (high < 0 || low < 0)
			return false;
		hash[i] = (uint8_t)(high << 4 | low);
	}
	return true;
}

static bool take_value(struct cursor *cursor, const struct member *member, void *place)
{
	switch (member->kind) {
	case MEMBER_STRING:
		return take_string(cursor, place);
	case MEMBER_FIELDS:
		return take_fields(cursor, place);
	case MEMBER_BOOL:
		*(bool *)place = take(cursor, "true");
		return *(bool *)place || take(cursor, "false");
	case MEMBER_NUMBER:
		return take_number(cursor, place);
	case MEMBER_HASH:
		return take(cursor, "\"") && take_hash(cursor, place) && take(cursor, "\"");
	}
	return false;
}

static int parse_json(const char *json, size_t length, const struct member *members,
		      size_t n_members, void *ret_values)
{
	struct cursor cursor = {json, json + length};

	for (size_t i = 0; i < n_members; i++) {
		const struct member *member = &members[i];

		if (!take(&cursor, i == 0 ? "{\"" : ",\"") || !take(&cursor, member->name) ||
		    !take(&cursor, "\":") ||
		    !take_value(&cursor, member, (char *)ret_values + member->offset))
			return -EBADMSG;
	}
	return take(&cursor, "}") && cursor.at == cursor.end ? 0 : -EBADMSG;
}

/* The hash of a line and, after its own was found right, where the JSON begins. */
static int parse_hash(const char *line, size_t length, uint8_t ret_hash[static JOURNAL_HASH_SIZE],
		      const char **ret_json)
{
	struct cursor cursor = {line, line + length};
	uint8_t computed[JOURNAL_HASH_SIZE];

	if (length >= JOURNAL_LINE_MAX || !take_hash(&cursor, ret_hash) || !take(&cursor, " "))
		return -EBADMSG;
	journal_hash(cursor.at, (size_t)(cursor.end - cursor.at), computed);
	*ret_json = cursor.at;
	return memcmp(computed, ret_hash, sizeof(computed)) == 0 ? 0 : -EBADMSG;
}

/* @span is 32 lower-case hexadecimal digits. */
static int copy_id(const struct journal_span *span, char id[static JOURNAL_ID_SIZE])
{
	if (span->length != JOURNAL_ID_SIZE - 1)
		return -EBADMSG;
	for (size_t i = 0; i < span->length; i++)
		if (digit(span->bytes[i]) < 0)
			return -EBADMSG;
	memcpy(id, span->bytes, span->length);
	id[span->length] = '\0';
	return 0;
}

bool journal_is_time(const struct journal_span *span)
{
	static const char shape[] = "0000-00-00T00:00:00.000000Z";

	if (span->length != JOURNAL_TIME_SIZE - 1)
		return false;
	for (size_t i = 0; i < span->length; i++) {
		bool is_digit = span->bytes[i] >= '0' && span->bytes[i] <= '9';

		if (shape[i] == '0' ? !is_digit : span->bytes[i] != shape[i])
			return false;
	}
	return true;
}

static int parse_event(const char *json, size_t length,
		       const uint8_t hash[static JOURNAL_HASH_SIZE],
		       struct journal_record *ret_record)
{
	char boot[JOURNAL_ID_SIZE];
	struct journal_record record;

	if (parse_json(json, length, event_members, sizeof(event_members) / sizeof(*event_members),
		       &record) < 0 ||
	    copy_id(&record.boot, boot) < 0 || !journal_is_time(&record.time) ||
	    record.sequence == 0 || record.sequence > JOURNAL_SEQUENCE_MAX ||
	    record.synced >= record.sequence || record.id.length == 0 || record.kind.length == 0)
		return -EBADMSG;
	memcpy(record.hash, hash, sizeof(record.hash));
	*ret_record = record;
	return 0;
}

int journal_parse_event(const char *line, size_t length, struct journal_record *ret_record)
{
	uint8_t hash[JOURNAL_HASH_SIZE];
	const char *json;

	if (parse_hash(line, length, hash, &json) < 0)
		return -EBADMSG;
	return parse_event(json, length - (size_t)(json - line), hash, ret_record);
}

int journal_parse_json(const char *json, size_t length, struct journal_record *ret_record)
{
	uint8_t hash[JOURNAL_HASH_SIZE];

	if (length > JOURNAL_LINE_MAX)
		return -EBADMSG;
	journal_hash(json, length, hash);
	return parse_event(json, length, hash, ret_record);
}

int journal_parse_header(const char *line, size_t length, struct journal_header *ret_header)
{
	struct journal_header header = {.reason = JOURNAL_REASON_COUNT};
	struct header_text text;
	uint8_t hash[JOURNAL_HASH_SIZE];
	const char *json;

	if (parse_hash(line, length, hash, &json) < 0 ||
	    parse_json(json, length - (size_t)(json - line), header_members,
		       sizeof(header_members) / sizeof(*header_members), &text) < 0 ||
	    text.format != JOURNAL_FORMAT_VERSION || text.first == 0 ||
	    text.first > JOURNAL_SEQUENCE_MAX || copy_id(&text.host, header.host) < 0 ||
	    copy_id(&text.epoch, header.epoch) < 0)
		return -EBADMSG;
	for (int i = 0; i < JOURNAL_REASON_COUNT; i++) {
		const char *name = journal_reason_name((enum journal_reason)i);

		if (strlen(name) == text.reason.length &&
		    memcmp(name, text.reason.bytes, text.reason.length) == 0)
			header.reason = (enum journal_reason)i;
	}
	if (header.reason == JOURNAL_REASON_COUNT)
		return -EBADMSG;
	header.first = text.first;
	memcpy(header.previous, text.previous, sizeof(header.previous));
	*ret_header = header;
	return 0;
}
