#include "source.h"

#include "cleanup.h"
#include "journal_watch.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

int source_open(const char *path, struct source *ret_source)
{
	_cleanup_close_ int directory = -1;
	_cleanup_close_ int watch = -1;

	directory = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (directory < 0)
		return -errno;
	watch = journal_watch_open(path);
	if (watch < 0)
		return watch;
	memset(ret_source, 0, sizeof(*ret_source));
	ret_source->fd = -1;
	ret_source->directory = steal_fd(&directory);
	ret_source->watch = steal_fd(&watch);
	journal_cursor_begin(&ret_source->cursor, ret_source->directory, true);
	return 0;
}

static void leave_segment(struct source *source)
{
	if (source->fd >= 0)
		close(source->fd);
	source->fd = -1;
	source->end = 0;
	source->flushed = 0;
}

void source_close(struct source *source)
{
	leave_segment(source);
	journal_cursor_end(&source->cursor);
	close(source->watch);
	close(source->directory);
}

static bool is_same(const struct journal_segment *left, const struct journal_segment *right)
{
	return left->first == right->first && left->generation == right->generation;
}

static void rewind_to(struct source *source, const struct journal_segment *before)
{
	journal_cursor_end(&source->cursor);
	journal_cursor_begin(&source->cursor, source->directory, true);
	source->cursor.segment = *before;
	source->segment = (struct journal_segment){};
	source->durable = 0;
	leave_segment(source);
}

int source_segment(int directory, uint64_t sequence, struct journal_segment *ret_segment,
		   struct journal_segment *ret_before)
{
	_cleanup_free_ struct journal_segment *segments = NULL;
	size_t count, at = 0;
	int r = journal_segment_list(directory, &segments, &count, NULL);

	if (r < 0)
		return r;
	while (at < count && segments[at].first <= sequence)
		at++;
	if (at == 0)
		return 0;
	*ret_segment = segments[at - 1];
	*ret_before = at > 1 ? segments[at - 2] : (struct journal_segment){};
	return 1;
}

/* A segment's header; where that is damaged, the nearest good one before it: damage in one line
 * must not hold up the events behind it. */
static int find_header(const struct source *source, const struct journal_segment *segment,
		       struct journal_header *ret_header)
{
	_cleanup_free_ struct journal_segment *segments = NULL;
	size_t count;
	int r = journal_segment_header(source->directory, segment, ret_header);

	if (r != -EBADMSG)
		return r;
	r = journal_segment_list(source->directory, &segments, &count, NULL);
	if (r < 0)
		return r;
	while (count > 0 && !is_same(&segments[count - 1], segment))
		count--;
	while (count > 1)
		if (journal_segment_header(source->directory, &segments[--count - 1], ret_header) ==
		    0)
			return 0;
	*ret_header = (struct journal_header){};
	memset(ret_header->host, '0', JOURNAL_ID_SIZE - 1);
	memset(ret_header->epoch, '0', JOURNAL_ID_SIZE - 1);
	return 0;
}

/* Damage in the newest segment may be a write that we saw half of: it is looked at once more. 1: it
 * is not to be believed yet, go on. 0: it is damage. -errno. */
static int look_again(struct source *source)
{
	const struct timespec pause = {.tv_nsec = JOURNAL_WATCH_SETTLE_MS * 1000000L};
	const struct journal_segment segment = source->cursor.segment;
	const uint64_t line = source->cursor.line;
	struct journal_segment newest, before;
	bool known;
	int r;

	if (is_same(&source->damaged_segment, &segment) && line <= source->damaged_line)
		return 0;
	r = source_segment(source->directory, UINT64_MAX, &newest, &before);
	if (r <= 0)
		return r;
	if (!is_same(&newest, &segment))
		return 0;
	nanosleep(&pause, NULL);
	/* The same place, seen once more, is believed. */
	source->damaged_segment = segment;
	source->damaged_line = line;
	r = source_seek(source, &source->position, &known);
	if (r < 0)
		return r;
	return known ? 1 : -ESTALE;
}

/* The journal was deleted under us: what goes on is another one. */
static bool is_gone(const struct source *source)
{
	struct stat status;

	return source->cursor.fd >= 0 && fstat(source->cursor.fd, &status) == 0 &&
	       status.st_nlink == 0;
}

static int next_good(struct source *source, struct journal_record *ret_record,
		     struct journal_span *ret_line)
{
	for (;;) {
		int r = is_gone(source)
				? -ESTALE
				: journal_cursor_next(&source->cursor, ret_record, ret_line);

		if (r >= 0 || r == -ESTALE)
			return r;
		if (r == -EBADMSG) {
			r = look_again(source);
			if (r > 0)
				continue;
		} else if (source->tolerant) {
			r = 0;
		}
		if (r < 0)
			return r;
		/* Damage has events of its own, and a verifier. */
		source->damaged++;
	}
}

static int enter_segment(struct source *source)
{
	int r = find_header(source, &source->cursor.segment, &source->header);

	if (r < 0)
		return r;
	leave_segment(source);
	/* The cursor may be in the next one before this one's last event is flushed. */
	source->fd = fcntl(source->cursor.fd, F_DUPFD_CLOEXEC, 0);
	if (source->fd < 0)
		return -errno;
	source->segment = source->cursor.segment;
	return 0;
}

int source_next(struct source *source, struct journal_record *ret_record,
		struct journal_span *ret_line)
{
	const uint64_t before = source->position.head.sequence;
	int r = next_good(source, ret_record, ret_line);

	if (r <= 0)
		return r;
	if (!is_same(&source->segment, &source->cursor.segment)) {
		/* The end of the segment before is closed for us; its writer tells that it is on
		 * the disk. If not, it may stand in this one once more. */
		if (source->segment.first > 0 && before > source->durable &&
		    ret_record->synced < before)
			return -ESTALE;
		r = enter_segment(source);
		if (r < 0)
			return r;
	}
	if (ret_record->synced > source->durable || ret_record->sequence <= before)
		source->durable = ret_record->synced;
	source->end = source->cursor.lines.line_offset;
	source->position.head.sequence = ret_record->sequence;
	memcpy(source->position.head.hash, ret_record->hash, JOURNAL_HASH_SIZE);
	memcpy(source->position.host, source->header.host, JOURNAL_ID_SIZE);
	memcpy(source->position.epoch, source->header.epoch, JOURNAL_ID_SIZE);
	return 1;
}

/* Reads forward to the event. 1: there it is. 0: it isn't. */
static int seek(struct source *source, const struct acknowledged *acknowledged)
{
	struct journal_segment segment, before;
	struct journal_header header;
	struct journal_record record;
	struct journal_span line;
	int r = source_segment(source->directory, acknowledged->head.sequence, &segment, &before);

	if (r <= 0)
		return r;
	r = find_header(source, &segment, &header);
	if (r < 0)
		return r;
	if (strcmp(header.host, acknowledged->host) != 0 ||
	    strcmp(header.epoch, acknowledged->epoch) != 0)
		return 0;
	rewind_to(source, &before);
	/* Damage on the way was looked at, or is on the way to what was acknowledged. */
	do {
		r = journal_cursor_next(&source->cursor, &record, &line);
		if (r == -EBADMSG || (r < 0 && source->tolerant)) {
			record.sequence = 0;
			r = 1;
		}
	} while (r > 0 && record.sequence < acknowledged->head.sequence);
	if (r <= 0)
		return r;
	if (record.sequence != acknowledged->head.sequence ||
	    memcmp(record.hash, acknowledged->head.hash, JOURNAL_HASH_SIZE) != 0)
		return 0;
	source->durable = record.synced;
	r = enter_segment(source);
	return r < 0 ? r : 1;
}

int source_seek(struct source *source, const struct acknowledged *acknowledged, bool *ret_known)
{
	static const struct journal_segment none;
	const struct acknowledged wanted = *acknowledged; /* may be our own position */
	int r = 1;

	if (wanted.head.sequence > 0) {
		r = seek(source, &wanted);
		if (r < 0)
			return r;
	}
	if (r == 0 || wanted.head.sequence == 0)
		rewind_to(source, &none);
	source->position = r > 0 ? wanted : (struct acknowledged){};
	*ret_known = r > 0;
	return 0;
}

int source_back(struct source *source, uint64_t count)
{
	const uint64_t reached = source->position.head.sequence;
	const uint64_t wanted = reached > count ? reached - count : 0;
	struct journal_segment segment, before = {};
	struct journal_record record = {};
	struct journal_span line;
	int r = source_segment(source->directory, wanted, &segment, &before);

	if (r < 0)
		return r;
	rewind_to(source, &before);
	source->position = (struct acknowledged){};
	do {
		r = wanted > 0 ? source_next(source, &record, &line) : 0;
	} while (r > 0 && record.sequence < wanted);
	return r < 0 ? r : 0;
}

/* The disk refused it after it was read, and its writer took it back. */
static bool is_cut_off(const struct source *source)
{
	struct stat status;

	return fstat(source->fd, &status) < 0 || (uint64_t)status.st_size < source->end;
}

int source_flush(struct source *source)
{
	const uint64_t last = source->position.head.sequence;
	const uint64_t reads =
		is_same(&source->segment, &source->cursor.segment) ? source->cursor.lines.reads : 0;

	if (last <= source->durable)
		return 0;
	if (source->fd < 0 || is_cut_off(source))
		return -ESTALE;
	/* One flush for all that was read before it: the collector's disk may be the same. */
	if (reads == 0 || reads != source->flushed) {
		if (fdatasync(source->fd) < 0)
			return -errno;
		source->flushed = reads;
	}
	source->durable = last;
	return 0;
}

int source_newest(const struct source *source, uint64_t *ret_sequence)
{
	_cleanup_free_ struct journal_cursor *cursor = NULL;
	struct journal_segment segment, before = {};
	struct journal_record record = {};
	struct journal_span line;
	uint64_t newest = 0;
	int r = source_segment(source->directory, UINT64_MAX, &segment, &before);

	if (r < 0)
		return r;
	cursor = calloc(1, sizeof(*cursor));
	if (!cursor)
		return -ENOMEM;
	journal_cursor_begin(cursor, source->directory, true);
	cursor->segment = before;
	/* Damage is passed over; a file that can't be read has no number to tell. */
	while (r > 0 || r == -EBADMSG) {
		r = journal_cursor_next(cursor, &record, &line);
		if (r > 0)
			newest = record.sequence;
	}
	journal_cursor_end(cursor);
	*ret_sequence = newest;
	return r < 0 ? r : 0;
}

void source_noticed(const struct source *source)
{
	char events[4096];

	/* Which files they name does not matter: everything new is read. */
	while (read(source->watch, events, sizeof(events)) > 0)
		;
}

int source_identity(const struct source *source, struct journal_header *ret_header)
{
	struct journal_segment segment, before;
	int r = source_segment(source->directory, UINT64_MAX, &segment, &before);

	if (r <= 0)
		return r < 0 ? r : -ENOENT;
	return journal_segment_header(source->directory, &segment, ret_header);
}

int source_before(int directory, uint64_t sequence, struct acknowledged *ret_position)
{
	_cleanup_free_ struct journal_cursor *cursor = NULL;
	struct journal_segment segment, before = {};
	struct acknowledged position = {};
	struct journal_record record = {};
	struct journal_header header;
	struct journal_span line;
	int r = source_segment(directory, sequence, &segment, &before);

	if (r <= 0)
		return r < 0 ? r : -ENOENT;
	cursor = calloc(1, sizeof(*cursor));
	if (!cursor)
		return -ENOMEM;
	journal_cursor_begin(cursor, directory, false);
	cursor->segment = before;
	while (r != 0 && record.sequence < sequence)
		r = journal_cursor_next(cursor, &record, &line);
	r = r > 0 && record.sequence == sequence
		    ? journal_segment_header(directory, &cursor->segment, &header)
		    : -ENOENT;
	journal_cursor_end(cursor);
	if (r < 0)
		return r;
	memcpy(position.host, header.host, sizeof(position.host));
	memcpy(position.epoch, header.epoch, sizeof(position.epoch));
	position.head.sequence = sequence - 1;
	memcpy(position.head.hash, record.previous, JOURNAL_HASH_SIZE);
	*ret_position = position;
	return 0;
}
