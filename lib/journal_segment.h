/* The files of a journal: `NNNNNNNNNNNNNNNN.seg`, named for the first sequence in them, in decimal;
 * a second one of the same first sequence is `NNNNNNNNNNNNNNNN-1.seg`. */
#ifndef SEKISHO_JOURNAL_SEGMENT_H
#define SEKISHO_JOURNAL_SEGMENT_H

#include "journal_format.h"

#include <stddef.h>
#include <stdint.h>

#define JOURNAL_NAME_SIZE      32
#define JOURNAL_SEGMENTS_MAX   1000000
#define JOURNAL_GENERATION_MAX 999
#define JOURNAL_FIRST_MAX      UINT64_C(9000000000000000) /* leaves numbers to go on with */
#define JOURNAL_RESERVE_NAME   "reserve"
#define JOURNAL_NEW_NAME       "segment.new" /* being prepared, without events */

struct journal_segment {
	uint64_t first; /* sequence */
	unsigned int generation;
};

void journal_segment_name(const struct journal_segment *segment,
			  char name[static JOURNAL_NAME_SIZE]);

/* -EINVAL if it is no segment's name. */
int journal_segment_parse(const char *name, struct journal_segment *ret_segment);

/* All segments below @dirfd in the order they were written; the caller frees the array.
 * @ret_foreign (may be NULL): files that are not the journal's. -EFBIG beyond
 * JOURNAL_SEGMENTS_MAX. */
int journal_segment_list(int dirfd, struct journal_segment **ret_segments, size_t *ret_count,
			 unsigned int *ret_foreign);

/* Opens for reading, or with @writable for both. -EINVAL if it is not a regular file. */
int journal_segment_open(int dirfd, const struct journal_segment *segment, bool writable,
			 int *ret_fd);

/* Reads the header only. -EBADMSG. */
int journal_segment_header(int dirfd, const struct journal_segment *segment,
			   struct journal_header *ret_header);

#endif
