#include "reader.h"

#include "cleanup.h"
#include "file.h"
#include "journal_watch.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* Sets the cursor before the segment that begins with record @first, or before the last two. */
static int begin_at(struct reader *reader, uint64_t first)
{
	_cleanup_free_ struct journal_segment *segments = NULL;
	size_t count, at;
	int r = journal_segment_list(reader->journal, &segments, &count, NULL);

	if (r < 0)
		return r;
	at = count > 2 ? count - 2 : 0;
	while (at > 0 && segments[at].first > first)
		at--;
	journal_cursor_begin(&reader->cursor, reader->journal, true);
	reader->cursor.settle_ms = JOURNAL_WATCH_SETTLE_MS;
	if (at > 0)
		reader->cursor.segment = segments[at - 1];
	reader->place.length = 0;
	return 0;
}

int reader_begin(struct reader *reader, int journal)
{
	reader->journal = journal;
	return begin_at(reader, UINT64_MAX);
}

void reader_end(struct reader *reader)
{
	journal_cursor_end(&reader->cursor);
}

/* A copy may stand under the same name in another file, or in the same one. */
static bool is_there(const struct reader *reader)
{
	const struct journal_cursor *cursor = &reader->cursor;
	const struct reader_place *place = &reader->place;
	struct journal_record record;
	char line[JOURNAL_LINE_MAX];
	struct stat status;

	if (cursor->fd < 0)
		return true; /* nothing was read, or it could not be: what comes is the next file */
	if (fstat(cursor->fd, &status) < 0 || status.st_nlink == 0)
		return false;
	if (place->length == 0 || place->segment.first != cursor->segment.first ||
	    place->segment.generation != cursor->segment.generation)
		return true;
	return file_read_at(cursor->fd, line, place->length, (off_t)place->offset) ==
		       (ssize_t)place->length &&
	       journal_parse_event(line, place->length, &record) == 0 &&
	       memcmp(record.hash, place->hash, sizeof(record.hash)) == 0;
}

int reader_look(struct reader *reader)
{
	int r;

	if (is_there(reader))
		return 0;
	journal_cursor_end(&reader->cursor);
	r = begin_at(reader, reader->cursor.segment.first);
	return r < 0 ? r : 1;
}

int reader_next(struct reader *reader, struct journal_record *ret_record,
		struct journal_span *ret_line)
{
	const struct journal_cursor *cursor = &reader->cursor;
	int r = journal_cursor_next(&reader->cursor, ret_record, ret_line);

	if (r <= 0)
		return r;
	reader->place = (struct reader_place){
		.segment = cursor->segment,
		.offset = cursor->lines.line_offset - ret_line->length - 1,
		.length = ret_line->length,
	};
	memcpy(reader->place.hash, ret_record->hash, sizeof(reader->place.hash));
	return 1;
}
