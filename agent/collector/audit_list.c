/* Which list of what is revoked a terminal has, by its own word. */
#include "audit.h"

#include "event.h"
#include "number.h"
#include "revocations.h"

#include <string.h>

void audit_note_list(struct audit_chain *chain, const struct journal_record *record)
{
	const char *kind = event_rows[EVENT_REVOCATIONS_TAKEN].name;
	json_error_t error;
	const char *text;
	json_t *fields;
	uint64_t number;

	if (record->kind.length != strlen(kind) ||
	    memcmp(record->kind.bytes, kind, record->kind.length) != 0)
		return;
	fields = json_loadb(record->fields.bytes, record->fields.length, JSON_REJECT_DUPLICATES,
			    &error);
	text = json_string_value(json_object_get(fields, "number"));
	/* Lines come in any order. */
	if (text && number_parse(text, 1, REVOCATIONS_NUMBER_MAX, &number) == 0 &&
	    number > chain->list)
		chain->list = number;
	json_decref(fields);
}
