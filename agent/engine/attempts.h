/* What somebody tried and the kernel refused by our programs (sekisho-exits(7)): an event each;
 * what is tried again and again is told once in ATTEMPTS_FOLD_MS, with a count. Each kind of
 * attempt has its own room, and of that each program that tries: nobody hides one behind many
 * others. And a look whether the programs still hang where sekisho-lsm pinned them. */
#ifndef SEKISHO_ATTEMPTS_H
#define SEKISHO_ATTEMPTS_H

#include "attemptring.h"
#include "event.h"
#include "quota.h"
#include "tamper.h"

#include "agent/lsm/pins.h"

#include <stdint.h>

#define ATTEMPTS_MAX	  32 /* of a kind remembered ... */
#define ATTEMPTS_SHARED	  16 /* ... of which so many by programs that have one already */
#define ATTEMPTS_FOLD_MS  600000
#define ATTEMPTS_PAUSE_MS 250 /* between two looks at the ring, whoever fills it */
#define ATTEMPTS_QUOTA	  20 /* events of a kind ... */
#define ATTEMPTS_QUOTA_MS 60000 /* ... in this time; then one, the last, with a count */

struct attempts_row {
	struct attempt attempt; /* the first one */
	int64_t told_at; /* wire_now(); 0: free */
	uint64_t untold;
};

/* One kind, enum attempt_action. */
struct attempts_kind {
	struct attempts_row rows[ATTEMPTS_MAX];
	struct quota quota;
	struct attempt last; /* of those that no row has */
	uint64_t missed; /* how many of those were not told */
	int64_t missed_at; /* the first of them */
};

struct attempts {
	const char *socket; /* where sekisho-lsm hands the ring over */
	const char *loaded; /* a file: there are programs, or should be */
	const char *calls; /* ATTEMPT_CALLS */
	const char *run; /* logind's files: SEAT_RUN */
	const char *sysfs;
	size_t page;
	void (*tell)(void *user, const struct event *event);
	void *user;
	struct tamper *tamper;
	bool asked; /* once at least, without an answer so far */
	bool seen_missing; /* a pin, which was told */
	int asking; /* the connection to it; -1 */
	int pins; /* the folder of the pins; -1 */
	struct attemptring ring;
	uint64_t inodes[PINS_MAX]; /* of pin_rows; 0: there was none */
	uint64_t ring_inode;
	struct attempts_kind kinds[ATTEMPT_ACTION_COUNT + 1]; /* the last: those we don't know */
	uint64_t count; /* .count of the last one that came */
	uint64_t earlier; /* of the last one that was tried before somebody listened; 0: none */
	uint64_t missed; /* had no room in the ring: of which kind is not known */
	int64_t pause_until; /* wire_now() */
};

/* Asks for the ring, if there should be one. Nobody waits; attempts_look() asks again. */
void attempts_ask(struct attempts *attempts);
void attempts_release(struct attempts *attempts);

/* What to poll for reading, -1: nothing; and when to come without. */
int attempts_fd(const struct attempts *attempts, int64_t now);
int64_t attempts_deadline(const struct attempts *attempts, int64_t now);

/* Takes what there is. */
void attempts_dispatch(struct attempts *attempts, int64_t now);

/* At a sweep: a program that hangs there no more is told, and asked for again. */
void attempts_look(struct attempts *attempts, int64_t now);

/* Tells the counts whose time is over; with @all, every count there is. */
void attempts_tick(struct attempts *attempts, int64_t now, bool all);

#endif
