#include "journal_cursor.h"

#include "cleanup.h"

#include <errno.h>
#include <string.h>
#include <time.h>

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
	int r;

	/* One that was dropped since we looked is passed over. */
	do {
		r = find_next(cursor, &next);
		if (r <= 0)
			return r;
		cursor->again = 0;
		cursor->tail_told = false;
		journal_cursor_end(cursor);
		cursor->segment = next;
		cursor->line = 0;
		cursor->until = UINT64_MAX;
		journal_segment_name(&next, cursor->file);
		r = journal_segment_open(cursor->dirfd, &next, false, &cursor->fd);
	} while (r == -ENOENT);
	if (r < 0)
		return r;
	/* What was read at the end of the one before may have been taken back: by a disk error, or
	 * by a writer that set it aside. */
	if (next.first <= cursor->last)
		cursor->last = next.first - 1;
	if (find_next(cursor, &after) == 1)
		cursor->until = superseded_from(cursor, &after);
	journal_lines_begin(&cursor->lines, cursor->fd, 0);
	return 1;
}

/* The next segment holds once more what is to come in this one. */
static bool is_superseded(const struct journal_cursor *cursor)
{
	return cursor->last + 1 >= cursor->until;
}

/* Judges one line. 1, 0 to pass over it, -EBADMSG. */
static int read_record(struct journal_cursor *cursor, const char *line, size_t length,
		       struct journal_record *ret_record)
{
	struct journal_header header;

	if (cursor->line == 1)
		return journal_parse_header(line, length, &header);
	if (journal_parse_event(line, length, ret_record) < 0)
		return is_superseded(cursor) ? 0 : -EBADMSG;
	if (ret_record->sequence <= cursor->last || ret_record->sequence >= cursor->until)
		return 0;
	cursor->last = ret_record->sequence;
	return 1;
}

static bool is_newest(const struct journal_cursor *cursor)
{
	struct journal_segment next;

	return find_next(cursor, &next) == 0;
}

/* Zeros inside a line of the newest segment, or no end: the writer may be filling it just now. True
 * if another look at it is due. */
static bool look_again(struct journal_cursor *cursor)
{
	const struct timespec pause = {.tv_nsec = (long)cursor->settle_ms * 1000000};

	if (!cursor->follow && cursor->settle_ms == 0)
		return false;
	if (cursor->again == AGAIN_MAX || !is_newest(cursor))
		return false;
	cursor->again++;
	if (!cursor->follow)
		nanosleep(&pause, NULL);
	return true;
}

/* The next line. Where nothing is written yet, reading all the zeros each time would be waste. */
static int next_line(struct journal_cursor *cursor, struct journal_span *ret_line,
		     uint64_t *ret_offset)
{
	int r;

	if (cursor->fd < 0 ||
	    (cursor->follow && journal_lines_at_zero(&cursor->lines) && is_newest(cursor)))
		return 0;
	r = journal_lines_next(&cursor->lines, &ret_line->bytes, &ret_line->length, ret_offset);
	if (r < 0)
		journal_cursor_end(cursor);
	return r;
}

/* Bytes after the segment's last line that are not told yet. */
static bool has_tail(const struct journal_cursor *cursor)
{
	return cursor->fd >= 0 && cursor->lines.line_length > 0 && !cursor->lines.zero &&
	       !cursor->tail_told && !is_superseded(cursor);
}

/* The directory can't be read. Who reads to the end is told once, and that this is the end. */
static int unlisted(struct journal_cursor *cursor, int error)
{
	bool told = cursor->unlisted;

	cursor->unlisted = true;
	return told && !cursor->follow ? 0 : error;
}

static int next_record(struct journal_cursor *cursor, struct journal_record *ret_record,
		       struct journal_span *ret_line)
{
	struct journal_segment next;
	bool last_look = false;
	uint64_t offset;
	int r;

	for (;;) {
		r = next_line(cursor, ret_line, &offset);
		if (r < 0)
			return r;
		if (r > 0) {
			cursor->line++;
			r = read_record(cursor, ret_line->bytes, ret_line->length, ret_record);
			if (r < 0 && ret_line->length < JOURNAL_LINE_MAX &&
			    memchr(ret_line->bytes, '\0', ret_line->length) && look_again(cursor)) {
				cursor->line--;
				journal_lines_begin(&cursor->lines, cursor->fd, offset);
				if (cursor->follow)
					return 0;
				continue;
			}
			if (r == 0)
				continue;
			return r;
		}
		r = find_next(cursor, &next);
		if (r < 0)
			return unlisted(cursor, r);
		cursor->unlisted = false;
		/* A segment that has a successor gets no more lines, but it may have got some since
		 * we looked. */
		if (r > 0 && !last_look && cursor->fd >= 0) {
			last_look = true;
			cursor->until = superseded_from(cursor, &next);
			continue;
		}
		if (has_tail(cursor) && (r > 0 || !cursor->follow)) {
			if (look_again(cursor))
				continue;
			cursor->tail_told = true;
			cursor->line++;
			return -EBADMSG;
		}
		if (r == 0)
			return 0;
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
