/* A line of the journal: `HASH JSON\n`, where HASH is SHA-256 over the bytes of JSON in lower-case
 * hexadecimal, so that anybody can check a line with sha256sum. JSON is canonical: printable ASCII,
 * members sorted, no space, no member missing or extra; it names the previous event's hash, which
 * makes the chain. sekisho-journal(5) is the manual. Everything here is pure. */
#ifndef SEKISHO_JOURNAL_FORMAT_H
#define SEKISHO_JOURNAL_FORMAT_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define JOURNAL_FORMAT_VERSION 1
#define JOURNAL_LINE_MAX       7168 /* bytes of a line with its LF: survives syslog's 8 KiB */
#define JOURNAL_HASH_SIZE      32
#define JOURNAL_ID_SIZE	       33 /* 128 bits as lower-case hexadecimal, and the zero */
#define JOURNAL_TIME_SIZE      28 /* 2026-11-23T12:28:15.123456Z, and the zero */
#define JOURNAL_SEQUENCE_MAX   UINT64_C(9999999999999999) /* fits the 16 digits of a name */

/* Why a segment was begun. */
enum journal_reason {
	JOURNAL_REASON_START, /* the first of its epoch */
	JOURNAL_REASON_FULL, /* the one before was full */
	JOURNAL_REASON_TORN, /* an unfinished write was set aside */
	JOURNAL_REASON_BREAK, /* the one before is damaged and stays as it is */
	JOURNAL_REASON_FAULT, /* the disk refused: what was not flushed was written again */
	JOURNAL_REASON_COUNT
};
const char *journal_reason_name(enum journal_reason reason);

/* The end of a chain: the last event's number and hash; 0 and zeros before the first. */
struct journal_head {
	uint64_t sequence;
	uint8_t hash[JOURNAL_HASH_SIZE];
};

/* The first line of a segment. */
struct journal_header {
	char host[JOURNAL_ID_SIZE]; /* derived from the machine id, not the id itself */
	char epoch[JOURNAL_ID_SIZE]; /* random, of this chain */
	uint64_t first; /* sequence of the first event that will stand here */
	uint8_t previous[JOURNAL_HASH_SIZE]; /* of event first - 1 */
	enum journal_reason reason;
};

/* An event as it is written. Borrowed pointers. */
struct journal_entry {
	const char *boot; /* boot id, 32 hexadecimal digits */
	const json_t *fields; /* object of strings */
	const char *id;
	const char *kind;
	bool late; /* told after the fact, from a spool */
	uint64_t monotonic_us; /* since boot, when it was written */
	uint64_t synced; /* highest sequence known to be on the disk at that moment */
	uint64_t time_us; /* since 1970 UTC, when it happened */
};

/* Bytes of a line, not zero-terminated. Strings are still JSON-escaped. */
struct journal_span {
	const char *bytes;
	size_t length;
};

/* An event as it was read; spans point into the line. */
struct journal_record {
	uint64_t sequence;
	uint64_t synced;
	uint64_t monotonic_us;
	bool late;
	struct journal_span boot, fields, id, kind, time;
	uint8_t hash[JOURNAL_HASH_SIZE];
	uint8_t previous[JOURNAL_HASH_SIZE];
};

void journal_hash(const void *bytes, size_t length, uint8_t ret_hash[static JOURNAL_HASH_SIZE]);

/* RFC 3339, UTC, microseconds. -ERANGE after the year 9999. */
int journal_format_time(uint64_t time_us, char text[static JOURNAL_TIME_SIZE]);

/* Whether it has that form. */
bool journal_is_time(const struct journal_span *span);

/* The moment of a time that journal_parse_event has read, microseconds since 1970 UTC. */
int64_t journal_time_us(const struct journal_span *time);

/* The event that follows @head as a line with its LF; @ret_head is the chain's end with it.
 * -EMSGSIZE beyond JOURNAL_LINE_MAX, -EBADMSG for an id, boot or field that is not printable ASCII
 * once escaped or not a string, -ERANGE, -ENOMEM. */
int journal_format_event(const struct journal_entry *entry, const struct journal_head *head,
			 char line[static JOURNAL_LINE_MAX], size_t *ret_length,
			 struct journal_head *ret_head);

int journal_format_header(const struct journal_header *header, char line[static JOURNAL_LINE_MAX],
			  size_t *ret_length);

/* Reads a line without its LF. -EBADMSG if it is not exactly what the functions above write, or its
 * hash is not its own. */
int journal_parse_event(const char *line, size_t length, struct journal_record *ret_record);
/* An event's JSON alone, as it is forwarded; .hash is computed. */
int journal_parse_json(const char *json, size_t length, struct journal_record *ret_record);
int journal_parse_header(const char *line, size_t length, struct journal_header *ret_header);

#endif
