/* Where the journal begins, and who told so. A record covers all before it, so that none may be
 * written where something went before that nobody told of. */
#include "journal_state.h"

#include "cleanup.h"
#include "journal_dropped.h"
#include "journal_lines.h"

#include <errno.h>
#include <string.h>

static bool is_head(const struct journal_head *left, const struct journal_head *right)
{
	return left->sequence == right->sequence &&
	       memcmp(left->hash, right->hash, JOURNAL_HASH_SIZE) == 0;
}

/* Does a record of the segment tell that all up to @wanted was dropped? 1, 0; -errno. */
static int look_in(const struct journal *journal, const struct journal_segment *segment,
		   const struct journal_head *wanted, struct journal_lines *lines)
{
	_cleanup_close_ int fd = -1;
	struct journal_dropped dropped;
	struct journal_record record;
	const char *line;
	uint64_t offset;
	size_t length;
	int r;

	r = journal_segment_open(journal->store.dirfd, segment, false, &fd);
	if (r < 0)
		return r;
	journal_lines_begin(lines, fd, 0);
	while ((r = journal_lines_next(lines, &line, &length, &offset)) > 0)
		if (journal_parse_event(line, length, &record) == 0 &&
		    journal_dropped_read(&record, &dropped) == 0 && is_head(&dropped.last, wanted))
			return 1;
	return r;
}

/* From the newest on: as a rule it stands in one of the last. */
static int search(const struct journal *journal, const struct journal_head *wanted)
{
	_cleanup_free_ struct journal_segment *segments = NULL;
	_cleanup_free_ struct journal_lines *lines = NULL;
	size_t count;
	int r = journal_segment_list(journal->store.dirfd, &segments, &count, NULL);

	if (r < 0)
		return r;
	lines = calloc(1, sizeof(*lines));
	if (!lines)
		return -ENOMEM;
	while (count > 0 && r == 0)
		r = look_in(journal, &segments[--count], wanted, lines);
	/* NOLINTNEXTLINE(clang-analyzer-unix.Malloc): _cleanup_free_ releases it */
	return r;
}

/* The segment in which @sequence would stand; -ENOENT. */
static int find_segment(const struct journal *journal, uint64_t sequence,
			struct journal_segment *ret_segment)
{
	_cleanup_free_ struct journal_segment *segments = NULL;
	size_t count;
	int r = journal_segment_list(journal->store.dirfd, &segments, &count, NULL);

	if (r < 0)
		return r;
	while (count > 0 && segments[count - 1].first > sequence)
		count--;
	if (count == 0)
		return -ENOENT;
	*ret_segment = segments[count - 1];
	return 0;
}

int journal_has(const struct journal *journal, const struct journal_head *wanted)
{
	_cleanup_free_ struct journal_lines *lines = NULL;
	_cleanup_close_ int fd = -1;
	struct journal_segment segment;
	struct journal_record record;
	const char *line;
	uint64_t offset;
	size_t length;
	int r;

	r = find_segment(journal, wanted->sequence, &segment);
	if (r == 0)
		r = journal_segment_open(journal->store.dirfd, &segment, false, &fd);
	if (r < 0)
		return r == -ENOENT ? 0 : r;
	lines = calloc(1, sizeof(*lines));
	if (!lines)
		return -ENOMEM;
	journal_lines_begin(lines, fd, 0);
	while ((r = journal_lines_next(lines, &line, &length, &offset)) > 0)
		if (journal_parse_event(line, length, &record) == 0 &&
		    record.sequence == wanted->sequence)
			return memcmp(record.hash, wanted->hash, JOURNAL_HASH_SIZE) == 0;
	return r;
}

int journal_begins(const struct journal *journal, uint64_t *ret_sequence)
{
	_cleanup_free_ struct journal_segment *segments = NULL;
	size_t count;
	int r = journal_segment_list(journal->store.dirfd, &segments, &count, NULL);

	if (r < 0)
		return r;
	if (count == 0)
		return -ENOENT;
	*ret_sequence = segments[0].first;
	return 0;
}

int journal_account(struct journal *journal, const struct journal_header *oldest)
{
	struct journal_head before = {.sequence = oldest->first - 1};
	int r;

	if (before.sequence == 0)
		return 0;
	memcpy(before.hash, oldest->previous, JOURNAL_HASH_SIZE);
	if (is_head(&journal->began, &before) || is_head(&journal->dropped, &before))
		return 0;
	r = search(journal, &before);
	if (r <= 0)
		return r < 0 ? r : -ENODATA;
	journal->began = before;
	return 0;
}
