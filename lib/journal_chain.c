#include "journal_chain.h"

#include <string.h>

static bool same_hash(const uint8_t left[static JOURNAL_HASH_SIZE],
		      const uint8_t right[static JOURNAL_HASH_SIZE])
{
	return memcmp(left, right, JOURNAL_HASH_SIZE) == 0;
}

void journal_chain_begin(struct journal_chain *chain, journal_report_fn *report, void *user)
{
	memset(chain, 0, sizeof(*chain));
	journal_gaps_begin(&chain->gaps, report, user);
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
	/* No seal behind it vouches for what was told before it. */
	journal_gaps_doubt(&chain->gaps);
	return finding;
}

static void found(struct journal_chain *chain, enum journal_damage damage, uint64_t offset,
		  uint64_t sequence)
{
	struct journal_finding finding = finding_here(chain, damage, offset, sequence);

	if (chain->report)
		chain->report(chain->user, &finding);
}

/* @previous: the hash of @last. */
static void open_gap(struct journal_chain *chain, uint64_t offset, uint64_t first, uint64_t last,
		     const uint8_t previous[static JOURNAL_HASH_SIZE])
{
	struct journal_gap gap = {
		.finding = finding_here(chain, JOURNAL_MISSING, offset, first),
		.between = last == chain->segment.first - 1,
	};

	gap.finding.last = last;
	memcpy(gap.hash, previous, sizeof(gap.hash));
	journal_gaps_open(&chain->gaps, &gap);
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
	bool known = chain->bad_lines == 0 && !chain->blind;

	journal_gaps_end_of_segment(&chain->gaps, known ? &chain->head : NULL);
	journal_gaps_start(&chain->gaps, segment->first - 1);
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

static void check_header(struct journal_chain *chain, const char *line, size_t length)
{
	struct journal_header header;
	uint64_t expected = chain->head.sequence + 1;

	if (journal_parse_header(line, length, &header) < 0 ||
	    header.first != chain->segment.first) {
		found(chain, JOURNAL_BAD_HEADER, 0, chain->segment.first);
		/* Without a header to believe, the name is all there is. */
		if (chain->blind && chain->segment.first > chain->head.sequence)
			chain->head.sequence = chain->segment.first - 1;
		return;
	}
	/* NOLINTNEXTLINE(bugprone-branch-clone): told apart in this order, two end alike */
	if (foreign_origin(chain, &header)) {
		found(chain, JOURNAL_UNLINKED, 0, header.first);
	} else if (header.first < expected) {
		found(chain, JOURNAL_UNLINKED, 0, header.first);
	} else if (!chain->blind && header.first - expected > chain->bad_lines) {
		open_gap(chain, 0, expected + chain->bad_lines, header.first - 1, header.previous);
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
	struct journal_dropped dropped;

	if (chain->unsound && record->synced > chain->synced_after)
		chain->synced_after = record->synced;
	if (record->sequence < expected) {
		found(chain,
		      journal_gaps_fill(&chain->gaps, record->sequence) ? JOURNAL_REORDERED
									: JOURNAL_DUPLICATE,
		      offset, record->sequence);
		return;
	}
	if (chain->blind) {
		chain->blind = false;
	} else if (record->sequence - expected > chain->bad_lines) {
		open_gap(chain, offset, expected + chain->bad_lines, record->sequence - 1,
			 record->previous);
	} else if (record->sequence == expected && !same_hash(record->previous, chain->head.hash)) {
		found(chain, JOURNAL_UNLINKED, offset, record->sequence);
	}
	chain->head.sequence = record->sequence;
	memcpy(chain->head.hash, record->hash, JOURNAL_HASH_SIZE);
	chain->bad_lines = 0;
	chain->records++;
	if (chain->watch)
		chain->watch(chain->watch_user, chain, record, offset);
	if (journal_dropped_read(record, &dropped) == 0 &&
	    journal_gaps_tell(&chain->gaps, &dropped, record->sequence) < 0)
		found(chain, JOURNAL_WRONG_DROP, offset, record->sequence);
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
	found(chain, JOURNAL_UNREADABLE, 0, chain->segment.first);
	chain->blind = true;
	if (chain->segment.first > chain->head.sequence)
		chain->head.sequence = chain->segment.first - 1;
}

void journal_chain_end(struct journal_chain *chain)
{
	journal_gaps_end(&chain->gaps);
}
