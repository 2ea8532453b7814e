#include "journal_cursor.h"

#include "cleanup.h"

#include <errno.h>
#include <string.h>

#define AGAIN_MAX 16 /* looks at one segment's unfinished lines before they are called damaged */

void journal_cursor_begin(struct journal_cursor *cursor, int dirfd, bool follow)
{
	memset(cursor, 0, offsetof(struct journal_cursor, lines));
	cursor->dirfd = dirfd;
	cursor->follow = follow;
	cursor->fd = -1;
}

void journal_cursor_end(struct journal_cursor *cursor)
{
	if (cursor->fd >= 0)
		close(cursor->fd);
	cursor->fd = -1;
}

static bool is_after(const struct journal_segment *left, const struct journal_segment *right)
{
	return left->first > right->first ||
	       (left->first == right->first && left->generation > right->generation);
}

/* The segment after the present one. 1, 0 if there is none, -errno. */
static int find_next(const struct journal_cursor *cursor, struct journal_segment *ret_segment)
{
	_cleanup_free_ struct journal_segment *segments = NULL;
	size_t count;
	int r;

	r = journal_segment_list(cursor->dirfd, &segments, &count, NULL);
	if (r < 0)
		return r;
	for (size_t i = 0; i < count; i++) {
		if (is_after(&segments[i], &cursor->segment)) {
			*ret_segment = segments[i];
			return 1;
		}
	}
	return 0;
}

/* After a disk error the next segment holds everything from its first record on once more. */
static uint64_t superseded_from(const struct journal_cursor *cursor,
				const struct journal_segment *next)
{
	struct journal_header header;

	if (journal_segment_header(cursor->dirfd, next, &header) == 0 &&
	    header.reason == JOURNAL_REASON_FAULT)
		return header.first;
	return UINT64_MAX;
}

static int open_next(struct journal_cursor *cursor)
{
	struct journal_segment next, after;
	struct journal_header header;
	int r;

	r = find_next(cursor, &next);
	if (r <= 0)
		return r;
	cursor->again = 0;
	journal_cursor_end(cursor);
	cursor->segment = next;
	cursor->line = 0;
	cursor->until = UINT64_MAX;
	journal_segment_name(&next, cursor->file);
	r = journal_segment_open(cursor->dirfd, &next, false, &cursor->fd);
	if (r < 0)
		return r;
	if (journal_segment_header(cursor->dirfd, &next, &header) == 0 &&
	    header.reason == JOURNAL_REASON_FAULT)
		cursor->last = header.first - 1;
	if (find_next(cursor, &after) == 1)
		cursor->until = superseded_from(cursor, &after);
	journal_lines_begin(&cursor->lines, cursor->fd, 0);
	return 1;
}

/* Judges one line. 1, 0 to pass over it, -EBADMSG. */
static int read_record(struct journal_cursor *cursor, const char *line, size_t length,
		       struct journal_record *ret_record)
{
	struct journal_header header;

	if (cursor->line == 1)
		return journal_parse_header(line, length, &header);
	if (journal_parse_event(line, length, ret_record) < 0)
		return -EBADMSG;
	if (ret_record->sequence <= cursor->last || ret_record->sequence >= cursor->until)
		return 0;
	cursor->last = ret_record->sequence;
	return 1;
}

/* Zeros inside a line of the newest segment: the writer may be filling that page just now. */
static bool is_under_way(const struct journal_cursor *cursor, const char *line, size_t length)
{
	struct journal_segment next;

	return cursor->follow && cursor->again < AGAIN_MAX && length < JOURNAL_LINE_MAX &&
	       memchr(line, '\0', length) && find_next(cursor, &next) == 0;
}

static int next_record(struct journal_cursor *cursor, struct journal_record *ret_record,
		       struct journal_span *ret_line)
{
	struct journal_segment next;
	bool last_look = false;
	int r;

	for (;;) {
		const char *line;
		uint64_t offset;
		size_t length;

		/* Zeros: nothing written there yet; reading all of them each time would be waste.
		 */
		r = 0;
		if (cursor->fd >= 0 && !journal_lines_at_zero(&cursor->lines))
			r = journal_lines_next(&cursor->lines, &line, &length, &offset);
		if (r < 0) {
			journal_cursor_end(cursor);
			return r;
		}
		if (r > 0) {
			cursor->line++;
			r = read_record(cursor, line, length, ret_record);
			if (r < 0 && is_under_way(cursor, line, length)) {
				cursor->line--;
				cursor->again++;
				journal_lines_begin(&cursor->lines, cursor->fd, offset);
				return 0;
			}
			if (r == 0)
				continue;
			ret_line->bytes = line;
			ret_line->length = length;
			return r;
		}
		/* A segment that has a successor gets no more lines, but it may have got some since
		 * we looked. */
		r = find_next(cursor, &next);
		if (r <= 0)
			return r;
		if (!last_look && cursor->fd >= 0) {
			last_look = true;
			cursor->until = superseded_from(cursor, &next);
			continue;
		}
		last_look = false;
		r = open_next(cursor);
		if (r <= 0)
			return r;
	}
}

int journal_cursor_next(struct journal_cursor *cursor, struct journal_record *ret_record,
			struct journal_span *ret_line)
{
	struct journal_segment next;
	int r;

	/* While we waited the segment may have got a successor that takes some of it back. */
	if (cursor->paused && cursor->fd >= 0 && find_next(cursor, &next) == 1)
		cursor->until = superseded_from(cursor, &next);
	r = next_record(cursor, ret_record, ret_line);
	cursor->paused = r == 0;
	return r;
}
