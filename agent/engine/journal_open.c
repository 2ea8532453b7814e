#include "journal_state.h"

#include "journal_recovery.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

/* The disk does not say that the newest segment's last group is on it: .group, which follows
 * @flushed. It is written again, like one of our own. */
static void inherit(struct journal *journal, const struct journal_head *flushed)
{
	journal->next_reason = JOURNAL_REASON_FAULT;
	journal->durable = *flushed;
	journal->inherited_head = journal->head;
	journal->inherited_length = journal->group_length;
}

/* What an earlier life left in the page cache is about to be called durable. That life may have
 * been told of a failed write already: the kernel tells an error once and takes the pages for clean
 * then, and a flush by us alone would say that all is well. So the same bytes are written to the
 * same place first. Nor may its name be on the disk yet, if that life was killed right behind the
 * rename. What can't even be read stays where it is. */
static int make_durable(struct journal *journal, const struct journal_verdict *verdict)
{
	const struct journal_io *io = journal->store.io;
	int fd = journal->active.fd;
	struct journal_head flushed;
	size_t length;
	bool readable;
	int r = 0;

	readable = journal_recover_unflushed(fd, verdict, journal->group, sizeof(journal->group),
					     &flushed, &length) == 0;
	if (readable)
		r = io->write(io->user, fd, journal->group, length, verdict->offset - length);
	if (r == 0)
		r = io->flush(io->user, fd);
	if (r == 0)
		r = io->sync(io->user, journal->store.dirfd);
	if (r < 0 && readable) {
		journal->group_length = length;
		inherit(journal, &flushed);
	}
	return r;
}

/* Takes up the newest segment where it ends. */
static int resume(struct journal *journal, const struct journal_verdict *verdict)
{
	struct journal_active *active = &journal->active;
	off_t size;
	int r;

	r = journal_segment_open(journal->store.dirfd, &verdict->segment, true, &active->fd);
	if (r < 0)
		return r;
	size = lseek(active->fd, 0, SEEK_END);
	r = size < 0 ? -errno : make_durable(journal, verdict);
	if (r < 0) {
		close(active->fd);
		active->fd = -1;
		return r;
	}
	active->segment = verdict->segment;
	active->offset = verdict->offset;
	active->size = (uint64_t)size;
	active->reserve = active->size < journal->store.segment_size;
	return 0;
}

/* Starts to write where recovery left off. A full or failing disk is told by journal_append. */
static void start(struct journal *journal, const struct journal_verdict *verdict)
{
	journal->durable = verdict->head;
	journal->head = verdict->head;
	journal->next_reason = verdict->reason;
	if (verdict->has_notice)
		journal_notice(journal, verdict->kind, verdict->fields);
	if (verdict->resume && resume(journal, verdict) == 0)
		return;
	if (journal_make_room(journal, 0) == 0)
		journal_commit(journal);
}

static int set_up(struct journal *journal, const char *path, const struct journal_options *options)
{
	struct journal_store *store = &journal->store;
	size_t smaller;

	if (strlen(options->host) != JOURNAL_ID_SIZE - 1 ||
	    strlen(options->boot) != JOURNAL_ID_SIZE - 1)
		return -EINVAL;
	memcpy(store->host, options->host, JOURNAL_ID_SIZE);
	memcpy(journal->boot, options->boot, JOURNAL_ID_SIZE);
	journal->appended = options->appended;
	journal->user = options->user;
	store->io = options->io ? options->io : &journal_io_real;
	store->segment_size = options->segment_size ? options->segment_size : JOURNAL_SEGMENT_SIZE;
	store->reserve_size = options->reserve_size ? options->reserve_size : JOURNAL_RESERVE_SIZE;
	smaller = store->segment_size < store->reserve_size ? store->segment_size
							    : store->reserve_size;
	if (smaller < (size_t)4 * JOURNAL_LINE_MAX)
		return -EINVAL;
	/* A group written again needs its place in a new segment, beside header and notices. */
	journal->group_max = smaller / 2 < JOURNAL_GROUP_MAX ? smaller / 2 : JOURNAL_GROUP_MAX;
	store->dirfd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (store->dirfd < 0)
		return -errno;
	return flock(store->dirfd, LOCK_EX | LOCK_NB) < 0 ? -errno : 0;
}

int journal_open(const char *path, const struct journal_options *options,
		 struct journal **ret_journal, struct journal_recovery *ret_recovery)
{
	struct journal *journal = calloc(1, sizeof(*journal));
	struct journal_verdict verdict = {};
	struct journal_recovery recovery;
	int r;

	if (!journal)
		return -ENOMEM;
	journal->active.fd = -1;
	journal->store.dirfd = -1;
	r = set_up(journal, path, options);
	if (r == 0)
		r = journal_recover(&journal->store, &verdict, &recovery);
	if (r < 0) {
		journal_close(journal);
		return r;
	}
	start(journal, &verdict);
	recovery.reserve_missing = journal_keep_reserve(journal) < 0;
	*ret_journal = journal;
	*ret_recovery = recovery;
	return 0;
}

void journal_close(struct journal *journal)
{
	if (!journal)
		return;
	journal_commit(journal);
	if (journal->active.fd >= 0)
		close(journal->active.fd);
	if (journal->store.dirfd >= 0)
		close(journal->store.dirfd);
	for (size_t i = 0; i < journal->n_notices; i++)
		json_decref(journal->notices[i].fields);
	free(journal);
}
