/* The journal's inside, for the files it is written in: journal.c appends, journal_open.c takes up
 * where an earlier life left off, journal_checkpoint.c seals, journal_drop.c takes old segments
 * away. */
#ifndef SEKISHO_JOURNAL_STATE_H
#define SEKISHO_JOURNAL_STATE_H

#include "event.h"
#include "journal.h"
#include "journal_chain.h"
#include "journal_store.h"

#define JOURNAL_NOTICES_MAX 4
#define JOURNAL_URGENT_PART 2 /* of the reserve only for urgent events: half */
#define JOURNAL_OWN_PART    32 /* of it only for what makes room again: 64 KiB */
#define JOURNAL_FULL_US	    UINT64_C(10000000) /* a disk that says it is still full is believed */

/* What the journal has to tell of itself as soon as it can. */
struct journal_notice {
	enum event_kind kind;
	json_t *fields;
};

struct journal {
	struct journal_store store;
	struct journal_active active;
	enum journal_reason next_reason; /* of the segment to be begun when .active is none */
	uint64_t full_us; /* boot's clock when there was last no room for one; 0: there was */
	bool wants_room; /* there was none for the reserve: what is left is the last */
	char boot[JOURNAL_ID_SIZE];
	journal_appended_fn *appended; /* NULL: nobody wants to hear */
	void *user; /* for .appended */
	struct journal_head durable; /* flushed */
	struct journal_head head; /* appended */
	struct journal_head
		dropped; /* as this life's last store.dropped tells; .sequence 0: none */
	struct journal_head began; /* the journal begins after it, and that is accounted for */
	struct journal_notice notices[JOURNAL_NOTICES_MAX];
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

/* Keeps in mind what the journal has to tell of itself; @fields is consumed, NULL is fine. */
void journal_notice(struct journal *journal, enum event_kind kind, json_t *fields);

/* Sees to it that a line of any length fits, and @keep bytes behind it where the segment is the
 * last room of a full disk. -EAGAIN: after a commit it will. */
int journal_make_room(struct journal *journal, uint32_t keep);

/* The same after a commit, where that is what it takes. */
int journal_make_room_now(struct journal *journal, uint32_t keep);

/* What an event leaves of that to those that weigh more. */
uint32_t journal_kept_from(const struct journal *journal, enum event_weight weight);

/* Makes the reserve if there is none. */
int journal_keep_reserve(struct journal *journal);

/* Is all told that was dropped before the oldest segment, whose header is @oldest? -ENODATA: no; or
 * no seal of @keys (NULL: none is asked for) vouches for it. */
int journal_account(struct journal *journal, const struct journal_header *oldest,
		    const struct sealkeys *keys);

/* Feeds a segment to @chain; @next is the header of the one after it, NULL if none or unreadable.
 * 0, or -errno: it could not be read to its end. */
int journal_feed(const struct journal *journal, const struct journal_segment *segment,
		 const struct journal_header *next, struct journal_chain *chain);

/* Puts a line at the end of the group. */
int journal_chain_entry(struct journal *journal, struct journal_entry *entry);

#endif
