#include "audit.h"

#include <errno.h>
#include <search.h>
#include <stdlib.h>
#include <string.h>

static const char *const damage_names[AUDIT_DAMAGE_COUNT] = {
	[AUDIT_ALTERED] = "altered",
	[AUDIT_FORKED] = "forked",
	[AUDIT_UNLINKED] = "unlinked",
	[AUDIT_DROPPED] = "dropped",
	[AUDIT_MISSING] = "missing",
	[AUDIT_BAD_SEAL] = "bad-seal",
	[AUDIT_UNKNOWN_KEY] = "unknown-key",
	[AUDIT_WRONG_TERMINAL] = "wrong-terminal",
	[AUDIT_KEY_ORDER] = "key-order",
	[AUDIT_LOST_SEALS] = "lost-seals",
	[AUDIT_UNSEALED] = "unsealed",
	[AUDIT_UNREADABLE] = "unreadable",
	[AUDIT_EXPIRED] = "expired",
	[AUDIT_MANY_JOURNALS] = "many-journals",
	[AUDIT_CROWD] = "crowd",
};

const char *audit_damage_name(enum audit_damage damage)
{
	return damage_names[damage];
}

int audit_begin(struct audit *audit, struct terminals *terminals, const char *temporary,
		audit_report_fn *report, void *user)
{
	memset(audit, 0, sizeof(*audit));
	audit->terminals = terminals;
	audit->now = time(NULL);
	audit->report = report;
	audit->user = user;
	audit->senders.limit = AUDIT_JOURNALS_OF_ADDRESS + (terminals ? terminals->count : 0);
	return hashes_open(&audit->hashes, temporary);
}

static void free_chain(void *node)
{
	struct audit_chain *chain = node;

	hashes_release(&chain->hashes);
	free(chain->dropped);
	free(chain->ended);
	free(chain);
}

void audit_release(struct audit *audit)
{
	tdestroy(audit->tree, free_chain);
	senders_release(&audit->senders);
	hashes_close(&audit->hashes);
}

void audit_found(struct audit *audit, enum audit_damage damage, struct audit_chain *chain,
		 uint64_t sequence, uint64_t last)
{
	/* What is missing or not sealed yet may still come; what was dropped was told; what was
	 * deleted says nothing of what follows. */
	bool spoils = damage != AUDIT_MISSING && damage != AUDIT_DROPPED &&
		      damage != AUDIT_UNSEALED && damage != AUDIT_EXPIRED;
	const struct audit_finding finding = {damage,	audit->file, audit->line, chain,
					      sequence, last,	     audit->files};

	if (chain) {
		chain->findings++;
		chain->spoiled |= spoils;
	}
	audit->findings++;
	audit->report(audit->user, &finding);
}

static void found(struct audit *audit, enum audit_damage damage, struct audit_chain *chain,
		  uint64_t sequence)
{
	audit_found(audit, damage, chain, sequence, sequence);
}

static int by_origin(const void *left, const void *right)
{
	const struct audit_chain *one = left, *other = right;
	int order = strcmp(one->host, other->host);

	return order ? order : strcmp(one->epoch, other->epoch);
}

struct audit_chain *audit_find(struct audit *audit, const char *host, const char *epoch)
{
	struct audit_chain wanted;
	void **place;

	memcpy(wanted.host, host, sizeof(wanted.host));
	memcpy(wanted.epoch, epoch, sizeof(wanted.epoch));
	if (audit->last && by_origin(audit->last, &wanted) == 0)
		return audit->last;
	place = tfind(&wanted, &audit->tree, by_origin);
	if (!place)
		return NULL;
	return audit->last = *place;
}

struct audit_chain *audit_make(struct audit *audit, const char *host, const char *epoch)
{
	struct audit_chain *chain = audit_find(audit, host, epoch);

	if (chain)
		return chain;
	chain = calloc(1, sizeof(*chain));
	if (!chain)
		return NULL;
	memcpy(chain->host, host, sizeof(chain->host));
	memcpy(chain->epoch, epoch, sizeof(chain->epoch));
	if (!tsearch(chain, &audit->tree, by_origin)) {
		free(chain);
		return NULL;
	}
	audit->chains++;
	return audit->last = chain;
}

static bool same_hash(const uint8_t left[static JOURNAL_HASH_SIZE],
		      const uint8_t right[static JOURNAL_HASH_SIZE])
{
	return memcmp(left, right, JOURNAL_HASH_SIZE) == 0;
}

/* What the record says of the one before it. */
static int name_predecessor(struct audit *audit, struct audit_chain *chain,
			    const struct journal_record *record)
{
	static const uint8_t origin[JOURNAL_HASH_SIZE];
	struct hash_entry *entry;
	int r;

	if (record->sequence == 1) {
		if (!same_hash(record->previous, origin))
			found(audit, AUDIT_UNLINKED, chain, 1);
		return 0;
	}
	r = hashes_at(&audit->hashes, &chain->hashes, record->sequence - 1, &entry);
	if (r < 0)
		return r;
	if (entry->state == HASH_UNKNOWN) {
		entry->state = HASH_NAMED;
		memcpy(entry->hash, record->previous, sizeof(entry->hash));
	} else if (!same_hash(entry->hash, record->previous)) {
		found(audit, AUDIT_UNLINKED, chain, record->sequence);
		r = hashes_at(&audit->hashes, &chain->hashes, record->sequence, &entry);
		if (r == 0)
			entry->doubtful = 1;
	}
	return r;
}

/* What the record says of itself. @ret_new: it was not there before. */
static int name_itself(struct audit *audit, struct audit_chain *chain,
		       const struct collected *collected, bool *ret_new)
{
	const struct journal_record *record = &collected->record;
	struct hash_entry *entry;
	int r;

	r = hashes_at(&audit->hashes, &chain->hashes, record->sequence, &entry);
	if (r < 0)
		return r;
	*ret_new = entry->state != HASH_SEEN;
	if (entry->state == HASH_SEEN) {
		if (same_hash(entry->hash, record->hash)) {
			chain->duplicates++;
		} else {
			found(audit, AUDIT_FORKED, chain, record->sequence);
			entry->doubtful = 1;
		}
		return 0;
	}
	if (entry->state == HASH_NAMED && !same_hash(entry->hash, record->hash)) {
		found(audit, AUDIT_UNLINKED, chain, record->sequence);
		entry->doubtful = 1;
	}
	entry->state = HASH_SEEN;
	memcpy(entry->hash, record->hash, sizeof(entry->hash));
	if (audit->terminals && sealed_is_checkpoint(record))
		audit_checkpoint(audit, chain, collected, entry);
	audit_note_list(chain, record);
	return audit_note_dropped(chain, record);
}

static void note_times(struct audit_chain *chain, time_t happened, time_t received)
{
	const int64_t delay = received - happened;

	if (received > chain->received)
		chain->received = received;
	if (!received || !happened)
		return;
	chain->late += delay > AUDIT_LATE_S;
	if (chain->timed == 0 || delay < chain->least_delay)
		chain->least_delay = delay;
	chain->timed++;
}

/* Once for each file. */
static void found_expired(struct audit *audit, struct audit_chain *chain, uint64_t sequence)
{
	if (chain->expired_told == audit->files)
		return;
	chain->expired_told = audit->files;
	audit_found(audit, AUDIT_EXPIRED, chain, sequence, chain->expired);
}

static int take(struct audit *audit, struct audit_chain *chain, const struct collected *collected,
		time_t received)
{
	const struct journal_record *record = &collected->record;
	time_t happened = collected_seconds(&audit->happened, &record->time);
	bool is_new;
	int r;

	if (audit->record)
		audit->record(audit->user, chain, record->sequence, happened);
	if (record->sequence <= chain->expired) {
		found_expired(audit, chain, record->sequence);
		return 0;
	}
	/* Looked at before, and nothing is left to compare it with. */
	if (record->sequence < chain->mark.head.sequence) {
		chain->duplicates++;
		return 0;
	}
	r = name_itself(audit, chain, collected, &is_new);
	if (r < 0 || !is_new)
		return r;
	chain->records++;
	note_times(chain, happened, received);
	/* The usual case needs no look into the table. */
	if (record->sequence != chain->head.sequence + 1 ||
	    !same_hash(record->previous, chain->head.hash))
		r = name_predecessor(audit, chain, record);
	if (record->sequence > chain->head.sequence) {
		chain->head.sequence = record->sequence;
		memcpy(chain->head.hash, record->hash, sizeof(chain->head.hash));
	}
	return r;
}

void audit_file(struct audit *audit, const char *name)
{
	audit->file = name;
	audit->line = 0;
	audit->files++;
}

/* The line is not looked at. */
static void leave(const struct audit *audit)
{
	if (audit->record)
		audit->record(audit->user, NULL, 0, 0);
}

/* The record's chain; NULL with 0: its sender began too many. */
static int begin_chain(struct audit *audit, const struct collected *collected,
		       struct audit_chain **ret_chain)
{
	struct sender *sender;

	*ret_chain = audit_find(audit, collected->host, collected->epoch);
	if (*ret_chain)
		return 0;
	sender = senders_find(&audit->senders, &collected->address);
	if (!sender)
		return -ENOMEM;
	if (sender->journals == audit->senders.limit) {
		leave(audit);
		if (sender->told != audit->files)
			audit_found(audit, AUDIT_CROWD, NULL, sender->journals, sender->journals);
		sender->told = audit->files;
		return 0;
	}
	*ret_chain = audit_make(audit, collected->host, collected->epoch);
	if (!*ret_chain)
		return -ENOMEM;
	sender->journals++;
	return 0;
}

int audit_line(struct audit *audit, const char *line, size_t length)
{
	struct audit_chain *chain;
	struct collected collected;
	time_t received;
	int r;

	audit->line++;
	audit->lines++;
	r = collected_parse(line, length, &collected);
	if (r == -ENOENT) {
		found(audit, AUDIT_ALTERED, NULL, 0);
		return 0;
	}
	received = collected_seconds(&audit->received, &collected.received);
	if (received >= audit->now) {
		audit->later++;
		leave(audit);
		return 0;
	}
	audit->torn += r == 0 && collected.glued;
	/* Only a record that is whole makes a chain: whoever alters lines can't invent terminals.
	 */
	if (r < 0) {
		chain = collected.host[0] ? audit_find(audit, collected.host, collected.epoch)
					  : NULL;
		found(audit, AUDIT_ALTERED, chain, collected.sequence);
		return 0;
	}
	r = begin_chain(audit, &collected, &chain);
	return r == 0 && chain ? take(audit, chain, &collected, received) : r;
}

void audit_file_end(struct audit *audit, bool torn)
{
	audit->torn += torn;
	if (torn && audit->torn_end)
		audit->torn_end(audit->user);
	audit->file = NULL;
	audit->line = 0;
}

void audit_unreadable(struct audit *audit)
{
	audit->line = 0;
	found(audit, AUDIT_UNREADABLE, NULL, 0);
}

struct each {
	audit_each_fn *function;
	void *user;
};

static void visit_chain(const void *where, VISIT visit, void *closure)
{
	const struct each *each = closure;

	if (visit == postorder || visit == leaf)
		each->function(each->user, *(const struct audit_chain *const *)where);
}

void audit_each(const struct audit *audit, audit_each_fn *each, void *user)
{
	struct each closure = {each, user};

	twalk_r(audit->tree, visit_chain, &closure);
}
