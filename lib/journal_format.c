#include "journal_format.h"

#include "number.h"

#include <errno.h>
#include <inttypes.h>
#include <openssl/evp.h>
#include <string.h>
#include <time.h>

#define HASH_DIGITS    ((size_t)JOURNAL_HASH_SIZE * 2)
#define JSON_OFFSET    (HASH_DIGITS + 1) /* the hash and a space */
#define JSON_MAX       (JOURNAL_LINE_MAX - JSON_OFFSET - 1)
#define TIME_US_MAX    UINT64_C(253402300799999999) /* 9999-12-31T23:59:59.999999Z */
#define CANONICAL_JSON (JSON_COMPACT | JSON_ENSURE_ASCII | JSON_SORT_KEYS)

static const char *const reason_names[JOURNAL_REASON_COUNT] = {
	[JOURNAL_REASON_START] = "start", [JOURNAL_REASON_FULL] = "full",
	[JOURNAL_REASON_TORN] = "torn",	  [JOURNAL_REASON_BREAK] = "break",
	[JOURNAL_REASON_FAULT] = "fault",
};

const char *journal_reason_name(enum journal_reason reason)
{
	return reason_names[reason];
}

/* Kept for the process's life: to look SHA-256 up among libcrypto's providers costs more than to
 * hash an event. */
static EVP_MD_CTX *begin_hash(void)
{
	static _Thread_local EVP_MD_CTX *context;
	static _Thread_local EVP_MD *sha256;

	if (!sha256)
		sha256 = EVP_MD_fetch(NULL, "SHA2-256", NULL);
	if (!context)
		context = EVP_MD_CTX_new();
	return sha256 && context && EVP_DigestInit_ex(context, sha256, NULL) == 1 ? context : NULL;
}

void journal_hash(const void *bytes, size_t length, uint8_t ret_hash[static JOURNAL_HASH_SIZE])
{
	EVP_MD_CTX *context = begin_hash();

	/* Fails only without memory or without SHA-256: nothing we say then could be believed. */
	if (!context || EVP_DigestUpdate(context, bytes, length) != 1 ||
	    EVP_DigestFinal_ex(context, ret_hash, NULL) != 1)
		abort();
}

int journal_format_time(uint64_t time_us, char text[static JOURNAL_TIME_SIZE])
{
	time_t seconds = (time_t)(time_us / 1000000);
	struct tm parts;

	if (time_us > TIME_US_MAX || !gmtime_r(&seconds, &parts))
		return -ERANGE;
	snprintf(text, JOURNAL_TIME_SIZE, "%04u-%02u-%02uT%02u:%02u:%02u.%06uZ",
		 (unsigned int)(parts.tm_year + 1900) % 10000,
		 (unsigned int)(parts.tm_mon + 1) % 100, (unsigned int)parts.tm_mday % 100,
		 (unsigned int)parts.tm_hour % 100, (unsigned int)parts.tm_min % 100,
		 (unsigned int)parts.tm_sec % 100, (unsigned int)(time_us % 1000000));
	return 0;
}

static int digits_at(const char *text, size_t count)
{
	int value = 0;

	for (size_t i = 0; i < count; i++)
		value = 10 * value + (text[i] - '0');
	return value;
}

int64_t journal_time_us(const struct journal_span *time)
{
	const char *text = time->bytes;
	struct tm parts = {
		.tm_year = digits_at(text, 4) - 1900,
		.tm_mon = digits_at(text + 5, 2) - 1,
		.tm_mday = digits_at(text + 8, 2),
		.tm_hour = digits_at(text + 11, 2),
		.tm_min = digits_at(text + 14, 2),
		.tm_sec = digits_at(text + 17, 2),
	};

	return (int64_t)timegm(&parts) * 1000000 + digits_at(text + 20, 6);
}

/* Hash and JSON become a line; @object is consumed. */
static int format_line(json_t *object, char line[static JOURNAL_LINE_MAX], size_t *ret_length,
		       uint8_t ret_hash[static JOURNAL_HASH_SIZE])
{
	char digits[HASH_DIGITS + 1];
	size_t length;

	if (!object)
		return -ENOMEM;
	length = json_dumpb(object, line + JSON_OFFSET, JSON_MAX, CANONICAL_JSON);
	json_decref(object);
	if (length == 0)
		return -ENOMEM;
	if (length > JSON_MAX)
		return -EMSGSIZE;
	journal_hash(line + JSON_OFFSET, length, ret_hash);
	hex_format(ret_hash, JOURNAL_HASH_SIZE, digits);
	memcpy(line, digits, HASH_DIGITS);
	line[HASH_DIGITS] = ' ';
	line[JSON_OFFSET + length] = '\n';
	*ret_length = JSON_OFFSET + length + 1;
	return 0;
}

int journal_format_event(const struct journal_entry *entry, const struct journal_head *head,
			 char line[static JOURNAL_LINE_MAX], size_t *ret_length,
			 struct journal_head *ret_head)
{
	struct journal_head next = {.sequence = head->sequence + 1};
	struct journal_record record;
	char time[JOURNAL_TIME_SIZE];
	char previous[HASH_DIGITS + 1];
	size_t length;
	int r;

	if (next.sequence > JOURNAL_SEQUENCE_MAX || entry->monotonic_us > INT64_MAX ||
	    entry->synced > head->sequence)
		return -ERANGE;
	r = journal_format_time(entry->time_us, time);
	if (r < 0)
		return r;
	hex_format(head->hash, JOURNAL_HASH_SIZE, previous);
	/* Members in the order of the alphabet, though JSON_SORT_KEYS would see to it. */
	r = format_line(json_pack("{s:s, s:O, s:s, s:s, s:b, s:I, s:s, s:I, s:I, s:s}", "boot",
				  entry->boot, "fields", entry->fields, "id", entry->id, "kind",
				  entry->kind, "late", entry->late, "mono",
				  (json_int_t)entry->monotonic_us, "prev", previous, "seq",
				  (json_int_t)next.sequence, "synced", (json_int_t)entry->synced,
				  "time", time),
			line, &length, next.hash);
	if (r < 0)
		return r;
	/* What we could not read back must not be written. */
	r = journal_parse_event(line, length - 1, &record);
	if (r < 0)
		return r;
	*ret_length = length;
	*ret_head = next;
	return 0;
}

int journal_format_header(const struct journal_header *header, char line[static JOURNAL_LINE_MAX],
			  size_t *ret_length)
{
	struct journal_header same;
	uint8_t hash[JOURNAL_HASH_SIZE];
	char previous[HASH_DIGITS + 1];
	size_t length;
	int r;

	hex_format(header->previous, JOURNAL_HASH_SIZE, previous);
	r = format_line(json_pack("{s:s, s:I, s:i, s:s, s:s, s:s}", "epoch", header->epoch, "first",
				  (json_int_t)header->first, "format", JOURNAL_FORMAT_VERSION,
				  "host", header->host, "prev", previous, "reason",
				  reason_names[header->reason]),
			line, &length, hash);
	if (r < 0)
		return r;
	r = journal_parse_header(line, length - 1, &same);
	if (r < 0)
		return r;
	*ret_length = length;
	return 0;
}
