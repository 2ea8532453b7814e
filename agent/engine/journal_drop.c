/* Old segments go: told first, durably, then taken away; whoever calls seals in between. A crash
 * before the last step leaves the files, and the next life tells of them once more: what an earlier
 * one told it could only have sealed as something that it found (sealed_vouches). */
#include "journal_state.h"

#include "cleanup.h"
#include "journal_dropped.h"
#include "journal_lines.h"
#include "number.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define LINES_LOOKED_AT 64 /* for the time of one that was not told late */

/* The files that go together, and the one after them. */
struct group {
	struct journal_segment *segments; /* the caller's */
	size_t count; /* of those that go */
	size_t all; /* of those there are */
	struct journal_header next;
	uint64_t bytes; /* of them */
	uint64_t total; /* of all there are */
};

static void free_group(struct group *group)
{
	free(group->segments);
}

static int add_size(const struct journal *journal, const struct journal_segment *segment,
		    uint64_t *bytes)
{
	char name[JOURNAL_NAME_SIZE];
	struct stat status;

	journal_segment_name(segment, name);
	if (fstatat(journal->store.dirfd, name, &status, AT_SYMLINK_NOFOLLOW) < 0)
		return -errno;
	*bytes += (uint64_t)status.st_size;
	return 0;
}

static int add_sizes(const struct journal *journal, struct group *group)
{
	int r = 0;

	for (size_t i = 0; i < group->all && r == 0; i++) {
		r = add_size(journal, &group->segments[i], &group->total);
		if (i + 1 == group->count)
			group->bytes = group->total;
	}
	return r;
}

/* -ENOENT: there is none that may go. -EBADMSG: the header after it is damaged. */
static int find_group(const struct journal *journal, struct group *group)
{
	int r = journal_segment_list(journal->store.dirfd, &group->segments, &group->all, NULL);

	if (r < 0)
		return r;
	for (group->count = 1; group->count < group->all; group->count++)
		if (group->segments[group->count].first > group->segments[0].first)
			break;
	/* A segment begun after a disk error is one like others: the newest file stays. */
	if (group->count >= group->all)
		return -ENOENT;
	r = add_sizes(journal, group);
	if (r < 0)
		return r;
	return journal_segment_header(journal->store.dirfd, &group->segments[group->count],
				      &group->next);
}

/* When the segment's first event happened. What was told late may be as old as it likes. -ENOENT:
 * there is no other one. */
static int first_time(const struct journal *journal, const struct journal_segment *segment,
		      uint64_t *ret_us)
{
	_cleanup_free_ struct journal_lines *lines = NULL;
	_cleanup_close_ int fd = -1;
	struct journal_record record;
	const char *line;
	uint64_t offset;
	size_t length;
	int r;

	r = journal_segment_open(journal->store.dirfd, segment, false, &fd);
	if (r < 0)
		return r;
	lines = malloc(sizeof(*lines));
	if (!lines)
		return -ENOMEM;
	journal_lines_begin(lines, fd, 0);
	for (int i = 0; i < LINES_LOOKED_AT; i++) {
		r = journal_lines_next(lines, &line, &length, &offset);
		if (r <= 0)
			return r < 0 ? r : -ENOENT;
		if (i == 0 || journal_parse_event(line, length, &record) < 0 || record.late)
			continue;
		*ret_us = (uint64_t)journal_time_us(&record.time);
		return 0;
	}
	return -ENOENT;
}

/* When something happened after the group: UINT64_MAX if nothing says when. */
static int time_after(const struct journal *journal, const struct group *group, uint64_t *ret_us)
{
	int r = -ENOENT;

	for (size_t i = group->count; i < group->all && r == -ENOENT; i++)
		r = first_time(journal, &group->segments[i], ret_us);
	if (r == -ENOENT)
		*ret_us = UINT64_MAX;
	return r == -ENOENT ? 0 : r;
}

bool journal_is(const struct journal *journal, const char *host, const char *epoch)
{
	return strcmp(journal->store.host, host) == 0 && strcmp(journal->store.epoch, epoch) == 0;
}

int journal_oldest(const struct journal *journal, struct journal_oldest *ret_oldest)
{
	_cleanup_(free_group) struct group group = {};
	struct journal_header header;
	int r = find_group(journal, &group);

	if (r == -ENOENT)
		return r;
	*ret_oldest = (struct journal_oldest){};
	if (group.segments)
		journal_segment_name(&group.segments[r < 0 ? group.count : 0], ret_oldest->file);
	if (r < 0)
		return r;
	r = journal_segment_header(journal->store.dirfd, &group.segments[0], &header);
	if (r < 0)
		return r;
	memcpy(ret_oldest->host, header.host, sizeof(header.host));
	memcpy(ret_oldest->epoch, header.epoch, sizeof(header.epoch));
	ret_oldest->first = header.first;
	ret_oldest->last = group.next.first - 1;
	ret_oldest->bytes = group.total;
	return time_after(journal, &group, &ret_oldest->next_us);
}

static void count_finding(void *user, const struct journal_finding *finding)
{
	(void)finding;
	++*(unsigned int *)user;
}

/* Is it, from end to end, what the next segment follows? Damage is not taken away. */
static int look_through(const struct journal *journal, const struct group *group)
{
	_cleanup_free_ struct journal_chain *chain = malloc(sizeof(*chain));
	unsigned int findings = 0;

	if (!chain)
		return -ENOMEM;
	journal_chain_begin_within(chain, count_finding, &findings);
	for (size_t i = 0; i < group->count; i++) {
		struct journal_header next = group->next;
		int r = 0;

		if (i + 1 < group->count)
			r = journal_segment_header(journal->store.dirfd, &group->segments[i + 1],
						   &next);
		r = journal_feed(journal, &group->segments[i], r == 0 ? &next : NULL, chain);
		if (r < 0)
			return r;
	}
	journal_chain_end(chain);
	if (findings > 0 || chain->head.sequence != group->next.first - 1 ||
	    memcmp(chain->head.hash, group->next.previous, JOURNAL_HASH_SIZE) != 0)
		return -EUCLEAN;
	return 0;
}

static int tell(struct journal *journal, const struct journal_dropped *dropped,
		const struct journal_cause *cause, const struct group *group)
{
	_cleanup_event_ struct event event = {};
	struct journal_entry entry = {.kind = event_rows[EVENT_STORE_DROPPED].name};
	char hash[2 * JOURNAL_HASH_SIZE + 1];
	int r = journal_make_room_now(journal, 0);

	if (r == 0)
		r = event_begin(&event, EVENT_STORE_DROPPED);
	if (r < 0)
		return r;
	hex_format(dropped->last.hash, JOURNAL_HASH_SIZE, hash);
	event_set_number(&event, "first", dropped->first);
	event_set_number(&event, "last", dropped->last.sequence);
	event_set(&event, "hash", hash);
	event_set(&event, "mark", cause->mark);
	event_set(&event, "reason", cause->reason);
	event_set_number(&event, "files", group->count);
	event_set_number(&event, "bytes", group->bytes);
	if (event.error < 0)
		return event.error;
	event_check_fields(event.kind, event.fields);
	entry.fields = event.fields;
	entry.id = event.id;
	entry.time_us = journal->store.io->realtime_us(journal->store.io->user);
	return journal_chain_entry(journal, &entry);
}

static void close_directory(DIR **directory)
{
	if (*directory)
		closedir(*directory);
}

/* What was set aside of a segment goes with it. */
static int remove_torn(int dirfd, const char *name)
{
	_cleanup_(close_directory) DIR *directory = NULL;
	_cleanup_close_ int fd = openat(dirfd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	const struct dirent *entry;

	directory = fd < 0 ? NULL : fdopendir(fd);
	if (!directory)
		return -errno;
	steal_fd(&fd);
	while ((entry = readdir(directory)))
		if (strncmp(entry->d_name, name, strlen(name)) == 0 &&
		    strncmp(entry->d_name + strlen(name), ".torn", 5) == 0 &&
		    unlinkat(dirfd, entry->d_name, 0) < 0)
			return -errno;
	return 0;
}

/* From the oldest on: whatever is left after a crash is the end of what was told. */
static int unlink_group(const struct journal *journal, const struct group *group)
{
	const struct journal_store *store = &journal->store;
	char name[JOURNAL_NAME_SIZE];

	for (size_t i = 0; i < group->count; i++) {
		int r;

		journal_segment_name(&group->segments[i], name);
		r = remove_torn(store->dirfd, name);
		if (r < 0)
			return r;
		if (unlinkat(store->dirfd, name, 0) < 0)
			return -errno;
	}
	return store->io->sync(store->io->user, store->dirfd);
}

/* The group that is @oldest, and its last record. -ESTALE: it is another one by now. */
static int find_oldest(const struct journal *journal, const struct journal_oldest *oldest,
		       struct group *group, struct journal_head *ret_last)
{
	int r = find_group(journal, group);

	if (r < 0)
		return r;
	if (group->segments[0].first != oldest->first || group->next.first - 1 != oldest->last)
		return -ESTALE;
	ret_last->sequence = oldest->last;
	memcpy(ret_last->hash, group->next.previous, JOURNAL_HASH_SIZE);
	return 0;
}

static bool is_told(const struct journal *journal, const struct journal_head *last)
{
	return journal->dropped.sequence == last->sequence &&
	       memcmp(journal->dropped.hash, last->hash, JOURNAL_HASH_SIZE) == 0;
}

int journal_tell_dropped(struct journal *journal, const struct journal_oldest *oldest,
			 const struct journal_cause *cause, const struct sealkeys *keys)
{
	_cleanup_(free_group) struct group group = {};
	struct journal_dropped dropped = {.first = oldest->first};
	struct journal_header header;
	int r = find_oldest(journal, oldest, &group, &dropped.last);

	if (r < 0 || is_told(journal, &dropped.last))
		return r;
	r = journal_segment_header(journal->store.dirfd, &group.segments[0], &header);
	if (r == 0)
		r = journal_account(journal, &header, keys);
	if (r == 0)
		r = look_through(journal, &group);
	if (r == 0)
		r = tell(journal, &dropped, cause, &group);
	if (r == 0)
		r = journal_commit(journal);
	if (r == 0)
		journal->dropped = dropped.last;
	return r;
}

int journal_take_away(struct journal *journal, const struct journal_oldest *oldest)
{
	_cleanup_(free_group) struct group group = {};
	struct journal_head last;
	int r = find_oldest(journal, oldest, &group, &last);

	if (r < 0)
		return r;
	if (!is_told(journal, &last))
		return -EPERM;
	journal->began = last;
	return unlink_group(journal, &group);
}
