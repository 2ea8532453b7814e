#include "history.h"

#include "ask.h"

#include "cleanup.h"
#include "journal_cursor.h"

#include <errno.h>
#include <string.h>

#define KEY_MAX 4096 /* of fields of EVENT_VALUE_MAX, most of them short */

/* The same in these, and it is the same device at the same place. */
static const char *const identity[] = {"device",       "vendor", "product",   "serial",
				       "manufacturer", "name",	 "interfaces"};

static bool tells_a_judgement(const struct journal_span *kind)
{
	static const char *const kinds[] = {"device.allowed", "device.blocked", "device.audited"};

	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
		if (kind->length == strlen(kinds[i]) &&
		    memcmp(kind->bytes, kinds[i], kind->length) == 0)
			return true;
	return false;
}

static int identify(const json_t *fields, char key[static KEY_MAX])
{
	size_t used = 0;

	for (size_t i = 0; i < ARRAY_SIZE(identity); i++) {
		int length =
			snprintf(key + used, KEY_MAX - used, "%s\n", ask_text(fields, identity[i]));

		if (length < 0 || (size_t)length >= KEY_MAX - used)
			return -EMSGSIZE;
		used += (size_t)length;
	}
	return 0;
}

/* It left before it was known what works of it. */
static bool left_too_soon(const struct journal_span *kind, const json_t *fields)
{
	static const char allowed[] = "device.allowed";

	return strcmp(ask_text(fields, "reason"), "left") == 0 ||
	       (kind->length == strlen(allowed) &&
		memcmp(kind->bytes, allowed, kind->length) == 0 && !*ask_text(fields, "opened"));
}

static int remember(struct history *history, const struct journal_record *record)
{
	json_t *fields = json_loadb(record->fields.bytes, record->fields.length, 0, NULL);
	char key[KEY_MAX];
	int r;

	if (!fields)
		return -ENOMEM;
	if (left_too_soon(&record->kind, fields)) {
		json_decref(fields);
		return 0;
	}
	r = identify(fields, key);
	if (r == 0 && json_object_size(history->devices) == HISTORY_MAX &&
	    !json_object_get(history->devices, key)) {
		history->full = true;
	} else if (r == 0) {
		r = json_object_set_new(history->devices, key,
					json_pack("{s:s%, s:O}", "time", record->time.bytes,
						  record->time.length, "fields", fields));
		r = r < 0 ? -ENOMEM : 0;
	}
	json_decref(fields);
	return r;
}

int history_read(int journal, uint64_t since_us, struct history *ret_history)
{
	struct history history = {.devices = json_object()};
	static struct journal_cursor cursor; /* 64 KiB: not for the stack */
	struct journal_record record;
	struct journal_span line;
	int r = history.devices ? 0 : -ENOMEM;

	*ret_history = history;
	if (r < 0)
		return r;
	journal_cursor_begin(&cursor, journal, false);
	while (r == 0) {
		int found = journal_cursor_next(&cursor, &record, &line);

		if (found == 0)
			break;
		if (found < 0)
			ret_history->damaged++;
		else if (tells_a_judgement(&record.kind) &&
			 (uint64_t)journal_time_us(&record.time) >= since_us)
			r = remember(ret_history, &record);
	}
	journal_cursor_end(&cursor);
	return r;
}

void history_release(struct history *history)
{
	json_decref(history->devices);
	history->devices = NULL;
}

const json_t *history_fields(const json_t *device)
{
	return json_object_get(device, "fields");
}

const char *history_time(const json_t *device)
{
	return ask_text(device, "time");
}
