#include "hashes.h"

#include "file.h"

#include <errno.h>
#include <fcntl.h>
#include <search.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct hashes_node {
	uint64_t number; /* sequence / HASHES_BLOCK */
	uint64_t place; /* in the file, from 1 */
};

int hashes_open(struct hashes *hashes, const char *directory)
{
	memset(hashes, 0, sizeof(*hashes));
	hashes->fd = open(directory, O_RDWR | O_TMPFILE | O_CLOEXEC, 0600);
	if (hashes->fd < 0)
		return -errno;
	hashes->cache = calloc(HASHES_CACHE, sizeof(*hashes->cache));
	if (!hashes->cache) {
		close(hashes->fd);
		return -ENOMEM;
	}
	return 0;
}

void hashes_close(struct hashes *hashes)
{
	free(hashes->cache);
	close(hashes->fd);
}

void hashes_release(struct hashes_chain *chain)
{
	tdestroy(chain->tree, free);
	chain->tree = NULL;
}

static int by_number(const void *left, const void *right)
{
	const struct hashes_node *one = left, *other = right;

	return (one->number > other->number) - (one->number < other->number);
}

static off_t offset_of(uint64_t place)
{
	return (off_t)((place - 1) * sizeof(((struct hashes_block *)0)->entries));
}

static int write_block(const struct hashes *hashes, const struct hashes_block *block)
{
	const char *bytes = (const char *)block->entries;
	size_t done = 0;

	while (done < sizeof(block->entries)) {
		ssize_t count = pwrite(hashes->fd, bytes + done, sizeof(block->entries) - done,
				       offset_of(block->place) + (off_t)done);

		if (count < 0 && errno != EINTR)
			return -errno;
		done += count > 0 ? (size_t)count : 0;
	}
	return 0;
}

static int read_block(const struct hashes *hashes, uint64_t place, struct hashes_block *block)
{
	ssize_t count =
		file_read_at(hashes->fd, block->entries, sizeof(block->entries), offset_of(place));

	if (count != (ssize_t)sizeof(block->entries))
		return count < 0 ? (int)count : -EIO;
	return 0;
}

/* The block in memory, in the place of another one if need be. @fresh: it is not in the file yet.
 */
static int fetch(struct hashes *hashes, uint64_t place, bool fresh, struct hashes_block **ret_block)
{
	struct hashes_block *block = &hashes->cache[place % HASHES_CACHE];
	int r = 0;

	if (block->place != place) {
		if (block->place)
			r = write_block(hashes, block);
		if (r < 0)
			return r;
		block->place = 0;
		memset(block->entries, 0, sizeof(block->entries));
		if (!fresh)
			r = read_block(hashes, place, block);
		if (r < 0)
			return r;
		block->place = place;
	}
	*ret_block = block;
	return 0;
}

/* The chain's block of that number, made if there was none. */
static struct hashes_node *find(struct hashes *hashes, struct hashes_chain *chain, uint64_t number,
				bool *ret_fresh)
{
	struct hashes_node wanted = {.number = number};
	struct hashes_node *node;
	void **found;

	*ret_fresh = false;
	if (chain->last && chain->last->number == number)
		return chain->last;
	found = tfind(&wanted, &chain->tree, by_number);
	if (!found) {
		node = malloc(sizeof(*node));
		if (!node)
			return NULL;
		*node = (struct hashes_node){number, hashes->blocks + 1};
		found = tsearch(node, &chain->tree, by_number);
		if (!found) {
			free(node);
			return NULL;
		}
		hashes->blocks++;
		*ret_fresh = true;
	}
	chain->last = *(struct hashes_node **)found;
	return chain->last;
}

int hashes_at(struct hashes *hashes, struct hashes_chain *chain, uint64_t sequence,
	      struct hash_entry **ret_entry)
{
	bool fresh;
	struct hashes_node *node = find(hashes, chain, sequence / HASHES_BLOCK, &fresh);
	struct hashes_block *block;
	int r;

	if (!node)
		return -ENOMEM;
	r = fetch(hashes, node->place, fresh, &block);
	if (r == 0)
		*ret_entry = &block->entries[sequence % HASHES_BLOCK];
	return r;
}

struct walk {
	struct hashes *hashes;
	hashes_each_fn *each;
	void *user;
	int error;
};

static void walk_block(const void *where, VISIT visit, void *closure)
{
	const struct hashes_node *node = *(const struct hashes_node *const *)where;
	struct walk *walk = closure;
	struct hashes_block *block;

	if ((visit != postorder && visit != leaf) || walk->error < 0)
		return;
	walk->error = fetch(walk->hashes, node->place, false, &block);
	for (size_t i = 0; i < HASHES_BLOCK && walk->error == 0; i++)
		if (block->entries[i].state == HASH_SEEN)
			walk->each(walk->user, node->number * HASHES_BLOCK + i, &block->entries[i]);
}

int hashes_each(struct hashes *hashes, const struct hashes_chain *chain, hashes_each_fn *each,
		void *user)
{
	struct walk walk = {hashes, each, user, 0};

	twalk_r(chain->tree, walk_block, &walk);
	return walk.error;
}
