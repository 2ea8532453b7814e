#include "checkpoint.h"

#include "wire.h"

#include <errno.h>

static uint64_t unsealed(const struct checkpoint *checkpoint)
{
	struct journal_head head;

	journal_head(checkpoint->journal, &head);
	return head.sequence - checkpoint->sequence;
}

static const char *reason_now(const struct checkpoint *checkpoint, int64_t now)
{
	if (checkpoint->sequence == 0)
		return SEAL_REASON_START;
	if (unsealed(checkpoint) >= CHECKPOINT_EVENTS)
		return "events";
	if (checkpoint->waiting_since && now >= checkpoint->waiting_since + CHECKPOINT_MS)
		return "time";
	if (now >= checkpoint->made_at + CHECKPOINT_QUIET_MS)
		return "quiet";
	return NULL;
}

/* A key seals once: where the next one can't be stored, nothing more is sealed until it can. */
static int turn(struct checkpoint *checkpoint)
{
	int r = sealer_turn(&checkpoint->sealer);

	checkpoint->unturned = r < 0;
	return r;
}

static int make(struct checkpoint *checkpoint, const char *reason, bool for_drop, int64_t now)
{
	struct journal_head head;
	int r;

	if (checkpoint->sealer.fd < 0)
		return -ENOKEY;
	/* What it seals may have come from elsewhere while no agent ran; readers have to know. */
	if (checkpoint->sequence == 0)
		reason = SEAL_REASON_START;
	r = checkpoint->unturned ? turn(checkpoint) : 0;
	if (r == 0)
		r = journal_checkpoint(checkpoint->journal, &checkpoint->sealer, reason, for_drop);
	if (r == 0) {
		journal_head(checkpoint->journal, &head);
		checkpoint->sequence = head.sequence;
		checkpoint->made_at = now;
		checkpoint->waiting_since = 0;
		r = turn(checkpoint);
	}
	checkpoint->error = r;
	checkpoint->retry_at = r < 0 ? now + CHECKPOINT_RETRY_MS : 0;
	return r;
}

int checkpoint_make(struct checkpoint *checkpoint, const char *reason, int64_t now)
{
	return make(checkpoint, reason, false, now);
}

void checkpoint_tick(struct checkpoint *checkpoint, int64_t now)
{
	const char *reason;

	if (checkpoint->sealer.fd < 0)
		return;
	if (checkpoint->waiting_since == 0 && unsealed(checkpoint) > 0)
		checkpoint->waiting_since = now;
	reason = reason_now(checkpoint, now);
	if (reason && now >= checkpoint->retry_at)
		checkpoint_make(checkpoint, reason, now);
}

int checkpoint_begin(struct checkpoint *checkpoint, int64_t now)
{
	if (checkpoint->sealer.fd < 0)
		return checkpoint->broken ? -ENOKEY : 0;
	return checkpoint->sequence > 0 ? 0 : make(checkpoint, SEAL_REASON_START, true, now);
}

int checkpoint_drop(struct checkpoint *checkpoint, int64_t now)
{
	int r = checkpoint_begin(checkpoint, now);

	if (r < 0 || checkpoint->sealer.fd < 0 || unsealed(checkpoint) == 0)
		return r;
	return make(checkpoint, SEAL_REASON_DROP, true, now);
}

void checkpoint_stop(struct checkpoint *checkpoint, int64_t now)
{
	checkpoint_make(checkpoint, "stop", now);
}

int64_t checkpoint_deadline(const struct checkpoint *checkpoint)
{
	int64_t due = checkpoint->made_at + CHECKPOINT_QUIET_MS;

	if (checkpoint->sealer.fd < 0)
		return WIRE_NO_DEADLINE;
	if (checkpoint->waiting_since && checkpoint->waiting_since + CHECKPOINT_MS < due)
		due = checkpoint->waiting_since + CHECKPOINT_MS;
	if (checkpoint->sequence == 0)
		due = 0;
	return due > checkpoint->retry_at ? due : checkpoint->retry_at;
}
