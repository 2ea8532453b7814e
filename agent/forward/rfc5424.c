#include "rfc5424.h"

#include "event.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define JSON_AT	   (2 * JOURNAL_HASH_SIZE + 1) /* behind hash and space */
#define FACILITY   13 /* log audit, RFC 5424 table 1 */
#define ENTERPRISE "32473" /* for documentation, RFC 5612, until the project has its own */

/* RFC 5424 table 2. */
static const unsigned int severities[] = {
	[EVENT_INFO] = 6, [EVENT_LOW] = 5,	[EVENT_MEDIUM] = 4,
	[EVENT_HIGH] = 3, [EVENT_CRITICAL] = 2,
};
#define NOTICE 5 /* of a kind that this version does not know */

static unsigned int priority(const struct journal_span *kind)
{
	unsigned int severity = NOTICE;
	enum event_kind known;
	char name[64];

	if (kind->length < sizeof(name)) {
		memcpy(name, kind->bytes, kind->length);
		name[kind->length] = '\0';
		if (event_kind_from_name(name, &known) == 0)
			severity = severities[event_rows[known].severity];
	}
	return 8 * FACILITY + severity;
}

/* A name that RFC 5424 does not allow is left out, not repaired: the host's id stands beside it. */
static const char *printable(const char *hostname)
{
	size_t length = strlen(hostname);

	if (length == 0 || length >= RFC5424_HOSTNAME_MAX)
		return "-";
	for (size_t i = 0; i < length; i++)
		if (hostname[i] <= ' ' || hostname[i] > '~')
			return "-";
	return hostname;
}

size_t rfc5424_format(const struct journal_header *header, const struct journal_record *record,
		      const struct journal_span *line, const char *hostname,
		      char message[static RFC5424_MAX])
{
	const char *json = line->bytes + JSON_AT;
	size_t json_length = line->length - JSON_AT;
	int length = snprintf(message, RFC5424_MAX,
			      "<%u>1 %.*s %s sekisho - %.*s [sekisho@" ENTERPRISE
			      " h=\"%s\" e=\"%s\" n=\"%" PRIu64 "\" x=\"%.*s\"] ",
			      priority(&record->kind), (int)record->time.length, record->time.bytes,
			      printable(hostname), (int)record->kind.length, record->kind.bytes,
			      header->host, header->epoch, record->sequence, 2 * JOURNAL_HASH_SIZE,
			      line->bytes);

	if (length < 0 || (size_t)length + json_length > RFC5424_MAX)
		return 0;
	memcpy(message + length, json, json_length);
	return (size_t)length + json_length;
}
