#include "journal_chain.h"

#include "journal_dropped.h"

#include <string.h>

static const char *const damage_names[JOURNAL_DAMAGE_COUNT] = {
	[JOURNAL_ALTERED] = "altered",	   [JOURNAL_MISSING] = "missing",
	[JOURNAL_REORDERED] = "reordered", [JOURNAL_DUPLICATE] = "duplicate",
	[JOURNAL_UNLINKED] = "unlinked",   [JOURNAL_BAD_HEADER] = "bad-header",
	[JOURNAL_TORN] = "torn",	   [JOURNAL_UNREADABLE] = "unreadable",
	[JOURNAL_BAD_SEAL] = "bad-seal",   [JOURNAL_UNKNOWN_KEY] = "unknown-key",
	[JOURNAL_KEY_ORDER] = "key-order", [JOURNAL_LOST_SEALS] = "lost-seals",
	[JOURNAL_UNSEALED] = "unsealed",
};

const char *journal_damage_name(enum journal_damage damage)
{
	return damage_names[damage];
}

static bool same_hash(const uint8_t left[static JOURNAL_HASH_SIZE],
		      const uint8_t right[static JOURNAL_HASH_SIZE])
{
	return memcmp(left, right, JOURNAL_HASH_SIZE) == 0;
}

void journal_chain_begin(struct journal_chain *chain, journal_report_fn *report, void *user)
{
	memset(chain, 0, sizeof(*chain));
	chain->report = report;
	chain->user = user;
}

void journal_chain_begin_within(struct journal_chain *chain, journal_report_fn *report, void *user)
{
	journal_chain_begin(chain, report, user);
	chain->blind = true;
}

void journal_chain_watch(struct journal_chain *chain, journal_record_fn *watch, void *user)
{
	chain->watch = watch;
	chain->watch_user = user;
}

static void tell(struct journal_chain *chain, const struct journal_finding *finding)
{
	if (chain->report)
		chain->report(chain->user, finding);
}

static struct journal_finding finding_here(struct journal_chain *chain, enum journal_damage damage,
					   uint64_t offset, uint64_t sequence)
{
	struct journal_finding finding = {
		.damage = damage,
		.line = chain->line,
		.offset = offset,
		.sequence = sequence,
		.last = sequence,
	};

	memcpy(finding.file, chain->file, sizeof(finding.file));
	chain->unsound = true;
	return finding;
}

static void found(struct journal_chain *chain, enum journal_damage damage, uint64_t offset,
		  uint64_t sequence)
{
	struct journal_finding finding = finding_here(chain, damage, offset, sequence);

	tell(chain, &finding);
}

static void drop_gap(struct journal_chain *chain, size_t index)
{
	memmove(&chain->gaps[index], &chain->gaps[index + 1],
		(chain->n_gaps - index - 1) * sizeof(chain->gaps[0]));
	chain->n_gaps--;
}

static void add_gap(struct journal_chain *chain, const struct journal_finding *gap)
{
	if (chain->n_gaps == JOURNAL_GAPS_MAX) {
		/* A record further down may account for the one at the beginning. */
		size_t oldest = chain->gaps[0].last <= chain->start.sequence ? 1 : 0;

		tell(chain, &chain->gaps[oldest]);
		drop_gap(chain, oldest);
	}
	chain->gaps[chain->n_gaps++] = *gap;
}

static void open_gap(struct journal_chain *chain, uint64_t offset, uint64_t first, uint64_t last)
{
	struct journal_finding gap = finding_here(chain, JOURNAL_MISSING, offset, first);

	gap.last = last;
	add_gap(chain, &gap);
}

/* Takes @sequence out of the gap it belongs to, if any. */
static bool fill_gap(struct journal_chain *chain, uint64_t sequence)
{
	for (size_t i = 0; i < chain->n_gaps; i++) {
		struct journal_finding *gap = &chain->gaps[i];
		struct journal_finding rest = *gap;

		if (sequence < gap->sequence || sequence > gap->last)
			continue;
		rest.sequence = sequence + 1;
		gap->last = sequence - 1;
		if (gap->last < gap->sequence)
			drop_gap(chain, i);
		if (rest.sequence <= rest.last)
			add_gap(chain, &rest);
		return true;
	}
	return false;
}

/* The place from which on the next segment holds everything once more. */
static void look_for_successor(struct journal_chain *chain)
{
	if (chain->has_successor && chain->head.sequence == chain->last_valid.sequence &&
	    same_hash(chain->head.hash, chain->last_valid.hash))
		chain->is_superseded = true;
}

void journal_chain_segment(struct journal_chain *chain, const struct journal_segment *segment,
			   const struct journal_header *next)
{
	chain->segment = *segment;
	journal_segment_name(segment, chain->file);
	chain->line = 0;
	chain->is_superseded = false;
	chain->has_successor = next && next->reason == JOURNAL_REASON_FAULT;
	if (chain->has_successor) {
		chain->last_valid.sequence = next->first - 1;
		memcpy(chain->last_valid.hash, next->previous, JOURNAL_HASH_SIZE);
	}
	chain->unsound = false;
	chain->sound = chain->head;
	chain->sound_end = 0;
	chain->synced_after = 0;
}

/* Another host or epoch follows only where a break is told, such as a disk moved to another
 * machine. */
static bool foreign_origin(const struct journal_chain *chain, const struct journal_header *header)
{
	return chain->have_origin && header->reason != JOURNAL_REASON_BREAK &&
	       (memcmp(chain->host, header->host, sizeof(header->host)) != 0 ||
		memcmp(chain->epoch, header->epoch, sizeof(header->epoch)) != 0);
}

/* The first segment's name and header tell what the journal begins after. */
static void note_start(struct journal_chain *chain, const struct journal_header *header)
{
	if (chain->begun)
		return;
	chain->begun = true;
	chain->start.sequence = chain->segment.first - 1;
	chain->start_known = header;
	if (header)
		memcpy(chain->start.hash, header->previous, JOURNAL_HASH_SIZE);
}

static void drop_gaps_within(struct journal_chain *chain, uint64_t first, uint64_t last)
{
	for (size_t i = chain->n_gaps; i > 0; i--)
		if (chain->gaps[i - 1].sequence >= first && chain->gaps[i - 1].last <= last)
			drop_gap(chain, i - 1);
}

/* A record of what was dropped accounts for the gap at the beginning if it names exactly the record
 * that the journal begins after: whatever else is missing there nobody told of. Its own range may
 * also have gone while we were reading, if all before it went, too. */
static void account_for_dropped(struct journal_chain *chain, const struct journal_record *record)
{
	struct journal_dropped dropped;

	if (journal_dropped_read(record, &dropped) < 0)
		return;
	if (!chain->unsound)
		chain->last_dropped = dropped.last;
	if (dropped.first > chain->start.sequence + 1 && dropped.first > chain->gone + 1)
		return;
	if (dropped.last.sequence > chain->gone)
		chain->gone = dropped.last.sequence;
	drop_gaps_within(chain, dropped.first, dropped.last.sequence);
	/* Of a beginning that lost more than that only the rest is missing. */
	for (size_t i = 0; i < chain->n_gaps; i++)
		if (chain->gaps[i].sequence <= dropped.first &&
		    chain->gaps[i].last <= chain->start.sequence &&
		    chain->gaps[i].last > dropped.last.sequence)
			chain->gaps[i].sequence = dropped.last.sequence + 1;
	if (chain->start.sequence == 0 || dropped.last.sequence != chain->start.sequence ||
	    (chain->start_known && !same_hash(dropped.last.hash, chain->start.hash)))
		return;
	drop_gaps_within(chain, 1, chain->start.sequence);
	chain->dropped = chain->start.sequence;
}

static void check_header(struct journal_chain *chain, const char *line, size_t length)
{
	struct journal_header header;
	uint64_t expected = chain->head.sequence + 1;

	if (journal_parse_header(line, length, &header) < 0 ||
	    header.first != chain->segment.first) {
		note_start(chain, NULL);
		found(chain, JOURNAL_BAD_HEADER, 0, chain->segment.first);
		/* Without a header to believe, the name is all there is. */
		if (chain->blind && chain->segment.first > chain->head.sequence)
			chain->head.sequence = chain->segment.first - 1;
		return;
	}
	note_start(chain, &header);
	/* NOLINTNEXTLINE(bugprone-branch-clone): told apart in this order, two end alike */
	if (foreign_origin(chain, &header)) {
		found(chain, JOURNAL_UNLINKED, 0, header.first);
	} else if (header.first < expected) {
		found(chain, JOURNAL_UNLINKED, 0, header.first);
	} else if (!chain->blind && header.first - expected > chain->bad_lines) {
		open_gap(chain, 0, expected + chain->bad_lines, header.first - 1);
	} else if (!chain->blind &&
		   (chain->bad_lines == 0 || header.reason == JOURNAL_REASON_BREAK) &&
		   !same_hash(header.previous, chain->head.hash)) {
		found(chain, JOURNAL_UNLINKED, 0, header.first);
	}
	memcpy(chain->host, header.host, sizeof(header.host));
	memcpy(chain->epoch, header.epoch, sizeof(header.epoch));
	chain->have_origin = true;
	chain->segments[header.reason]++;
	if (header.first < expected)
		return;
	chain->head.sequence = header.first - 1;
	memcpy(chain->head.hash, header.previous, JOURNAL_HASH_SIZE);
	chain->bad_lines = 0;
	chain->blind = false;
}

static void check_record(struct journal_chain *chain, const struct journal_record *record,
			 uint64_t offset)
{
	uint64_t expected = chain->head.sequence + 1;

	if (chain->unsound && record->synced > chain->synced_after)
		chain->synced_after = record->synced;
	if (record->sequence < expected) {
		found(chain,
		      fill_gap(chain, record->sequence) ? JOURNAL_REORDERED : JOURNAL_DUPLICATE,
		      offset, record->sequence);
		return;
	}
	if (chain->blind) {
		chain->blind = false;
	} else if (record->sequence - expected > chain->bad_lines) {
		open_gap(chain, offset, expected + chain->bad_lines, record->sequence - 1);
	} else if (record->sequence == expected && !same_hash(record->previous, chain->head.hash)) {
		found(chain, JOURNAL_UNLINKED, offset, record->sequence);
	}
	chain->head.sequence = record->sequence;
	memcpy(chain->head.hash, record->hash, JOURNAL_HASH_SIZE);
	chain->bad_lines = 0;
	chain->records++;
	if (chain->watch)
		chain->watch(chain->watch_user, chain, record, offset);
	account_for_dropped(chain, record);
}

void journal_chain_line(struct journal_chain *chain, const char *line, size_t length,
			uint64_t offset)
{
	struct journal_record record;

	chain->line++;
	if (chain->is_superseded) {
		chain->superseded++;
		return;
	}
	if (chain->line == 1) {
		check_header(chain, line, length);
		/* The header's line may be gone altogether. */
		if (journal_parse_event(line, length, &record) == 0)
			check_record(chain, &record, offset);
	} else if (journal_parse_event(line, length, &record) < 0) {
		chain->bad_lines++;
		found(chain, JOURNAL_ALTERED, offset, chain->head.sequence + chain->bad_lines);
	} else {
		check_record(chain, &record, offset);
	}
	if (!chain->unsound) {
		chain->sound = chain->head;
		chain->sound_end = offset + length + 1;
	}
	look_for_successor(chain);
}

void journal_chain_tail(struct journal_chain *chain, uint64_t offset, uint64_t length, bool zero)
{
	if (chain->is_superseded)
		return;
	chain->line++;
	if (chain->line == 1)
		check_header(chain, "", 0);
	else if (length > 0 && !zero)
		found(chain, JOURNAL_TORN, offset, chain->head.sequence + chain->bad_lines + 1);
}

void journal_chain_unreadable(struct journal_chain *chain)
{
	chain->line = 0;
	chain->begun = true;
	found(chain, JOURNAL_UNREADABLE, 0, chain->segment.first);
	chain->blind = true;
	if (chain->segment.first > chain->head.sequence)
		chain->head.sequence = chain->segment.first - 1;
}

void journal_chain_end(struct journal_chain *chain)
{
	for (size_t i = 0; i < chain->n_gaps; i++)
		tell(chain, &chain->gaps[i]);
	chain->n_gaps = 0;
}
