#include "watch.h"

#include <stddef.h>

#define LOOK_MISSING_MS 250
#define LOOK_REMOVED_MS 1000
#define LOOK_PRESENT_MS 30000 /* should a message of its removal be lost */

static bool only_waits(const struct watch_facts *facts, const struct watch_policy *policy)
{
	return policy->action == WATCH_ACTION_LOCK && policy->wait && !facts->lockable;
}

/* Until it is judged. True: it is, now. */
static bool miss(struct watch *watch, const struct watch_facts *facts,
		 const struct watch_policy *policy)
{
	int64_t missing;

	if (facts->key >= WATCH_KEY_BACK) {
		watch->state = WATCH_PRESENT;
		return false;
	}
	if (watch->state == WATCH_PRESENT) {
		watch->state = WATCH_MISSING;
		watch->missing_at = facts->now;
	}
	missing = facts->now - watch->missing_at;
	if (policy->action == WATCH_ACTION_NONE || missing < policy->debounce_ms)
		return false;
	return facts->key != WATCH_KEY_PROBED || missing >= policy->debounce_ms + WATCH_PROBE_MS;
}

static void order(struct watch_order *order, enum watch_act act, const char *reason)
{
	order->act = act;
	order->reason = reason;
}

static void end_it(const struct watch *watch, const struct watch_facts *facts,
		   struct watch_order *ret_order, const char *reason)
{
	if (facts->now >= watch->retry_at)
		order(ret_order, WATCH_END, reason);
}

/* The desktop was told to lock and did not say that it has. */
static void doubt(struct watch *watch, const struct watch_facts *facts,
		  const struct watch_policy *policy, struct watch_order *ret_order)
{
	if (facts->now - watch->lock_at < WATCH_CONFIRM_MS)
		return;
	if (!watch->exposed) {
		watch->exposed = true;
		ret_order->tell |= WATCH_TELL_EXPOSED;
		ret_order->reason = "not-locked";
	}
	if (!policy->wait)
		end_it(watch, facts, ret_order, "not-locked");
	else if (facts->now >= watch->retry_at)
		order(ret_order, WATCH_LOCK, "not-locked");
}

static void lock_it(struct watch *watch, const struct watch_facts *facts,
		    const struct watch_policy *policy, struct watch_order *ret_order)
{
	if (facts->locked) {
		if (!watch->locked) {
			ret_order->tell |= WATCH_TELL_LOCKED;
			ret_order->reason = watch->again	  ? "unlocked"
					    : watch->lock_at != 0 ? "removed"
								  : "already";
		}
		watch->locked = true;
		watch->unlocked_at = 0;
		return;
	}
	if (watch->locked) {
		/* Unlocked, and nobody showed a key. The word of a log-in may come a moment later.
		 */
		if (watch->unlocked_at == 0)
			watch->unlocked_at = facts->now;
		if (facts->now - watch->unlocked_at < WATCH_UNLOCK_MS)
			return;
		watch->locked = false;
		watch->again = true;
		watch->lock_at = 0;
		order(ret_order, WATCH_LOCK, "unlocked");
		return;
	}
	if (watch->lock_at != 0)
		doubt(watch, facts, policy, ret_order);
	else if (facts->now >= watch->retry_at)
		order(ret_order, WATCH_LOCK, "removed");
}

static void act(struct watch *watch, const struct watch_facts *facts,
		const struct watch_policy *policy, struct watch_order *ret_order)
{
	if (policy->action == WATCH_ACTION_NONE)
		return;
	if (policy->action == WATCH_ACTION_END)
		end_it(watch, facts, ret_order, "policy");
	else if (facts->boottime - watch->removed_at >= policy->end_after_ms)
		end_it(watch, facts, ret_order, "time");
	else if (facts->lockable)
		lock_it(watch, facts, policy, ret_order);
	else if (!policy->wait)
		end_it(watch, facts, ret_order, "no-lock");
}

void watch_step(struct watch *watch, const struct watch_facts *facts,
		const struct watch_policy *policy, struct watch_order *ret_order)
{
	*ret_order = (struct watch_order){.act = WATCH_REST};
	if (facts->over) {
		end_it(watch, facts, ret_order, "day");
		return;
	}
	if (watch->state != WATCH_REMOVED) {
		if (!miss(watch, facts, policy))
			return;
		*watch = (struct watch){.state = WATCH_REMOVED, .removed_at = facts->boottime};
		ret_order->tell |= WATCH_TELL_REMOVED;
	} else if (only_waits(facts, policy) && facts->key >= WATCH_KEY_BACK) {
		/* Never locked, so there is nothing to unlock. */
		*watch = (struct watch){.state = WATCH_PRESENT};
		return;
	}
	act(watch, facts, policy, ret_order);
}

bool watch_done(struct watch *watch, enum watch_act act, int error, int64_t now)
{
	bool told;

	watch->retry_at = now + WATCH_RETRY_MS;
	if (error < 0) {
		told = watch->exposed;
		watch->exposed = true;
		return !told;
	}
	if (act == WATCH_LOCK) {
		/* At the first time; asking again does not make it wait longer. */
		if (watch->lock_at == 0)
			watch->lock_at = now;
		return false;
	}
	told = watch->ended;
	watch->ended = true;
	return !told;
}

bool watch_wants_probe(const struct watch *watch, const struct watch_facts *facts,
		       const struct watch_policy *policy)
{
	return watch->state == WATCH_MISSING ||
	       (watch->state == WATCH_REMOVED && only_waits(facts, policy));
}

int64_t watch_patience(const struct watch *watch)
{
	switch (watch->state) {
	case WATCH_MISSING:
		return LOOK_MISSING_MS;
	case WATCH_REMOVED:
		return LOOK_REMOVED_MS;
	case WATCH_PRESENT:
		break;
	}
	return LOOK_PRESENT_MS;
}
