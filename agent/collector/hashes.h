/* What is known of the hashes of many chains' records: a table by chain and number in an unnamed
 * file, so that memory does not grow with the number of records. */
#ifndef SEKISHO_HASHES_H
#define SEKISHO_HASHES_H

#include "journal_format.h"

#define HASHES_BLOCK 256 /* entries: ten thousand bytes for a record far from all others */
#define HASHES_CACHE 64 /* blocks in memory */

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

struct hashes_block {
	uint64_t place; /* in the file, in blocks, from 1; 0: none */
	struct hash_entry entries[HASHES_BLOCK];
};

struct hashes {
	int fd;
	uint64_t blocks; /* in the file */
	struct hashes_block *cache; /* HASHES_CACHE of them */
};

/* One chain's blocks, by number; begins as zeros. */
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

/* Calls for each record that was seen, from the lowest. -errno if the file can't be
 * read. */
int hashes_each(struct hashes *hashes, const struct hashes_chain *chain, hashes_each_fn *each,
		void *user);

#endif
