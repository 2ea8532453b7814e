#include "journal_state.h"

#include "sealer.h"

/* The statement must name the event before the checkpoint, so it is made when all else that had to
 * be told is in the chain. */
static int append(struct journal *journal, struct sealer *sealer, const char *reason)
{
	const struct journal_io *io = journal->store.io;
	_cleanup_event_ struct event event = {};
	char time[JOURNAL_TIME_SIZE];
	struct seal_statement statement = {
		.host = journal->store.host,
		.epoch = journal->store.epoch,
		.reason = reason,
		.time = time,
		.boot = journal->boot,
	};
	struct journal_entry entry = {.kind = event_rows[EVENT_STORE_CHECKPOINT].name};
	json_t *fields;
	int r;

	r = event_begin(&event, EVENT_STORE_CHECKPOINT);
	if (r < 0)
		return r;
	entry.id = event.id;
	entry.time_us = io->realtime_us(io->user);
	r = journal_format_time(entry.time_us, time);
	if (r < 0)
		return r;
	statement.sequence = journal->head.sequence + 1;
	statement.previous = journal->head.hash;
	r = sealer_seal(sealer, &statement, &fields);
	if (r < 0)
		return r;
	entry.fields = fields;
	r = journal_chain_entry(journal, &entry);
	json_decref(fields);
	return r;
}

int journal_checkpoint(struct journal *journal, struct sealer *sealer, const char *reason,
		       bool for_drop)
{
	uint32_t keep = for_drop ? 0 : journal_kept_from(journal, EVENT_URGENT);
	int r;

	r = journal_make_room_now(journal, keep);
	if (r == 0)
		r = append(journal, sealer, reason);
	return r == 0 ? journal_commit(journal) : r;
}
