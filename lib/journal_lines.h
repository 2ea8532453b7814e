/* The lines of a segment one after the other, whatever is in it; memory is constant. */
#ifndef SEKISHO_JOURNAL_LINES_H
#define SEKISHO_JOURNAL_LINES_H

#include "journal_chain.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define JOURNAL_BUFFER_SIZE 65536

struct journal_lines {
	int fd; /* borrowed */
	uint64_t limit; /* the file is taken to end here */
	uint64_t line_offset; /* where the line to come begins */
	uint64_t line_length; /* what was read of it and is no longer in the buffer */
	bool zero; /* ... and all of that was zero */
	uint64_t buffer_offset; /* of buffer[0] in the file */
	size_t at, length; /* the part of the buffer not yet seen */
	uint64_t reads; /* so often was something read into it; not begun anew */
	char buffer[JOURNAL_BUFFER_SIZE];
};

/* From @offset, which must be the beginning of a line. */
void journal_lines_begin(struct journal_lines *lines, int fd, uint64_t offset);

/* 1: the next line without its LF, valid until the next call; one that does not fit the buffer
 * comes as its last part, with a @ret_length over JOURNAL_LINE_MAX. 0: no LF up to the end of the
 * file; the tail begins at .line_offset, has .line_length bytes, .zero tells whether they are all
 * zero. -errno. After 0 the call may be repeated when the file has grown. */
int journal_lines_next(struct journal_lines *lines, const char **ret_line, size_t *ret_length,
		       uint64_t *ret_offset);

/* True if what comes is the zeros of a segment not yet full: saves reading them. Forgets the limit.
 */
bool journal_lines_at_zero(struct journal_lines *lines);

/* Feeds a segment up to @limit (UINT64_MAX: all of it) to @chain, which was told of it by
 * journal_chain_segment. 0, or -errno after journal_chain_unreadable. */
int journal_lines_feed(int fd, uint64_t limit, struct journal_chain *chain);

#endif
