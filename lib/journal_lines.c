#include "journal_lines.h"

#include "file.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

void journal_lines_begin(struct journal_lines *lines, int fd, uint64_t offset)
{
	lines->fd = fd;
	lines->limit = UINT64_MAX;
	lines->line_offset = offset;
	lines->line_length = 0;
	lines->zero = true;
	lines->buffer_offset = offset;
	lines->at = 0;
	lines->length = 0;
}

static bool all_zero(const char *bytes, size_t length)
{
	/* Each byte equals the one before it, and the first is zero. */
	return length == 0 || (bytes[0] == 0 && memcmp(bytes, bytes + 1, length - 1) == 0);
}

/* Reads on after what is in the buffer. 1, 0 at the end of the file, -errno. */
static int fill(struct journal_lines *lines)
{
	size_t left = lines->length - lines->at;
	size_t want = sizeof(lines->buffer) - left;
	uint64_t from = lines->buffer_offset + lines->length;
	ssize_t count;

	if (from >= lines->limit)
		return 0;
	if (want > lines->limit - from)
		want = (size_t)(lines->limit - from);
	memmove(lines->buffer, lines->buffer + lines->at, left);
	lines->buffer_offset += lines->at;
	lines->at = 0;
	lines->length = left;
	count = file_read_at(lines->fd, lines->buffer + left, want, (off_t)from);
	if (count < 0)
		return (int)count;
	lines->length += (size_t)count;
	lines->reads++;
	return count > 0;
}

/* Gives up the buffered part of a line that has no end yet. */
static void swallow(struct journal_lines *lines)
{
	size_t left = lines->length - lines->at;

	lines->zero = lines->zero && all_zero(lines->buffer + lines->at, left);
	lines->line_length += left;
	lines->at = lines->length;
}

int journal_lines_next(struct journal_lines *lines, const char **ret_line, size_t *ret_length,
		       uint64_t *ret_offset)
{
	size_t seen = 0; /* bytes of the buffer known to hold no LF */
	int r;

	if (lines->line_length > 0) { /* the tail may have become a line */
		uint64_t limit = lines->limit;

		journal_lines_begin(lines, lines->fd, lines->line_offset);
		lines->limit = limit;
	}
	for (;;) {
		const char *begin = lines->buffer + lines->at;
		const char *end = memchr(begin + seen, '\n', lines->length - lines->at - seen);

		if (end) {
			size_t length = (size_t)(end - begin);

			*ret_line = begin;
			*ret_length = lines->line_length ? JOURNAL_BUFFER_SIZE : length;
			*ret_offset = lines->line_offset;
			lines->at += length + 1;
			lines->line_offset += lines->line_length + length + 1;
			lines->line_length = 0;
			lines->zero = true;
			return 1;
		}
		seen = lines->length - lines->at;
		if (seen == sizeof(lines->buffer)) {
			swallow(lines);
			seen = 0;
		}
		r = fill(lines);
		if (r < 0)
			return r;
		if (r == 0) {
			swallow(lines);
			return 0;
		}
	}
}

bool journal_lines_at_zero(struct journal_lines *lines)
{
	char byte;

	if (lines->at < lines->length && lines->buffer[lines->at] != '\0')
		return false;
	/* What was zero when the buffer was filled may be a line by now. */
	journal_lines_begin(lines, lines->fd, lines->line_offset);
	return pread(lines->fd, &byte, 1, (off_t)lines->line_offset) == 1 && byte == '\0';
}

int journal_lines_feed(int fd, uint64_t limit, struct journal_chain *chain)
{
	struct journal_lines lines;
	const char *line;
	uint64_t offset;
	size_t length;
	int r;

	journal_lines_begin(&lines, fd, 0);
	lines.limit = limit;
	for (;;) {
		r = journal_lines_next(&lines, &line, &length, &offset);
		if (r < 0) {
			journal_chain_unreadable(chain);
			return r;
		}
		if (r == 0)
			break;
		journal_chain_line(chain, line, length, offset);
	}
	journal_chain_tail(chain, lines.line_offset, lines.line_length, lines.zero);
	return 0;
}
