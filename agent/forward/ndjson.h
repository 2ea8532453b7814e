/* An event as one line of NDJSON:
 * {"h":HOST,"e":EPOCH,"n":NUMBER,"x":SHA-256,"event":"..."} and LF. The string in "event" is the
 * event's JSON as it was hashed, byte for byte once it is decoded: nested as an object, a collector
 * would write it anew, and the hash would not be its own any more. Pure. */
#ifndef SEKISHO_NDJSON_H
#define SEKISHO_NDJSON_H

#include "journal_format.h"

#define NDJSON_LINE_MAX (2 * JOURNAL_LINE_MAX + 256) /* a quote or backslash takes two bytes */

/* @header is that of the record's segment, @line the record's line. Returns the length with the LF,
 * 0 if it does not fit or is no text. */
size_t ndjson_format(const struct journal_header *header, const struct journal_record *record,
		     const struct journal_span *line, char out[static NDJSON_LINE_MAX]);

#endif
