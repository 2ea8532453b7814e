#include "journal.h"

#include "cleanup.h"
#include "event.h"
#include "journal_recovery.h"
#include "journal_store.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#define NOTICES_MAX 4

/* What the journal has to tell of itself as soon as it can. */
struct notice {
	enum event_kind kind;
	json_t *fields;
};

struct journal {
	struct journal_store store;
	struct journal_active active;
	enum journal_reason next_reason; /* of the segment to be begun when .active is none */
	char boot[JOURNAL_ID_SIZE];
	struct journal_head durable; /* flushed */
	struct journal_head head; /* appended */
	struct notice notices[NOTICES_MAX];
	size_t n_notices;
	size_t group_max;
	size_t group_length;
	/* What an earlier life wrote and this one could not flush: the group begins with it, and it
	 * is not forgotten, for it may have been acknowledged. */
	size_t inherited_length;
	struct journal_head inherited_head;
	/* What is appended and not flushed stays here until it is: it may have to be written again,
	 * together with the word of why. */
	char group[JOURNAL_GROUP_MAX + JOURNAL_LINE_MAX];
};

static void add_notice(struct journal *journal, enum event_kind kind, json_t *fields)
{
	if (!fields || journal->n_notices == NOTICES_MAX) {
		json_decref(fields);
		return;
	}
	journal->notices[journal->n_notices].kind = kind;
	journal->notices[journal->n_notices++].fields = fields;
}

static void notice_fault(struct journal *journal, int error, const char *what)
{
	add_notice(journal, EVENT_STORE_FAULT,
		   json_pack("{s:s, s:s}", "error", strerrorname_np(-error), "what", what));
}

/* Puts a line at the end of the group. */
static int chain_entry(struct journal *journal, struct journal_entry *entry)
{
	const struct journal_io *io = journal->store.io;
	char line[JOURNAL_LINE_MAX];
	struct journal_head next;
	size_t length;
	int r;

	entry->boot = journal->boot;
	entry->monotonic_us = io->monotonic_us(io->user);
	entry->synced = journal->durable.sequence;
	r = journal_format_event(entry, &journal->head, line, &length, &next);
	if (r < 0)
		return r;
	if (length > sizeof(journal->group) - journal->group_length)
		return -EMSGSIZE;
	memcpy(journal->group + journal->group_length, line, length);
	journal->group_length += length;
	journal->head = next;
	return 0;
}

static void chain_notices(struct journal *journal)
{
	for (size_t i = 0; i < journal->n_notices; i++) {
		struct notice *notice = &journal->notices[i];
		_cleanup_event_ struct event event = {};
		struct journal_entry entry = {
			.fields = notice->fields,
			.id = event.id,
			.kind = event_rows[notice->kind].name,
		};

		if (event_begin(&event, notice->kind) == 0) {
			entry.time_us = journal->store.io->realtime_us(journal->store.io->user);
			chain_entry(journal, &entry);
		}
		json_decref(notice->fields);
	}
	journal->n_notices = 0;
}

/* Begins a segment after what is durable; the group is empty or will be written again there. */
static int begin_segment(struct journal *journal, enum journal_reason reason)
{
	bool reserve;
	int r;

	r = journal_store_begin(&journal->store, &journal->durable, reason, &journal->active,
				&reserve);
	if (r < 0)
		return r;
	journal->next_reason = JOURNAL_REASON_FULL;
	if (reserve)
		notice_fault(journal, -ENOSPC, "no room for a segment: the reserve is in use");
	else
		journal_store_keep_reserve(&journal->store);
	return 0;
}

static uint64_t room(const struct journal *journal)
{
	uint64_t used = journal->active.offset + journal->group_length;

	return used < journal->active.size ? journal->active.size - used : 0;
}

/* Sees to it that a line of any length fits. */
static int make_room(struct journal *journal)
{
	int r;

	if (journal->inherited_length > 0) {
		r = journal_commit(journal);
		if (r < 0)
			return r;
	}
	if (journal->group_length + JOURNAL_LINE_MAX > journal->group_max)
		return -EAGAIN;
	if (journal->active.fd >= 0 && room(journal) >= JOURNAL_LINE_MAX)
		return 0;
	if (journal->group_length > 0)
		return -EAGAIN;
	journal_store_seal(&journal->store, &journal->active);
	r = begin_segment(journal, journal->next_reason);
	if (r < 0)
		return r;
	chain_notices(journal);
	return 0;
}

static bool is_id(const char *id)
{
	for (size_t i = 0; id[i]; i++)
		if (!((id[i] >= '0' && id[i] <= '9') || (id[i] >= 'a' && id[i] <= 'z') ||
		      (id[i] >= 'A' && id[i] <= 'Z') || id[i] == '-'))
			return false;
	return id[0] != '\0';
}

int journal_append(struct journal *journal, const struct record_request *request,
		   uint64_t *ret_sequence)
{
	struct journal_entry entry = {
		.id = request->id,
		.kind = request->kind,
		.late = request->late != 0,
		.time_us = request->time,
	};
	enum event_kind kind;
	json_error_t error;
	json_t *fields;
	int r;

	if (event_kind_from_name(request->kind, &kind) < 0 || !is_id(request->id))
		return -EBADMSG;
	fields = json_loads(request->fields, JSON_REJECT_DUPLICATES, &error);
	if (!json_is_object(fields)) {
		json_decref(fields);
		return -EBADMSG;
	}
	entry.fields = fields;
	r = make_room(journal);
	if (r == 0)
		r = chain_entry(journal, &entry);
	json_decref(fields);
	if (r == 0)
		*ret_sequence = journal->head.sequence;
	return r;
}

/* Gives up what can't be written: it was not acknowledged and must not be. What was inherited stays
 * for the next try. */
static void forget_group(struct journal *journal, int error)
{
	if (journal->n_notices == 0 && journal->inherited_length == 0)
		notice_fault(journal, error, "events were refused: they could not be written");
	if (journal->active.fd >= 0)
		close(journal->active.fd);
	journal->active.fd = -1;
	journal->next_reason = JOURNAL_REASON_FAULT;
	journal->head = journal->inherited_length > 0 ? journal->inherited_head : journal->durable;
	journal->group_length = journal->inherited_length;
}

static int write_group(struct journal *journal)
{
	const struct journal_io *io = journal->store.io;
	int r;

	r = io->write(io->user, journal->active.fd, journal->group, journal->group_length,
		      journal->active.offset);
	if (r == 0)
		r = io->flush(io->user, journal->active.fd);
	if (r < 0)
		return r;
	journal->active.offset += journal->group_length;
	journal->group_length = 0;
	journal->inherited_length = 0;
	journal->durable = journal->head;
	return 0;
}

/* The disk refused. Nobody knows how much of the group is on it, so the segment ends, for readers,
 * with what was durable, and the group stands in the next one. */
static int write_again(struct journal *journal, int error)
{
	int r;

	if (journal->active.fd >= 0)
		close(journal->active.fd);
	journal->active.fd = -1;
	r = begin_segment(journal, JOURNAL_REASON_FAULT);
	if (r < 0)
		return r;
	notice_fault(journal, error, "written again to a new segment");
	chain_notices(journal);
	if (room(journal) == 0)
		return -ENOSPC;
	return write_group(journal);
}

int journal_commit(struct journal *journal)
{
	int r;

	if (journal->group_length == 0)
		return 0;
	r = journal->active.fd >= 0 ? write_group(journal) : -EIO; /* inherited */
	if (r < 0)
		r = write_again(journal, r);
	if (r < 0)
		forget_group(journal, r);
	return r;
}

int journal_record(struct journal *journal, const struct record_request *request,
		   uint64_t *ret_sequence)
{
	uint64_t sequence;
	int r;

	r = journal_append(journal, request, &sequence);
	if (r == -EAGAIN) {
		r = journal_commit(journal);
		if (r == 0)
			r = journal_append(journal, request, &sequence);
	}
	if (r == 0)
		r = journal_commit(journal);
	if (r == 0)
		*ret_sequence = sequence;
	return r;
}

void journal_head(const struct journal *journal, struct journal_head *ret_head)
{
	*ret_head = journal->durable;
}

/* The disk does not say that the newest segment's last group is on it. It is written again, like
 * one of our own; what can't even be read stays where it is. */
static void inherit(struct journal *journal, const struct journal_verdict *verdict)
{
	struct journal_head flushed;

	if (journal_recover_unflushed(journal->active.fd, verdict, journal->group,
				      sizeof(journal->group), &flushed, &journal->group_length) < 0)
		return;
	journal->next_reason = JOURNAL_REASON_FAULT;
	journal->durable = flushed;
	journal->inherited_head = journal->head;
	journal->inherited_length = journal->group_length;
}

/* Takes up the newest segment where it ends. */
static int resume(struct journal *journal, const struct journal_verdict *verdict)
{
	const struct journal_io *io = journal->store.io;
	struct journal_active *active = &journal->active;
	off_t size;
	int r;

	r = journal_segment_open(journal->store.dirfd, &verdict->segment, true, &active->fd);
	if (r < 0)
		return r;
	size = lseek(active->fd, 0, SEEK_END);
	/* What a killed writer left in the page cache is about to be called durable. */
	r = size < 0 ? -errno : io->flush(io->user, active->fd);
	if (r < 0) {
		inherit(journal, verdict);
		close(active->fd);
		active->fd = -1;
		return r;
	}
	active->segment = verdict->segment;
	active->offset = verdict->offset;
	active->size = (uint64_t)size;
	return 0;
}

/* Starts to write where recovery left off. A full or failing disk is told by journal_append. */
static void start(struct journal *journal, const struct journal_verdict *verdict)
{
	journal->durable = verdict->head;
	journal->head = verdict->head;
	journal->next_reason = verdict->reason;
	if (verdict->has_notice)
		add_notice(journal, verdict->kind, verdict->fields);
	if (verdict->resume && resume(journal, verdict) == 0)
		return;
	if (make_room(journal) == 0)
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
	recovery.reserve_missing = journal_store_keep_reserve(&journal->store) < 0;
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
