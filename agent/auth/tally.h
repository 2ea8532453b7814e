/* The signature counters of one log-in: locked from before the token signs until the new value is
 * on the disk, or two log-ins at once would look like a copied key. */
#ifndef SEKISHO_TALLY_H
#define SEKISHO_TALLY_H

#include "counter.h"
#include "failure.h"
#include "person.h"
#include "roster.h"

#include <stdbool.h>
#include <stdint.h>

#define TALLY_FILE "counters" /* in the state directory */

struct tally {
	int fd;
	size_t count;
	struct counter counters[ROSTER_PER_USER];
	const struct roster_entry *entries[ROSTER_PER_USER];
};

/* FAILURE_NONE or FAILURE_COUNTER_STORE: then nobody is asked for anything. */
enum failure tally_open(int state_dirfd, struct tally *tally);
void tally_close(struct tally *tally);

/* Locks these entries' counters, those that are not yet. FAILURE_SUSPECT if the only one, or each
 * of them, is marked; FAILURE_KEY_BUSY after the deadline; FAILURE_CANCELLED. */
enum failure tally_lock(struct tally *tally, const struct roster_entry *entries, size_t count,
			const struct person *person, int64_t deadline);

/* Judges the counter a verified answer carried and stores it, with the keys_instance() that gave
 * it: FAILURE_NONE once it is durable; FAILURE_COUNTER_BACK, and the entry is marked;
 * FAILURE_SUSPECT; FAILURE_COUNTER_STORE. */
enum failure tally_settle(struct tally *tally, const struct roster_entry *entry, uint32_t value,
			  uint32_t instance);

/* Forgets that, where the entry is locked: no harm where it can't be stored. */
void tally_forget(struct tally *tally, const struct roster_entry *entry);

/* Whether the entry was last settled with this keys_instance(). Locks nothing. A key without a
 * counter is never settled. */
bool tally_was_with(const struct tally *tally, const struct roster_entry *entry, uint32_t instance);

#endif
