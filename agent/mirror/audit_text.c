#include "audit_text.h"

#include "cleanup.h"

#include <errno.h>
#include <libaudit.h>
#include <stdio.h>
#include <string.h>

/* Bytes of a value, which hexadecimal doubles: AUDIT_TEXT_MAX then holds all that a kind may tell.
 */
#define VALUE_MAX 130

/* All the other kinds tell of Sekisho itself. */
static const struct {
	enum event_kind kind;
	int type;
} types[] = {
	{EVENT_LOGIN_GRANTED, AUDIT_USER_AUTH},	    {EVENT_LOGIN_REFUSED, AUDIT_USER_AUTH},
	{EVENT_LOGIN_EXEMPT, AUDIT_USER_AUTH},	    {EVENT_LOGIN_UNFINISHED, AUDIT_USER_AUTH},
	{EVENT_DEVICE_ALLOWED, AUDIT_USER_DEVICE},  {EVENT_DEVICE_BLOCKED, AUDIT_USER_DEVICE},
	{EVENT_DEVICE_GONE, AUDIT_USER_DEVICE},	    {EVENT_DEVICE_AUDITED, AUDIT_USER_DEVICE},
	{EVENT_ATTEMPT_REFUSED, AUDIT_USER_DEVICE},
};

/* What audit calls it; "node" is its own word for the machine. */
static const struct {
	const char *field, *name;
} names[] = {
	{"user", "acct"},
	{"node", "hidraw"},
};

static int find_type(const struct journal_span *name, enum event_kind *ret_kind)
{
	for (size_t i = 0; i < ARRAY_SIZE(types); i++) {
		const char *known = event_rows[types[i].kind].name;

		if (strlen(known) == name->length &&
		    memcmp(known, name->bytes, name->length) == 0) {
			*ret_kind = types[i].kind;
			return types[i].type;
		}
	}
	return -ENOENT;
}

static int write_pair(const char *name, const char *value, FILE *out)
{
	_cleanup_free_ char *pair = audit_encode_nv_string(name, value, 0);

	if (!pair)
		return -ENOMEM;
	fprintf(out, " %s", pair);
	return 0;
}

/* A long value is cut where a character begins. */
static int write_field(const char *field, const char *value, FILE *out)
{
	const char *name = field;
	char cut[VALUE_MAX + sizeof("...")];
	size_t length = strlen(value);

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (strcmp(names[i].field, field) == 0)
			name = names[i].name;
	if (length <= VALUE_MAX)
		return write_pair(name, value, out);
	for (length = VALUE_MAX; length > 0 && (value[length] & 0xc0) == 0x80;)
		length--;
	snprintf(cut, sizeof(cut), "%.*s...", (int)length, value);
	return write_pair(name, cut, out);
}

/* A UUID, if the event is ours. */
static int write_id(const struct journal_span *id, FILE *out)
{
	char text[PROTOCOL_ID_MAX];

	snprintf(text, sizeof(text), "%.*s", (int)id->length, id->bytes);
	if (text[strspn(text, "0123456789abcdef-")] != '\0')
		return write_pair("event", text, out);
	fprintf(out, " event=%s", text);
	return 0;
}

/* Only what the kind's row lists: any other name might be one of audit's own, such as res. */
static int write_event(const struct journal_record *record, const struct event_row *row, FILE *out)
{
	json_t *fields = json_loadb(record->fields.bytes, record->fields.length, 0, NULL);
	int r = json_is_object(fields) ? 0 : -EBADMSG;

	fprintf(out, "op=%s", row->name);
	if (r == 0)
		r = write_id(&record->id, out);
	for (const char *const *name = row->fields; *name && r == 0; name++) {
		const char *value = json_string_value(json_object_get(fields, *name));

		if (value)
			r = write_field(*name, value, out);
	}
	json_decref(fields);
	return r;
}

int audit_text_make(const struct journal_record *record, struct audit_text *ret)
{
	_cleanup_free_ char *text = NULL;
	enum event_kind kind;
	size_t length;
	FILE *out;
	int type, r;

	type = find_type(&record->kind, &kind);
	if (type < 0)
		return type;
	out = open_memstream(&text, &length);
	if (!out)
		return -ENOMEM;
	r = write_event(record, &event_rows[kind], out);
	if (fclose(out) != 0 && r == 0)
		r = -ENOMEM;
	if (r < 0)
		return r;
	*ret = (struct audit_text){
		.type = type,
		.result = event_rows[kind].outcome == EVENT_SUCCESS,
		.text = text,
	};
	text = NULL;
	return 0;
}
