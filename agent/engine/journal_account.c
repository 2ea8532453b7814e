/* Where the journal begins, and who told so. A record covers all before it, so that none may be
 * written where something went before that nobody told of. */
#include "journal_state.h"

#include "cleanup.h"
#include "journal_dropped.h"
#include "journal_lines.h"
#include "sealed.h"

#include <errno.h>
#include <string.h>

static bool is_head(const struct journal_head *left, const struct journal_head *right)
{
	return left->sequence == right->sequence &&
	       memcmp(left->hash, right->hash, JOURNAL_HASH_SIZE) == 0;
}

int journal_feed(const struct journal *journal, const struct journal_segment *segment,
		 const struct journal_header *next, struct journal_chain *chain)
{
	_cleanup_close_ int fd = -1;
	int r;

	journal_chain_segment(chain, segment, next);
	r = journal_segment_open(journal->store.dirfd, segment, false, &fd);
	return r == 0 ? journal_lines_feed(fd, UINT64_MAX, chain) : r;
}

/* Looks for a record that tells that all up to .wanted was dropped, and for the seal behind it. */
struct search {
	struct journal_head wanted;
	const struct sealkeys *keys; /* NULL: its word is enough */
	bool told, accounted;
	uint64_t next; /* the record to come */
};

/* No seal vouches across what is wrong. */
static void give_up(void *user, const struct journal_finding *finding)
{
	struct search *search = user;

	(void)finding;
	search->told = false;
}

/* The key of a good checkpoint, NULL if it is none. */
static const struct sealkey *find_key(const struct journal_record *record,
				      const struct journal_chain *chain,
				      const struct sealkeys *keys, struct sealed *sealed)
{
	const struct sealkey *key;

	if (!sealed_is_checkpoint(record) || !chain->have_origin ||
	    sealed_read(record, chain->host, chain->epoch, sealed) < 0)
		return NULL;
	key = sealkeys_find(keys, sealed->key_id);
	return key &&
			       sealend_allows(&key->end, chain->host, chain->epoch,
					      record->sequence, sealed->statement.period) &&
			       seal_check_signature(&sealed->statement, key->public_key,
						    sealed->marks.signature) == 0
		       ? key
		       : NULL;
}

static void look_at(void *user, const struct journal_chain *chain,
		    const struct journal_record *record, uint64_t offset)
{
	struct search *search = user;
	const struct sealkey *key;
	struct journal_dropped dropped;
	struct sealed sealed;

	(void)offset;
	if (search->accounted)
		return;
	if (record->sequence != search->next)
		search->told = false;
	search->next = record->sequence + 1;
	if (journal_dropped_read(record, &dropped) == 0 && is_head(&dropped.last, &search->wanted))
		search->told = true;
	if (!search->told)
		return;
	if (!search->keys) {
		search->accounted = true;
	} else if ((key = find_key(record, chain, search->keys, &sealed))) {
		search->accounted = sealed_vouches(&sealed, !key->end.before);
		search->told = false;
	}
}

/* Reads segment @index, and on while the seal has to come. */
static int look_from(const struct journal *journal, const struct journal_segment *segments,
		     size_t index, size_t count, struct search *search)
{
	_cleanup_free_ struct journal_chain *chain = malloc(sizeof(*chain));
	int r = 0;

	if (!chain)
		return -ENOMEM;
	journal_chain_begin_within(chain, give_up, search);
	journal_chain_watch(chain, look_at, search);
	search->told = false;
	do {
		struct journal_header next;
		bool known = index + 1 < count &&
			     journal_segment_header(journal->store.dirfd, &segments[index + 1],
						    &next) == 0;

		r = journal_feed(journal, &segments[index], known ? &next : NULL, chain);
	} while (r == 0 && search->told && !search->accounted && ++index < count);
	return r;
}

int journal_account(struct journal *journal, const struct journal_header *oldest,
		    const struct sealkeys *keys)
{
	_cleanup_free_ struct journal_segment *segments = NULL;
	struct search search = {.wanted = {.sequence = oldest->first - 1}, .keys = keys};
	size_t count;
	int r;

	memcpy(search.wanted.hash, oldest->previous, JOURNAL_HASH_SIZE);
	if (search.wanted.sequence == 0 || is_head(&journal->began, &search.wanted))
		return 0;
	r = journal_segment_list(journal->store.dirfd, &segments, &count, NULL);
	/* From the newest on: as a rule it stands in one of the last. */
	for (size_t i = count; r == 0 && i > 0 && !search.accounted; i--)
		r = look_from(journal, segments, i - 1, count, &search);
	if (r < 0)
		return r;
	if (!search.accounted)
		return -ENODATA;
	journal->began = search.wanted;
	return 0;
}

/* Is the event of that number the one that is wanted? */
struct comparison {
	const struct journal_head *wanted;
	bool same;
};

static void compare(void *user, const struct journal_chain *chain,
		    const struct journal_record *record, uint64_t offset)
{
	struct comparison *comparison = user;

	(void)record;
	(void)offset;
	comparison->same |= is_head(&chain->head, comparison->wanted);
}

int journal_has(const struct journal *journal, const struct journal_head *wanted)
{
	_cleanup_free_ struct journal_segment *segments = NULL;
	_cleanup_free_ struct journal_chain *chain = NULL;
	struct comparison comparison = {.wanted = wanted};
	size_t count;
	int r = journal_segment_list(journal->store.dirfd, &segments, &count, NULL);

	if (r < 0)
		return r;
	while (count > 0 && segments[count - 1].first > wanted->sequence)
		count--;
	if (count == 0)
		return 0;
	chain = malloc(sizeof(*chain));
	if (!chain)
		return -ENOMEM;
	journal_chain_begin_within(chain, NULL, NULL);
	journal_chain_watch(chain, compare, &comparison);
	r = journal_feed(journal, &segments[count - 1], NULL, chain);
	return r < 0 ? r : comparison.same;
}

int journal_begins(const struct journal *journal, uint64_t *ret_sequence)
{
	_cleanup_free_ struct journal_segment *segments = NULL;
	size_t count;
	int r = journal_segment_list(journal->store.dirfd, &segments, &count, NULL);

	if (r < 0)
		return r;
	if (count == 0)
		return -ENOENT;
	*ret_sequence = segments[0].first;
	return 0;
}
