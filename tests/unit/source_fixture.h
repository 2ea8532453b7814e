/* A reader of the journal, as the forwarder is one. */
#ifndef SEKISHO_SOURCE_FIXTURE_H
#define SEKISHO_SOURCE_FIXTURE_H

#include "journal_fixture.h"

#include "agent/forward/acknowledged.h"
#include "agent/forward/source.h"

struct reader {
	struct source source;
	struct journal_record record;
	struct journal_span line;
};

static inline struct reader *reader_new(const struct fixture *fixture)
{
	struct reader *reader = calloc(1, sizeof(*reader));

	assert_non_null(reader);
	assert_int_equal(source_open(fixture->path, &reader->source), 0);
	return reader;
}

static inline void reader_free(struct reader *reader)
{
	source_close(&reader->source);
	free(reader);
}

static inline uint64_t next(struct reader *reader)
{
	int r = source_next(&reader->source, &reader->record, &reader->line);

	assert_in_range(r, 0, 1);
	return r > 0 ? reader->record.sequence : 0;
}

static inline void seek_is(struct reader *reader, const struct acknowledged *mark, bool known,
			   uint64_t first)
{
	bool result;

	assert_int_equal(source_seek(&reader->source, mark, &result), 0);
	assert_int_equal(result, known);
	assert_int_equal(next(reader), first);
}

#endif
