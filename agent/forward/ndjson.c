#include "ndjson.h"

#define JSON_AT (2 * JOURNAL_HASH_SIZE + 1) /* behind hash and space */

size_t ndjson_format(const struct journal_header *header, const struct journal_record *record,
		     const struct journal_span *line, char out[static NDJSON_LINE_MAX])
{
	size_t length = 0;
	json_t *object;

	if (line->length <= JSON_AT)
		return 0;
	object = json_pack("{s:s, s:s, s:I, s:s%, s:s%}", "h", header->host, "e", header->epoch,
			   "n", (json_int_t)record->sequence, "x", line->bytes,
			   (size_t)2 * JOURNAL_HASH_SIZE, "event", line->bytes + JSON_AT,
			   line->length - JSON_AT);
	if (object)
		length = json_dumpb(object, out, NDJSON_LINE_MAX - 1,
				    JSON_COMPACT | JSON_PRESERVE_ORDER | JSON_ENSURE_ASCII);
	json_decref(object);
	if (length == 0 || length > NDJSON_LINE_MAX - 1)
		return 0;
	out[length++] = '\n';
	return length;
}
