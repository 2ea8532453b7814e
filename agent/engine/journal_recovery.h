/* What stands in the journal's directory when the writer starts, and how it goes on from there. */
#ifndef SEKISHO_JOURNAL_RECOVERY_H
#define SEKISHO_JOURNAL_RECOVERY_H

#include "event.h"
#include "journal_store.h"

struct journal_verdict {
	bool resume; /* go on in .segment at .offset; otherwise begin a new one for .reason */
	enum journal_reason reason;
	struct journal_head head;
	struct journal_segment segment; /* the newest */
	uint64_t offset;
	bool has_notice; /* .kind with .fields is to be told in the new segment */
	enum event_kind kind;
	json_t *fields; /* the caller's */
};

/* Reads the two newest segments, sets a torn write aside, fills in @store->epoch. Deletes nothing.
 * -errno if the directory can't be read, or -ENOMEM. */
int journal_recover(struct journal_store *store, struct journal_verdict *ret_verdict,
		    struct journal_recovery *ret_recovery);

/* The lines at the end of @verdict's segment, open in @fd, that no later line knows to be on the
 * disk, and the head before them. -EMSGSIZE if they are more than @size. */
int journal_recover_unflushed(int fd, const struct journal_verdict *verdict, char *bytes,
			      size_t size, struct journal_head *ret_head, size_t *ret_length);

#endif
