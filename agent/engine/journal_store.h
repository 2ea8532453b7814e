/* The files below the journal's directory as the writer makes them: segments of zeros to be filled,
 * the reserve, and what is set aside. */
#ifndef SEKISHO_JOURNAL_STORE_H
#define SEKISHO_JOURNAL_STORE_H

#include "journal.h"
#include "journal_segment.h"

struct journal_store {
	int dirfd;
	const struct journal_io *io;
	uint32_t segment_size;
	uint32_t reserve_size;
	char host[JOURNAL_ID_SIZE];
	char epoch[JOURNAL_ID_SIZE];
};

/* The segment that is written. */
struct journal_active {
	int fd; /* -1: none */
	struct journal_segment segment;
	uint64_t offset; /* where the next line goes */
	uint64_t size; /* of the file */
	bool reserve; /* it was the reserve: the disk is full, and its room is not for all */
};

/* Begins the segment after @head. On -ENOSPC and -EDQUOT the reserve becomes the segment, if it is
 * @spare and there; if these errors are returned, there is no new file. Where another one leaves it
 * unknown whether there is, @ret_active's .fd is -1 (not closed); else @ret_active stays as it is.
 */
int journal_store_begin(const struct journal_store *store, const struct journal_head *head,
			enum journal_reason reason, bool spare, struct journal_active *ret_active);

/* -ENOSPC or -EDQUOT. */
bool journal_store_is_full(int error);

/* Makes the reserve if there is none. */
int journal_store_keep_reserve(const struct journal_store *store);

/* Cuts the unused zeros off and closes. */
void journal_store_seal(const struct journal_store *store, struct journal_active *active);

/* Moves what stands at and after @offset to SEGMENT.torn and cuts it off. Nothing is cut before the
 * copy is on the disk. */
int journal_store_set_aside(const struct journal_store *store,
			    const struct journal_segment *segment, uint64_t offset,
			    uint64_t *ret_bytes);

#endif
