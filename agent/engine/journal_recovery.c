#include "journal_recovery.h"

#include "cleanup.h"
#include "file.h"
#include "filedigest.h"
#include "journal_chain.h"
#include "journal_lines.h"
#include "number.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>

#define SECTOR	   512
#define DIGEST_MAX 67108864u /* bytes of a file whose digest is told: 64 MiB */

/* More than any segment can hold: numbers that may have been given out are not given again. */
#define JUMP 65536

/* The finding that stands first in the newest segment. */
struct first_finding {
	const char *file;
	bool found;
	struct journal_finding finding;
};

static void remember_first(void *user, const struct journal_finding *finding)
{
	struct first_finding *first = user;

	if (strcmp(finding->file, first->file) != 0 ||
	    (first->found && finding->offset >= first->finding.offset))
		return;
	first->found = true;
	first->finding = *finding;
}

static int new_epoch(struct journal_store *store)
{
	uint8_t bytes[(JOURNAL_ID_SIZE - 1) / 2];

	if (getrandom(bytes, sizeof(bytes), 0) != (ssize_t)sizeof(bytes))
		return -EIO;
	hex_format(bytes, sizeof(bytes), store->epoch);
	return 0;
}

/* After a power cut single sectors of what was not flushed may be missing: zeros up to the end of a
 * sector, from the beginning of one or, in the sector that was flushed with fewer lines in it, from
 * @offset. No other accident and no altered line looks like that. */
static bool has_lost_sector(int fd, uint64_t offset)
{
	char bytes[JOURNAL_LINE_MAX];
	ssize_t count = file_read_at(fd, bytes, sizeof(bytes), (off_t)offset);
	const char *zero = count > 0 ? memchr(bytes, '\0', (size_t)count) : NULL;
	uint64_t begin, end;

	if (!zero)
		return false;
	begin = offset + (uint64_t)(zero - bytes);
	end = begin;
	while (end < offset + (uint64_t)count && bytes[end - offset] == '\0')
		end++;
	if (begin != offset && begin % SECTOR != 0)
		return false;
	if (end == offset + (uint64_t)count) /* zeros beyond what we look at */
		return end - begin >= SECTOR;
	return end % SECTOR == 0;
}

/* Unfinished, not damaged: nothing after the first bad line was written by somebody who knew that
 * line to be on the disk. */
static bool is_torn(int fd, const struct journal_chain *chain, const struct first_finding *first)
{
	if (chain->sound_end == 0)
		return false;
	if (first->finding.damage == JOURNAL_TORN)
		return true;
	return first->finding.damage == JOURNAL_ALTERED &&
	       chain->synced_after <= chain->sound.sequence &&
	       has_lost_sector(fd, chain->sound_end);
}

static int set_text(json_t *fields, const char *key, const char *value)
{
	return json_object_set_new(fields, key, json_string(value));
}

static int set_number(json_t *fields, const char *key, uint64_t value)
{
	char text[24];

	snprintf(text, sizeof(text), "%" PRIu64, value);
	return set_text(fields, key, text);
}

static int set_hash(json_t *fields, const char *key, const uint8_t hash[static JOURNAL_HASH_SIZE])
{
	char text[2 * JOURNAL_HASH_SIZE + 1];

	hex_format(hash, JOURNAL_HASH_SIZE, text);
	return set_text(fields, key, text);
}

static int notice_break(struct journal_verdict *verdict, int fd, const char *file,
			const struct journal_chain *chain, const char *damage, uint64_t line)
{
	uint8_t digest[JOURNAL_HASH_SIZE];
	int r = 0;

	verdict->fields = json_object();
	if (!verdict->fields)
		return -ENOMEM;
	verdict->has_notice = true;
	verdict->kind = EVENT_STORE_BREAK;
	r |= set_text(verdict->fields, "damage", damage);
	r |= set_text(verdict->fields, "file", file);
	r |= set_number(verdict->fields, "line", line);
	r |= set_number(verdict->fields, "last_good", chain->sound.sequence);
	r |= set_hash(verdict->fields, "last_good_hash", chain->sound.hash);
	if (fd >= 0 && filedigest(fd, DIGEST_MAX, digest) == 0)
		r |= set_hash(verdict->fields, "sha256", digest);
	return r < 0 ? -ENOMEM : 0;
}

/* Where numbers go on after a segment that stays as it is: after every line in it. */
static void continue_after(struct journal_verdict *verdict, const struct journal_chain *chain,
			   bool unreadable)
{
	uint64_t next = chain->head.sequence + chain->bad_lines;
	uint64_t known = chain->sound.sequence;

	if (known < verdict->segment.first - 1)
		known = verdict->segment.first - 1;
	verdict->head = chain->head;
	verdict->head.sequence = unreadable ? next + JUMP : next;
	/* A number out of all proportion was not given out by us. */
	if (!unreadable && next > known + JUMP) {
		verdict->head = chain->sound;
		verdict->head.sequence = known + JUMP;
	}
}

static int recover_torn(struct journal_store *store, struct journal_verdict *verdict,
			const struct journal_chain *chain, struct journal_recovery *recovery)
{
	uint64_t bytes = 0;
	int moved;
	int r = 0;

	moved = journal_store_set_aside(store, &verdict->segment, chain->sound_end, &bytes);
	recovery->torn = true;
	recovery->torn_bytes = bytes;
	verdict->reason = JOURNAL_REASON_TORN;
	verdict->head = chain->sound;
	verdict->fields = json_object();
	if (!verdict->fields)
		return -ENOMEM;
	verdict->has_notice = true;
	verdict->kind = EVENT_STORE_TORN;
	r |= set_text(verdict->fields, "file", recovery->file);
	r |= set_number(verdict->fields, "offset", chain->sound_end);
	r |= set_number(verdict->fields, "bytes", bytes);
	if (moved < 0)
		r |= set_text(verdict->fields, "error", strerrorname_np(-moved));
	return r < 0 ? -ENOMEM : 0;
}

static int recover_newest(struct journal_store *store, int fd, int readable,
			  const struct journal_chain *chain, const struct first_finding *first,
			  struct journal_verdict *verdict, struct journal_recovery *recovery)
{
	const char *damage;

	verdict->head = chain->head;
	if (readable == 0 && !chain->unsound && strcmp(chain->host, store->host) == 0) {
		verdict->resume = true;
		verdict->reason = JOURNAL_REASON_FULL;
		verdict->offset = chain->sound_end;
		return 0;
	}
	journal_segment_name(&verdict->segment, recovery->file);
	if (readable == 0 && chain->unsound && is_torn(fd, chain, first))
		return recover_torn(store, verdict, chain, recovery);
	recovery->broken = true;
	verdict->reason = JOURNAL_REASON_BREAK;
	continue_after(verdict, chain, readable < 0);
	damage = !chain->unsound ? "host" : journal_damage_name(first->finding.damage);
	return notice_break(verdict, fd, recovery->file, chain, damage, first->finding.line);
}

/* No segment at all: the first start, unless the reserve tells of an earlier one. */
static int recover_nothing(struct journal_store *store, struct journal_verdict *verdict,
			   struct journal_recovery *recovery)
{
	const struct journal_chain empty = {};
	struct stat status;

	verdict->reason = JOURNAL_REASON_START;
	if (fstatat(store->dirfd, JOURNAL_RESERVE_NAME, &status, AT_SYMLINK_NOFOLLOW) < 0) {
		recovery->fresh = true;
		return 0;
	}
	recovery->broken = true;
	return notice_break(verdict, -1, "", &empty, journal_damage_name(JOURNAL_MISSING), 0);
}

/* Feeds one segment; -errno if it can't be read. */
static int feed(struct journal_store *store, const struct journal_segment *segment,
		const struct journal_header *next, struct journal_chain *chain, int *ret_fd)
{
	_cleanup_close_ int fd = -1;
	int r;

	journal_chain_segment(chain, segment, next);
	r = journal_segment_open(store->dirfd, segment, false, &fd);
	if (r < 0)
		journal_chain_unreadable(chain);
	else
		r = journal_lines_feed(fd, UINT64_MAX, chain);
	*ret_fd = steal_fd(&fd);
	return r;
}

int journal_recover(struct journal_store *store, struct journal_verdict *ret_verdict,
		    struct journal_recovery *ret_recovery)
{
	_cleanup_free_ struct journal_segment *segments = NULL;
	_cleanup_close_ int newest = -1;
	struct journal_verdict verdict = {};
	struct journal_recovery recovery = {};
	struct journal_chain chain;
	char file[JOURNAL_NAME_SIZE];
	struct first_finding first = {.file = file};
	size_t count;
	int readable, r;

	r = journal_segment_list(store->dirfd, &segments, &count, &recovery.foreign);
	if (r < 0)
		return r;
	journal_chain_begin_within(&chain, remember_first, &first);
	file[0] = '\0';
	if (count > 1) {
		_cleanup_close_ int before = -1;
		struct journal_header next;
		bool known = journal_segment_header(store->dirfd, &segments[count - 1], &next) == 0;

		feed(store, &segments[count - 2], known ? &next : NULL, &chain, &before);
	}
	if (count > 0) {
		verdict.segment = segments[count - 1];
		journal_segment_name(&verdict.segment, file);
		readable = feed(store, &verdict.segment, NULL, &chain, &newest);
		journal_chain_end(&chain);
		memcpy(store->epoch, chain.epoch, sizeof(store->epoch));
		r = recover_newest(store, newest, readable, &chain, &first, &verdict, &recovery);
	} else {
		r = recover_nothing(store, &verdict, &recovery);
	}
	if (r == 0 && (count == 0 || !chain.have_origin))
		r = new_epoch(store);
	if (r < 0) {
		json_decref(verdict.fields);
		return r;
	}
	*ret_verdict = verdict;
	*ret_recovery = recovery;
	return 0;
}

struct walk {
	struct journal_head head; /* of the last line */
	uint64_t end; /* of it in the file */
	uint64_t synced; /* what it says */
};

/* Reads sound lines up to the byte @limit and the record @last. */
static int walk(int fd, uint64_t limit, uint64_t last, struct walk *ret_walk)
{
	struct journal_header header;
	struct journal_record record;
	struct journal_lines lines;
	struct walk walk = {};
	const char *line;
	uint64_t offset;
	size_t length;
	int r;

	journal_lines_begin(&lines, fd, 0);
	lines.limit = limit;
	while ((r = journal_lines_next(&lines, &line, &length, &offset)) > 0) {
		if (walk.end == 0) {
			r = journal_parse_header(line, length, &header);
			walk.head.sequence = header.first - 1;
			memcpy(walk.head.hash, header.previous, JOURNAL_HASH_SIZE);
		} else {
			r = journal_parse_event(line, length, &record);
			if (r == 0 && record.sequence > last)
				break;
			walk.head.sequence = record.sequence;
			walk.synced = record.synced;
			memcpy(walk.head.hash, record.hash, JOURNAL_HASH_SIZE);
		}
		if (r < 0)
			return r;
		walk.end = offset + length + 1;
	}
	if (r == 0)
		*ret_walk = walk;
	return r;
}

int journal_recover_unflushed(int fd, const struct journal_verdict *verdict, char *bytes,
			      size_t size, struct journal_head *ret_head, size_t *ret_length)
{
	struct walk all = {}, flushed = {};
	size_t length;
	ssize_t count;
	int r;

	r = walk(fd, verdict->offset, UINT64_MAX, &all);
	if (r == 0)
		r = walk(fd, verdict->offset, all.synced, &flushed);
	if (r < 0)
		return r;
	if (verdict->offset - flushed.end > size)
		return -EMSGSIZE;
	length = (size_t)(verdict->offset - flushed.end);
	count = file_read_at(fd, bytes, length, (off_t)flushed.end);
	if (count != (ssize_t)length)
		return count < 0 ? (int)count : -EIO;
	*ret_head = flushed.head;
	*ret_length = length;
	return 0;
}
