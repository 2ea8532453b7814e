/* A line of the collector's files, as packaging/collector/50-sekisho-collector.conf has them
 *written:
 *
 *	TIME ADDRESS [sekisho@32473 h="HOST" e="EPOCH" n="SEQUENCE" x="HASH"] JSON
 *
 * TIME (RFC 3339) and ADDRESS are the collector's word, the rest is the terminal's. */
#ifndef SEKISHO_COLLECTED_H
#define SEKISHO_COLLECTED_H

#include "journal_format.h"

#include <time.h>

#define COLLECTED_TIME_MAX 40 /* bytes */

struct collected {
	char host[JOURNAL_ID_SIZE];
	char epoch[JOURNAL_ID_SIZE];
	uint64_t sequence; /* as the line says, also where the record is damaged */
	struct journal_record record; /* its spans point into the line */
	struct journal_span received; /* TIME at the line's beginning; empty if it is none */
	struct journal_span address; /* ADDRESS; empty if there is none */
	bool glued; /* the rest of an unfinished write stands before it */
};

/* Reads a line without its LF. -ENOENT: there is no record of Sekisho's in it. -EBADMSG: there is
 * one, and it is not what a terminal sends or its hash is not its own; .host, .epoch and .sequence
 * are set as far as they could be read, else empty. Pure. */
int collected_parse(const char *line, size_t length, struct collected *ret_collected);

/* Reads RFC 3339 times, quickly where many are of the same minute. */
struct collected_clock {
	char minute[17]; /* "2026-11-26T08:24" as it was read last */
	time_t seconds; /* its beginning, UTC */
};

/* Seconds since 1970; 0 if @text is no such time. */
time_t collected_seconds(struct collected_clock *clock, const struct journal_span *text);

#endif
