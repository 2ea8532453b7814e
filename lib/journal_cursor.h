/* Reads a journal's events in order, from the first or from anywhere, and goes on when more are
 * written. Lines that are no events are told, not hidden. */
#ifndef SEKISHO_JOURNAL_CURSOR_H
#define SEKISHO_JOURNAL_CURSOR_H

#include "journal_lines.h"

struct journal_cursor {
	int dirfd; /* borrowed */
	bool follow;
	unsigned int settle_ms; /* less than a second */
	int fd; /* of the segment, -1: none yet */
	struct journal_segment segment;
	char file[JOURNAL_NAME_SIZE];
	bool paused; /* the last answer was: no more for now */
	uint64_t line; /* of the line last returned, from 1 */
	unsigned int again; /* unfinished lines of the segment met and looked at again */
	bool unlisted; /* it was told that the directory can't be read */
	bool tail_told; /* that of the segment is told as damage */
	uint64_t until; /* the segment counts up to this record */
	uint64_t last; /* sequence of the record last returned */
	struct journal_lines lines;
};

/* @follow: an unfinished line at the end is waited for; otherwise it is damage at once, or if it
 * stays so for some .settle_ms, which may be set after this. */
void journal_cursor_begin(struct journal_cursor *cursor, int dirfd, bool follow);
void journal_cursor_end(struct journal_cursor *cursor);

/* 1: a record, with its line without LF in @ret_line, valid until the next call. 0: no more for
 * now. -EBADMSG: a damaged line at .file:.line; go on calling. Other -errno: .file can't be read;
 * go on calling. */
int journal_cursor_next(struct journal_cursor *cursor, struct journal_record *ret_record,
			struct journal_span *ret_line);

#endif
