/* The journal as the mirror reads it: on from where it was, and anew where that place is gone,
 * because the journal was replaced by a copy. */
#ifndef SEKISHO_READER_H
#define SEKISHO_READER_H

#include "journal_cursor.h"

/* Where the record read last stands. */
struct reader_place {
	struct journal_segment segment;
	uint64_t offset;
	size_t length; /* 0: nothing was read yet */
	uint8_t hash[JOURNAL_HASH_SIZE];
};

struct reader {
	int journal; /* directory, borrowed */
	struct journal_cursor cursor;
	struct reader_place place;
};

/* Begins with the last two segments: a copy for people need not have read a year. -errno. */
int reader_begin(struct reader *reader, int journal);
void reader_end(struct reader *reader);

/* To be asked before more is read: 1 if what was read last is no longer there, and the journal is
 * read anew from the segment in which that was, or from the last two; 0; -errno. */
int reader_look(struct reader *reader);

/* As journal_cursor_next. */
int reader_next(struct reader *reader, struct journal_record *ret_record,
		struct journal_span *ret_line);

#endif
