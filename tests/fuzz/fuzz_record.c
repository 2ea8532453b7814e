/* Any bytes as the JSON of a journal line: what our reader takes is read as a checkpoint and as
 * what was dropped, and is shown to people and to the kernel's audit trail; nothing in it can end a
 * value, a line or a pair. */
#include "agent/cli/event_text.h"
#include "agent/mirror/audit_text.h"

#include "cleanup.h"
#include "escape.h"
#include "journal_dropped.h"
#include "sealed.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define PAIRS_MAX     64
#define HOST	      "0123456789abcdef0123456789abcdef"
#define KEY_LETTERS   "abcdefghijklmnopqrstuvwxyz0123456789_"
#define PLAIN_LETTERS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.-"

/* What libaudit or the kernel write in the same record. */
static const char *const theirs[] = {"exe",  "hostname", "addr", "terminal", "res",  "pid",
				     "auid", "uid",	 "ses",	 "subj",     "type", "msg"};

/* A value in quotes, or a word. Returns where it ends. */
static const char *skip_value(const char *at)
{
	size_t length = strspn(at, PLAIN_LETTERS);

	if (*at != '"')
		return length > 0 ? at + length : NULL;
	at += 1 + strcspn(at + 1, " \"");
	return *at == '"' ? at + 1 : NULL;
}

/* KEY=VALUE KEY=VALUE..., each key once. */
static void check_audit_text(const char *text)
{
	struct journal_span keys[PAIRS_MAX];
	size_t count = 0;

	if (strlen(text) > AUDIT_TEXT_MAX)
		__builtin_trap();
	for (const char *at = text;; at++) {
		struct journal_span key = {at, strspn(at, KEY_LETTERS)};

		if (key.length == 0 || at[key.length] != '=' || count == PAIRS_MAX)
			__builtin_trap();
		for (size_t i = 0; i < count; i++)
			if (keys[i].length == key.length &&
			    memcmp(keys[i].bytes, at, key.length) == 0)
				__builtin_trap();
		for (size_t i = 0; i < ARRAY_SIZE(theirs); i++)
			if (strlen(theirs[i]) == key.length &&
			    memcmp(theirs[i], at, key.length) == 0)
				__builtin_trap();
		keys[count++] = key;
		at = skip_value(at + key.length + 1);
		if (!at || (*at != ' ' && *at != '\0'))
			__builtin_trap();
		if (*at == '\0')
			return;
	}
}

static void to_audit(const struct journal_record *record)
{
	struct audit_text audit = {};

	if (audit_text_make(record, &audit) == 0)
		check_audit_text(audit.text);
	free(audit.text);
}

/* One line; beyond ASCII only where that is asked for. */
static void to_people(const struct journal_record *record, enum event_text_style style)
{
	char *text = NULL;
	size_t length, count;
	FILE *out = open_memstream(&text, &length);

	if (!out || event_text_write(record, style, out) < 0)
		__builtin_trap();
	(void)fclose(out);
	if (text[length - 1] != '\n')
		__builtin_trap();
	for (size_t at = 0; at < length - 1; at += count) {
		unsigned int point;

		count = utf8_sequence(text + at, length - 1 - at, &point);
		if (count == 0 || point < ' ' || point == 0x7f ||
		    (count > 1 && !(style & EVENT_TEXT_UTF8)))
			__builtin_trap();
	}
	free(text);
}

static void as_dropped(const struct journal_record *record)
{
	struct journal_dropped dropped;

	if (journal_dropped_read(record, &dropped) == 0 &&
	    (dropped.first == 0 || dropped.first > dropped.last.sequence ||
	     dropped.last.sequence >= record->sequence))
		__builtin_trap();
}

/* A checkpoint says its words as seal.h promises them to whoever checks the marks; no bytes of the
 * fuzzer's are a seal. */
static void as_checkpoint(const struct journal_record *record)
{
	static const uint8_t key[SEAL_KEY_SIZE] = {1};
	struct sealed sealed;

	if (!sealed_is_checkpoint(record) || sealed_read(record, HOST, HOST, &sealed) < 0)
		return;
	if (strlen(sealed.key_id) != SEAL_KEY_ID_SIZE - 1 ||
	    strspn(sealed.key_id, "0123456789abcdef") != SEAL_KEY_ID_SIZE - 1 ||
	    sealed.reason[0] == '\0' ||
	    sealed.reason[strspn(sealed.reason, "abcdefghijklmnopqrstuvwxyz")] != '\0')
		__builtin_trap();
	if (seal_check_mac(&sealed.statement, key, sealed.marks.mac) == 0)
		__builtin_trap();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct journal_record record;

	if (journal_parse_json((const char *)data, size, &record) < 0)
		return 0;
	to_audit(&record);
	to_people(&record, EVENT_TEXT_PLAIN);
	to_people(&record, EVENT_TEXT_UTF8 | EVENT_TEXT_NUMBER);
	as_dropped(&record);
	as_checkpoint(&record);
	return 0;
}
