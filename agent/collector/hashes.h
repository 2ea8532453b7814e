/* What is known of the hashes of many chains' records: a table by chain and number in two unnamed
 * files, so that memory does not grow with the number of records.
 *
 * Records stand in pages, HASHES_PAGE numbers each. A page with few records takes little room, so
 * that one that is far from all others costs no more than a few lines: whoever sends records may
 * choose their numbers. */
#ifndef SEKISHO_HASHES_H
#define SEKISHO_HASHES_H

#include "journal_format.h"

#define HASHES_PAGE  1024
#define HASHES_FEW   32 /* of a page; 1,280 bytes */
#define HASHES_CACHE 32 /* pages in memory, of each kind */

enum hash_state {
	HASH_UNKNOWN,
	HASH_NAMED, /* by the record that follows, as its predecessor's */
	HASH_SEEN, /* the record was read */
};

struct hash_entry {
	uint8_t state; /* enum hash_state */
	uint8_t sealed : 6; /* 1 + its key's generation: a checkpoint, with a good seal of .period
			     */
	uint8_t vouches : 1; /* and vouches for a store.dropped before it (sealed_vouches) */
	uint8_t doubtful : 1; /* something else is said of the record, or of the one before it */
	uint8_t period[4]; /* uint32_t, here without padding */
	uint8_t hash[JOURNAL_HASH_SIZE];
};

/* The first few of a page that were asked for, in that order, or all of it. */
struct hashes_few {
	uint16_t numbers[HASHES_FEW]; /* in the page */
	struct hash_entry entries[HASHES_FEW];
};
struct hashes_all {
	struct hash_entry entries[HASHES_PAGE];
};

/* Blocks of one size in a file, some of them in memory. */
struct hashes_file {
	int fd;
	size_t size; /* bytes of a block */
	uint64_t blocks; /* in the file */
	uint64_t *places; /* of the blocks in .cache, from 1; 0: none is there */
	uint8_t *cache;
};

struct hashes {
	struct hashes_file few, all;
};

/* One chain's pages, by number; begins as zeros. */
struct hashes_chain {
	void *tree; /* tsearch(3) */
	struct hashes_node *last;
};

/* -errno if there can be no file in @directory. */
int hashes_open(struct hashes *hashes, const char *directory);
void hashes_close(struct hashes *hashes);
void hashes_release(struct hashes_chain *chain);

/* The entry of @sequence, to be read and written until the next call. -ENOMEM, -ENOSPC, -EIO. */
int hashes_at(struct hashes *hashes, struct hashes_chain *chain, uint64_t sequence,
	      struct hash_entry **ret_entry);

typedef void hashes_each_fn(void *user, uint64_t sequence, const struct hash_entry *entry);

/* Calls for each record that was seen, from the lowest. -errno if a file can't be read. */
int hashes_each(struct hashes *hashes, const struct hashes_chain *chain, hashes_each_fn *each,
		void *user);

#endif
