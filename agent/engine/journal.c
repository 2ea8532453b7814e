#include "journal_state.h"

#include "cleanup.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

void journal_notice(struct journal *journal, enum event_kind kind, json_t *fields)
{
	if (!fields || journal->n_notices == JOURNAL_NOTICES_MAX) {
		json_decref(fields);
		return;
	}
	journal->notices[journal->n_notices].kind = kind;
	journal->notices[journal->n_notices++].fields = fields;
}

static void notice_fault(struct journal *journal, int error, const char *what)
{
	journal_notice(journal, EVENT_STORE_FAULT,
		       json_pack("{s:s, s:s}", "error", strerrorname_np(-error), "what", what));
}

int journal_chain_entry(struct journal *journal, struct journal_entry *entry)
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
		struct journal_notice *notice = &journal->notices[i];
		_cleanup_event_ struct event event = {};
		struct journal_entry entry = {
			.fields = notice->fields,
			.id = event.id,
			.kind = event_rows[notice->kind].name,
		};

		event_check_fields(notice->kind, notice->fields);
		if (event_begin(&event, notice->kind) == 0) {
			entry.time_us = journal->store.io->realtime_us(journal->store.io->user);
			journal_chain_entry(journal, &entry);
		}
		json_decref(notice->fields);
	}
	journal->n_notices = 0;
}

/* On ext4 each try waits for a commit of the file system's own journal, in which the blocks of the
 * last one become free again (fs/ext4/balloc.c, ext4_should_retry_alloc), and who asked waits with
 * it, with the spool still to write. So a disk that had no room is asked no more than how much it
 * has by now; and in case that is never the truth, it is tried now and then all the same. */
static bool is_still_full(const struct journal *journal)
{
	const struct journal_io *io = journal->store.io;
	uint64_t available;

	return journal->full_us > 0 &&
	       io->monotonic_us(io->user) - journal->full_us < JOURNAL_FULL_US &&
	       io->available(io->user, journal->store.dirfd, &available) == 0 &&
	       available < journal->store.segment_size;
}

int journal_keep_reserve(struct journal *journal)
{
	int r = journal_store_keep_reserve(&journal->store);

	/* What had no room for a segment may have had it for the reserve, which becomes one. */
	if (r == 0)
		journal->full_us = 0;
	if (r == 0 || journal_store_is_full(r))
		journal->wants_room = r < 0;
	return r;
}

/* Begins a segment after what is durable; the group is empty or will be written again there. */
static int begin_segment(struct journal *journal, enum journal_reason reason, bool spare)
{
	const struct journal_io *io = journal->store.io;
	int r;

	if (is_still_full(journal))
		return -ENOSPC;
	r = journal_store_begin(&journal->store, &journal->durable, reason, spare,
				&journal->active);
	if (spare && (journal_store_is_full(r) || (r == 0 && journal->active.reserve)))
		journal->wants_room = true;
	if (spare || r == 0)
		journal->full_us = r == -ENOSPC ? io->monotonic_us(io->user) : 0;
	if (r < 0)
		return r;
	journal->next_reason = JOURNAL_REASON_FULL;
	if (journal->active.reserve)
		notice_fault(journal, -ENOSPC, "no room for a segment: the reserve is in use");
	else
		journal_keep_reserve(journal);
	return 0;
}

/* The same for an empty group. If it fails the one before stays, for what it still takes; but
 * beside a next one, of which nobody knows whether it is there for good, it must not be written on.
 */
static int change_segment(struct journal *journal, bool spare)
{
	struct journal_active before = journal->active;
	int r = begin_segment(journal, journal->next_reason, spare);

	if (r < 0 && journal->active.fd >= 0)
		return r;
	journal_store_seal(&journal->store, &before);
	if (r == 0)
		chain_notices(journal);
	return r;
}

static uint64_t room(const struct journal *journal)
{
	uint64_t used = journal->active.offset + journal->group_length;

	return used < journal->active.size ? journal->active.size - used : 0;
}

static bool has_room(const struct journal *journal, uint32_t keep)
{
	bool is_last = journal->active.reserve || journal->wants_room;

	return journal->active.fd >= 0 && room(journal) >= JOURNAL_LINE_MAX + (is_last ? keep : 0);
}

uint32_t journal_kept_from(const struct journal *journal, enum event_weight weight)
{
	return journal->store.reserve_size /
	       (weight == EVENT_URGENT ? JOURNAL_OWN_PART : JOURNAL_URGENT_PART);
}

int journal_make_room(struct journal *journal, uint32_t keep)
{
	int r;

	if (journal->inherited_length > 0) {
		r = journal_commit(journal);
		if (r < 0)
			return r;
	}
	if (journal->group_length + JOURNAL_LINE_MAX > journal->group_max)
		return -EAGAIN;
	if (has_room(journal, keep))
		return 0;
	return journal->group_length > 0 ? -EAGAIN : change_segment(journal, true);
}

int journal_make_room_now(struct journal *journal, uint32_t keep)
{
	int r = journal_make_room(journal, keep);

	if (r != -EAGAIN)
		return r;
	r = journal_commit(journal);
	return r == 0 ? journal_make_room(journal, keep) : r;
}

bool journal_wants_room(const struct journal *journal)
{
	return journal->wants_room;
}

int journal_take_room(struct journal *journal)
{
	int r;

	if (!journal->wants_room)
		return 0;
	r = journal_commit(journal);
	/* First what tells of a drop when there is no room again. */
	if (r == 0)
		r = journal_keep_reserve(journal);
	if (r < 0 || (!journal->active.reserve && has_room(journal, 0)))
		return r;
	r = change_segment(journal, false);
	return r == 0 ? journal_commit(journal) : journal_store_is_full(r) ? 0 : r;
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

	/* Checkpoints and what was dropped are the journal's own. */
	if (event_kind_from_name(request->kind, &kind) < 0 || kind == EVENT_STORE_CHECKPOINT ||
	    kind == EVENT_STORE_DROPPED || !is_id(request->id))
		return -EBADMSG;
	fields = json_loads(request->fields, JSON_REJECT_DUPLICATES, &error);
	if (!json_is_object(fields)) {
		json_decref(fields);
		return -EBADMSG;
	}
	entry.fields = fields;
	r = journal_make_room(journal, journal_kept_from(journal, event_rows[kind].weight));
	if (r == 0)
		r = journal_chain_entry(journal, &entry);
	if (r == 0)
		*ret_sequence = journal->head.sequence;
	if (r == 0 && journal->appended)
		journal->appended(journal->user, kind, request, fields, *ret_sequence);
	json_decref(fields);
	return r;
}

/* Gives up what can't be written: it was not acknowledged and must not be. What was inherited stays
 * for the next try. */
static void forget_group(struct journal *journal, int error)
{
	if (journal->n_notices == 0 && journal->inherited_length == 0)
		notice_fault(journal, error, "events were refused: they could not be written");
	if (journal->active.fd >= 0) {
		/* Its numbers are given again: nobody may read these lines meanwhile. */
		if (ftruncate(journal->active.fd, (off_t)journal->active.offset) < 0)
			notice_fault(journal, -errno, "refused events could not be cut off");
		close(journal->active.fd);
	}
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
	struct journal_active old = journal->active;
	int r = begin_segment(journal, JOURNAL_REASON_FAULT, true);

	/* For forget_group to cut off. */
	if (r < 0) {
		journal->active = old;
		return r;
	}
	if (old.fd >= 0)
		close(old.fd);
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
