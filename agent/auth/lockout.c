#include "lockout.h"

#include "cleanup.h"
#include "lockclock.h"
#include "wire.h"

#include <unistd.h>

#define LOCK_MS 2000 /* nobody holds a place for longer than it takes to write 64 bytes */

int lockout_prepare(int state_dirfd, bool *ret_damaged)
{
	_cleanup_close_ int fd = -1;
	int64_t now;
	int r;

	r = lockplace_open(state_dirfd, &fd, ret_damaged);
	return r < 0 ? r : lockclock_now(fd, wire_now() + LOCK_MS, &now);
}

enum failure lockout_open(int state_dirfd, const struct settings *settings, bool remote,
			  uint32_t loginuid, const char *user, struct lockout *lockout)
{
	const enum lockrule_origin origin = lockrule_origin(remote, loginuid);

	*lockout = (struct lockout){
		.fd = -1,
		.origin = origin,
		.caller = loginuid,
		.user_rule = lockrule_user(settings->wrong_answers, settings->longest_wait, origin,
					   user),
		.terminal_rule = lockrule_terminal(settings->wrong_answers, origin, user),
		.terminal_place = lockplace_of_terminal(origin, loginuid),
	};
	lockout->user_place = lockplace_of_user(origin, loginuid, user, &lockout->digest);
	return lockplace_open(state_dirfd, &lockout->fd, &lockout->damaged) < 0
		       ? FAILURE_COUNTER_STORE
		       : FAILURE_NONE;
}

void lockout_close(struct lockout *lockout)
{
	if (lockout->fd >= 0)
		close(lockout->fd);
	lockout->fd = -1;
}

/* Nobody knows how often what is damaged was wrong: all free answers are taken to be used up, which
 * begins a wait once. What is ahead of the clock begins its wait again. */
static int mend(struct lockout *lockout, const struct lockrule *rule, int64_t now,
		struct lockplace *place)
{
	if (!place->damaged && place->at >= 0 && place->at <= now)
		return 0;
	if (place->damaged) {
		lockout->damaged = true;
		place->count = rule->free;
		/* Or the name that comes next could never be right again. */
		place->digest = lockout->digest;
	}
	place->damaged = false;
	place->at = now;
	return lockplace_store(lockout->fd, place);
}

struct pair {
	struct lockplace user, terminal;
};

static void unlock(const struct lockout *lockout, const struct pair *pair)
{
	lockplace_unlock(lockout->fd, &pair->terminal);
	lockplace_unlock(lockout->fd, &pair->user);
}

/* A name's place first, everywhere: no two wait for each other. */
static int lock(struct lockout *lockout, struct pair *pair)
{
	const int64_t deadline = wire_now() + LOCK_MS;
	int r;

	r = lockplace_lock(lockout->fd, lockout->user_place, deadline, &pair->user);
	if (r < 0)
		return r;
	r = lockplace_lock(lockout->fd, lockout->terminal_place, deadline, &pair->terminal);
	if (r < 0)
		lockplace_unlock(lockout->fd, &pair->user);
	return r;
}

static enum failure waits(struct lockout *lockout, const struct pair *pair, int64_t now)
{
	const int64_t user =
		lockrule_wait(&lockout->user_rule, pair->user.count, now - pair->user.at);
	const int64_t terminal = lockrule_wait(&lockout->terminal_rule, pair->terminal.count,
					       now - pair->terminal.at);

	if (user == 0 && terminal == 0)
		return FAILURE_NONE;
	lockout->why = user >= terminal ? FAILURE_LOCKED : FAILURE_TERMINAL_LOCKED;
	lockout->wait_ms = user >= terminal ? user : terminal;
	lockout->count = user >= terminal ? pair->user.count : pair->terminal.count;
	return lockout->why;
}

static int count_one(const struct lockout *lockout, const struct lockrule *rule, int64_t now,
		     struct lockplace *place)
{
	place->count = lockrule_count(rule, place->count, now - place->at);
	if (place->count == 0)
		place->shared = false;
	if (place->count < LOCKRULE_COUNT_MAX)
		place->count++;
	place->at = now;
	place->origin = lockout->origin;
	place->caller = lockout->caller;
	return lockplace_store(lockout->fd, place);
}

static int count(struct lockout *lockout, int64_t now, struct pair *pair)
{
	int r;

	lockout->user_before = pair->user;
	lockout->terminal_before = pair->terminal;
	if (pair->user.count > 0 && pair->user.digest != lockout->digest)
		pair->user.shared = true;
	pair->user.digest = lockout->digest;
	r = count_one(lockout, &lockout->user_rule, now, &pair->user);
	if (r == 0)
		r = count_one(lockout, &lockout->terminal_rule, now, &pair->terminal);
	return r;
}

static enum failure enter(struct lockout *lockout, bool judge)
{
	enum failure failure = FAILURE_COUNTER_STORE;
	struct pair pair;
	int64_t now = 0;

	if (lockclock_now(lockout->fd, wire_now() + LOCK_MS, &now) < 0 || lock(lockout, &pair) < 0)
		return FAILURE_COUNTER_STORE;
	if (mend(lockout, &lockout->user_rule, now, &pair.user) == 0 &&
	    mend(lockout, &lockout->terminal_rule, now, &pair.terminal) == 0)
		failure = waits(lockout, &pair, now);
	if (failure == FAILURE_NONE && judge) {
		if (count(lockout, now, &pair) == 0)
			lockout->judged = true;
		else
			failure = FAILURE_COUNTER_STORE;
	}
	unlock(lockout, &pair);
	return failure;
}

enum failure lockout_check(struct lockout *lockout)
{
	return enter(lockout, false);
}

enum failure lockout_judge(struct lockout *lockout)
{
	return lockout->judged ? FAILURE_NONE : enter(lockout, true);
}

static enum failure keep(struct lockout *lockout, enum failure failure)
{
	struct pair pair;
	int64_t now = 0;

	if (lockplace_sync(lockout->fd) < 0)
		return FAILURE_COUNTER_STORE;
	/* Only for the words: the count is on the disk. */
	if (lockclock_peek(lockout->fd, &now) == 0 &&
	    lockplace_read(lockout->fd, lockout->user_place, &pair.user) == 0 &&
	    lockplace_read(lockout->fd, lockout->terminal_place, &pair.terminal) == 0)
		lockout->locked = waits(lockout, &pair, now) != FAILURE_NONE;
	return failure;
}

/* @tries fewer, of which this one is the last; where nobody else was counted since, as it was
 * before.
 */
static void take_back(const struct lockout *lockout, const struct lockplace *before, uint32_t tries,
		      struct lockplace *place)
{
	const uint64_t sequence = place->sequence;

	if (sequence == slotfile_next(before->sequence) && tries > 0) {
		*place = *before;
		place->sequence = sequence;
		tries--;
	}
	place->count = place->count > tries ? place->count - tries : 0;
	lockplace_store(lockout->fd, place);
}

/* No error matters: what can't be taken back stays counted. A name that was right takes its earlier
 * wrong answers back too; where its place is shared they are left for time to forget. What another
 * log-in of the name has taken back already is not taken from the terminal's count once more. */
static void take_pair_back(struct lockout *lockout, bool right)
{
	struct pair pair;
	uint32_t tries;

	if (lock(lockout, &pair) < 0)
		return;
	tries = pair.user.count;
	if (right && !pair.user.shared && pair.user.digest == lockout->digest) {
		pair.user.count = 0;
		lockplace_store(lockout->fd, &pair.user);
	} else {
		tries = tries > 0 ? 1 : 0;
		take_back(lockout, &lockout->user_before, tries, &pair.user);
	}
	take_back(lockout, &lockout->terminal_before, tries, &pair.terminal);
	unlock(lockout, &pair);
}

enum failure lockout_settle(struct lockout *lockout, enum failure failure)
{
	if (!lockout->judged)
		return failure;
	lockout->judged = false;
	if (failure_rows[failure].counts)
		return keep(lockout, failure);
	take_pair_back(lockout, failure == FAILURE_NONE);
	return failure;
}
