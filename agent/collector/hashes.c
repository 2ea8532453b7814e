#include "hashes.h"

#include "file.h"

#include <errno.h>
#include <fcntl.h>
#include <search.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct hashes_node {
	uint64_t number; /* sequence / HASHES_PAGE */
	uint64_t place; /* in its file, from 1 */
	bool all; /* that is hashes.all, else hashes.few */
	uint8_t used; /* of its struct hashes_few */
};

static int open_file(struct hashes_file *file, const char *directory, size_t size)
{
	*file = (struct hashes_file){.size = size};
	file->fd = open(directory, O_RDWR | O_TMPFILE | O_CLOEXEC, 0600);
	if (file->fd < 0)
		return -errno;
	file->places = calloc(HASHES_CACHE, sizeof(*file->places));
	file->cache = calloc(HASHES_CACHE, size);
	return file->places && file->cache ? 0 : -ENOMEM;
}

static void close_file(struct hashes_file *file)
{
	free(file->places);
	free(file->cache);
	if (file->fd >= 0)
		close(file->fd);
}

int hashes_open(struct hashes *hashes, const char *directory)
{
	int r;

	*hashes = (struct hashes){.few.fd = -1, .all.fd = -1};
	r = open_file(&hashes->few, directory, sizeof(struct hashes_few));
	if (r == 0)
		r = open_file(&hashes->all, directory, sizeof(struct hashes_all));
	if (r < 0)
		hashes_close(hashes);
	return r;
}

void hashes_close(struct hashes *hashes)
{
	close_file(&hashes->few);
	close_file(&hashes->all);
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

static off_t offset_of(const struct hashes_file *file, uint64_t place)
{
	return (off_t)((place - 1) * file->size);
}

static int write_block(const struct hashes_file *file, uint64_t place, const uint8_t *block)
{
	size_t done = 0;

	while (done < file->size) {
		ssize_t count = pwrite(file->fd, block + done, file->size - done,
				       offset_of(file, place) + (off_t)done);

		if (count < 0 && errno != EINTR)
			return -errno;
		done += count > 0 ? (size_t)count : 0;
	}
	return 0;
}

static int read_block(const struct hashes_file *file, uint64_t place, uint8_t *block)
{
	ssize_t count = file_read_at(file->fd, block, file->size, offset_of(file, place));

	if (count != (ssize_t)file->size)
		return count < 0 ? (int)count : -EIO;
	return 0;
}

/* The block in memory, in the place of another one if need be. @fresh: it is not in the file yet.
 */
static int fetch(struct hashes_file *file, uint64_t place, bool fresh, void *ret_block)
{
	uint64_t *here = &file->places[place % HASHES_CACHE];
	uint8_t *block = file->cache + place % HASHES_CACHE * file->size;
	int r = 0;

	if (*here != place) {
		if (*here)
			r = write_block(file, *here, block);
		if (r < 0)
			return r;
		*here = 0;
		memset(block, 0, file->size);
		if (!fresh)
			r = read_block(file, place, block);
		if (r < 0)
			return r;
		*here = place;
	}
	*(void **)ret_block = block;
	return 0;
}

/* The chain's page of that number, made if there was none. */
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
		*node = (struct hashes_node){.number = number, .place = hashes->few.blocks + 1};
		found = tsearch(node, &chain->tree, by_number);
		if (!found) {
			free(node);
			return NULL;
		}
		hashes->few.blocks++;
		*ret_fresh = true;
	}
	chain->last = *(struct hashes_node **)found;
	return chain->last;
}

/* NULL if it is none of them. */
static struct hash_entry *look_up(struct hashes_few *few, uint8_t used, uint16_t number)
{
	for (size_t i = 0; i < used; i++)
		if (few->numbers[i] == number)
			return &few->entries[i];
	return NULL;
}

/* There is no more room among its few. */
static int move_page(struct hashes *hashes, struct hashes_node *node, const struct hashes_few *few)
{
	struct hashes_all *all;
	int r = fetch(&hashes->all, hashes->all.blocks + 1, true, &all);

	if (r < 0)
		return r;
	for (size_t i = 0; i < HASHES_FEW; i++)
		all->entries[few->numbers[i]] = few->entries[i];
	node->place = ++hashes->all.blocks;
	node->all = true;
	return 0;
}

/* @ret_entry stays NULL if the page has to be moved first, and was. */
static int at_few(struct hashes *hashes, struct hashes_node *node, bool fresh, uint16_t number,
		  struct hash_entry **ret_entry)
{
	struct hashes_few *few;
	int r = fetch(&hashes->few, node->place, fresh, &few);

	if (r < 0)
		return r;
	*ret_entry = look_up(few, node->used, number);
	if (*ret_entry)
		return 0;
	if (node->used == HASHES_FEW)
		return move_page(hashes, node, few);
	few->numbers[node->used] = number;
	*ret_entry = &few->entries[node->used++];
	return 0;
}

int hashes_at(struct hashes *hashes, struct hashes_chain *chain, uint64_t sequence,
	      struct hash_entry **ret_entry)
{
	bool fresh;
	struct hashes_node *node = find(hashes, chain, sequence / HASHES_PAGE, &fresh);
	struct hashes_all *all;
	int r = 0;

	*ret_entry = NULL;
	if (!node)
		return -ENOMEM;
	if (!node->all)
		r = at_few(hashes, node, fresh, sequence % HASHES_PAGE, ret_entry);
	if (r < 0 || *ret_entry)
		return r;
	r = fetch(&hashes->all, node->place, false, &all);
	if (r == 0)
		*ret_entry = &all->entries[sequence % HASHES_PAGE];
	return r;
}

struct walk {
	struct hashes *hashes;
	hashes_each_fn *each;
	void *user;
	int error;
};

static void tell(const struct walk *walk, uint64_t sequence, const struct hash_entry *entry)
{
	if (entry->state == HASH_SEEN)
		walk->each(walk->user, sequence, entry);
}

/* They stand in the order in which they came. */
static int walk_few(const struct walk *walk, const struct hashes_node *node)
{
	uint8_t places[HASHES_PAGE] = {};
	struct hashes_few *few;
	int r = fetch(&walk->hashes->few, node->place, false, &few);

	if (r < 0)
		return r;
	for (uint8_t i = 0; i < node->used; i++)
		places[few->numbers[i]] = i + 1;
	for (size_t i = 0; i < HASHES_PAGE; i++)
		if (places[i] > 0)
			tell(walk, node->number * HASHES_PAGE + i, &few->entries[places[i] - 1]);
	return 0;
}

static int walk_all(const struct walk *walk, const struct hashes_node *node)
{
	struct hashes_all *all;
	int r = fetch(&walk->hashes->all, node->place, false, &all);

	for (size_t i = 0; i < HASHES_PAGE && r == 0; i++)
		tell(walk, node->number * HASHES_PAGE + i, &all->entries[i]);
	return r;
}

static void walk_page(const void *where, VISIT visit, void *closure)
{
	const struct hashes_node *node = *(const struct hashes_node *const *)where;
	struct walk *walk = closure;

	if ((visit == postorder || visit == leaf) && walk->error == 0)
		walk->error = node->all ? walk_all(walk, node) : walk_few(walk, node);
}

int hashes_each(struct hashes *hashes, const struct hashes_chain *chain, hashes_each_fn *each,
		void *user)
{
	struct walk walk = {hashes, each, user, 0};

	twalk_r(chain->tree, walk_page, &walk);
	return walk.error;
}
