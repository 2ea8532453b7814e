#include "sealed.h"

#include "number.h"

#include <errno.h>
#include <string.h>

#define LETTERS "abcdefghijklmnopqrstuvwxyz"
#define HEX	"0123456789abcdef"

bool sealed_is_checkpoint(const struct journal_record *record)
{
	static const char kind[] = "store.checkpoint";

	return record->kind.length == sizeof(kind) - 1 &&
	       memcmp(record->kind.bytes, kind, sizeof(kind) - 1) == 0;
}

static int read_bytes(const json_t *fields, const char *name, uint8_t *bytes, size_t size)
{
	const char *text = json_string_value(json_object_get(fields, name));

	return text ? hex_parse_exactly(text, bytes, size) : -EBADMSG;
}

/* As seal.h has them: the words that are sealed can be read one way only. */
static int read_word(const json_t *fields, const char *name, const char *letters, char *word,
		     size_t size)
{
	const char *value = json_string_value(json_object_get(fields, name));

	if (!value || *value == '\0' || strlen(value) >= size || value[strspn(value, letters)])
		return -EBADMSG;
	memcpy(word, value, strlen(value) + 1);
	return 0;
}

static int read_fields(const json_t *fields, struct sealed *sealed)
{
	const char *period = json_string_value(json_object_get(fields, "period"));
	struct seal_marks *marks = &sealed->marks;
	uint64_t number;

	if (read_word(fields, "key", HEX, sealed->key_id, sizeof(sealed->key_id)) < 0 ||
	    strlen(sealed->key_id) != sizeof(sealed->key_id) - 1 ||
	    read_word(fields, "reason", LETTERS, sealed->reason, sizeof(sealed->reason)) < 0 ||
	    !period || number_parse(period, 0, SEAL_PERIOD_MAX, &number) < 0 ||
	    read_bytes(fields, "mac", marks->mac, sizeof(marks->mac)) < 0 ||
	    read_bytes(fields, "signature", marks->signature, sizeof(marks->signature)) < 0)
		return -EBADMSG;
	sealed->statement.period = (uint32_t)number;
	return 0;
}

int sealed_read(const struct journal_record *record, const char *host, const char *epoch,
		struct sealed *ret_sealed)
{
	json_t *fields = json_loadb(record->fields.bytes, record->fields.length, 0, NULL);
	struct sealed *sealed = ret_sealed;
	int r;

	*sealed = (struct sealed){};
	r = read_fields(fields, sealed);
	json_decref(fields);
	if (r < 0)
		return r;
	/* Whoever parsed the record saw to their lengths. */
	memcpy(sealed->time, record->time.bytes, sizeof(sealed->time) - 1);
	memcpy(sealed->boot, record->boot.bytes, sizeof(sealed->boot) - 1);
	sealed->statement.host = host;
	sealed->statement.epoch = epoch;
	sealed->statement.sequence = record->sequence;
	sealed->statement.previous = record->previous;
	sealed->statement.reason = sealed->reason;
	sealed->statement.time = sealed->time;
	sealed->statement.boot = sealed->boot;
	return 0;
}

bool sealed_vouches(const struct sealed *sealed, bool first_key)
{
	return strcmp(sealed->reason, SEAL_REASON_START) != 0 ||
	       (first_key && sealed->statement.period == 0);
}

/* The ratchet turns after each checkpoint, and only then; a crash in between leaves two of a
 * period. */
enum sealed_order sealed_row_take(struct sealed_row *row, uint32_t period)
{
	bool again = row->begun && period == row->period;
	enum sealed_order order = SEALED_NEXT;

	if (row->begun && (period < row->period || (again && row->times > 1)))
		order = SEALED_BACK;
	else if (row->begun && period - row->period > 1 && period - row->period - 1 > row->gap)
		order = SEALED_SKIPPED;
	row->times = again ? row->times + 1 : 1;
	row->period = period;
	row->begun = true;
	row->gap = 0;
	return order;
}
