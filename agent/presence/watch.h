/* One session and the key that logged its person in: what is to be done now. No clock, no file, no
 * bus inside. */
#ifndef SEKISHO_WATCH_H
#define SEKISHO_WATCH_H

#include <stdbool.h>
#include <stdint.h>

#define WATCH_PROBE_MS	 4000 /* an alike key may take so long to answer, beyond the debounce */
#define WATCH_CONFIRM_MS 10000 /* for a desktop to say that it is locked */
#define WATCH_UNLOCK_MS	 5000 /* for a log-in to be told after the screen was unlocked */
#define WATCH_RETRY_MS	 5000

enum watch_action { WATCH_ACTION_NONE, WATCH_ACTION_LOCK, WATCH_ACTION_END };

struct watch_policy {
	enum watch_action action;
	int64_t debounce_ms, end_after_ms;
	bool wait; /* what can't be locked is ended after .end_after_ms, not at once */
};

enum watch_state {
	WATCH_PRESENT, /* the key is plugged in */
	WATCH_MISSING, /* it is gone, and may come back */
	WATCH_REMOVED, /* it was pulled out */
};

struct watch {
	enum watch_state state;
	int64_t missing_at; /* monotonic: a sleeping machine can't enumerate a key */
	int64_t removed_at; /* CLOCK_BOOTTIME: the session stands open also while it sleeps */
	int64_t retry_at; /* monotonic: nothing is asked for before */
	int64_t lock_at; /* monotonic: when it was asked for; 0: not yet */
	int64_t unlocked_at; /* monotonic: seen unlocked although the key is out; 0: not */
	bool locked; /* it was seen to be; told */
	bool again; /* it was unlocked without the key, and locked once more */
	bool exposed; /* told that it could not be locked or ended */
	bool ended; /* told */
};

enum watch_key {
	WATCH_KEY_ABSENT, /* or it counts no more */
	WATCH_KEY_PROBED, /* one that looks alike is being asked for the credential */
	WATCH_KEY_BACK, /* it has it */
	WATCH_KEY_THERE, /* it was never away */
};

struct watch_facts {
	int64_t now, boottime; /* milliseconds; CLOCK_MONOTONIC and CLOCK_BOOTTIME */
	enum watch_key key;
	bool lockable; /* a desktop at this machine */
	bool over; /* the day that the log-in was good for */
	bool locked; /* it says so (LockedHint of org.freedesktop.login1(5)) */
};

enum watch_act { WATCH_REST, WATCH_LOCK, WATCH_END };

/* Bits of .tell. */
#define WATCH_TELL_REMOVED 1u /* key.removed */
#define WATCH_TELL_LOCKED  2u /* session.locked */
#define WATCH_TELL_EXPOSED 4u /* session.exposed */

struct watch_order {
	enum watch_act act;
	unsigned int tell;
	/* Why it is ended, or stands open: "policy", "time", "day", "no-lock", "not-locked"; why it
	 * is locked: "removed", "unlocked" before; "already". */
	const char *reason;
};

/* Zeroed, a watch begins with the key plugged in. */
void watch_step(struct watch *watch, const struct watch_facts *facts,
		const struct watch_policy *policy, struct watch_order *ret_order);

/* The order was carried out, or @error says why not. True: that is to be told, as session.ended or
 * as session.exposed. */
bool watch_done(struct watch *watch, enum watch_act act, int error, int64_t now);

/* An alike key is worth asking: the session is not judged yet, or only waits. */
bool watch_wants_probe(const struct watch *watch, const struct watch_facts *facts,
		       const struct watch_policy *policy);

/* When to look again, at the latest: milliseconds. */
int64_t watch_patience(const struct watch *watch);

#endif
