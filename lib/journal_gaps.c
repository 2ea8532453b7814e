#include "journal_gaps.h"

#include <errno.h>
#include <string.h>

void journal_gaps_begin(struct journal_gaps *gaps, journal_report_fn *report, void *user)
{
	memset(gaps, 0, sizeof(*gaps));
	gaps->report = report;
	gaps->user = user;
}

void journal_gaps_start(struct journal_gaps *gaps, uint64_t start)
{
	if (gaps->begun)
		return;
	gaps->begun = true;
	gaps->start = gaps->gone = gaps->gone_vouched = start;
}

void journal_gaps_end_of_segment(struct journal_gaps *gaps, const struct journal_head *last)
{
	uint64_t known;

	if (!gaps->begun)
		return;
	known = gaps->n_ends > 0 ? gaps->ends[gaps->n_ends - 1].sequence : gaps->start;

	if (last && last->sequence <= known)
		return; /* a segment that could take nothing */
	if (last && gaps->n_ends < JOURNAL_ENDS_MAX)
		gaps->ends[gaps->n_ends++] = *last;
	else
		gaps->ends_unknown = true;
}

static void report(const struct journal_gaps *gaps, const struct journal_gap *gap)
{
	if (gaps->report)
		gaps->report(gaps->user, &gap->finding);
}

static void forget(struct journal_gaps *gaps, size_t index)
{
	memmove(&gaps->list[index], &gaps->list[index + 1],
		(gaps->count - index - 1) * sizeof(gaps->list[0]));
	gaps->count--;
}

static bool is_beginning(const struct journal_gaps *gaps, const struct journal_gap *gap)
{
	return gap->finding.last <= gaps->start;
}

void journal_gaps_open(struct journal_gaps *gaps, const struct journal_gap *gap)
{
	if (gaps->count == JOURNAL_GAPS_MAX) {
		/* A record further down may account for the one at the beginning. */
		size_t oldest = is_beginning(gaps, &gaps->list[0]) ? 1 : 0;

		report(gaps, &gaps->list[oldest]);
		forget(gaps, oldest);
	}
	gaps->list[gaps->count++] = *gap;
}

bool journal_gaps_fill(struct journal_gaps *gaps, uint64_t sequence)
{
	for (size_t i = 0; i < gaps->count; i++) {
		struct journal_gap *gap = &gaps->list[i];
		struct journal_gap rest = *gap;

		if (sequence < gap->finding.sequence || sequence > gap->finding.last)
			continue;
		rest.finding.sequence = sequence + 1;
		gap->finding.last = sequence - 1;
		gap->between = false;
		if (gap->finding.last < gap->finding.sequence)
			forget(gaps, i);
		if (rest.finding.sequence <= rest.finding.last)
			journal_gaps_open(gaps, &rest);
		return true;
	}
	return false;
}

static bool is_end(const struct journal_head *last, uint64_t sequence,
		   const uint8_t hash[static JOURNAL_HASH_SIZE])
{
	return last->sequence == sequence && memcmp(last->hash, hash, JOURNAL_HASH_SIZE) == 0;
}

/* Where the range is here, whole segments up to exactly that record have to be. */
static bool contradicts(const struct journal_gaps *gaps, const struct journal_head *last)
{
	for (size_t i = 0; i < gaps->n_ends; i++)
		if (gaps->ends[i].sequence == last->sequence)
			return !is_end(last, gaps->ends[i].sequence, gaps->ends[i].hash);
	for (size_t i = 0; i < gaps->count; i++)
		if (last->sequence >= gaps->list[i].finding.sequence &&
		    last->sequence <= gaps->list[i].finding.last)
			return false;
	/* What went before may be told of again. */
	return last->sequence > gaps->gone && !gaps->ends_unknown;
}

int journal_gaps_tell(struct journal_gaps *gaps, const struct journal_dropped *dropped,
		      uint64_t teller)
{
	const struct journal_head *last = &dropped->last;

	if (contradicts(gaps, last))
		return -EBADMSG;
	/* The oldest goes first: what is not the beginning can't have gone. */
	if (dropped->first > gaps->gone + 1)
		return 0;
	if (last->sequence > gaps->gone)
		gaps->gone = last->sequence;
	for (size_t i = 0; i < gaps->count; i++) {
		struct journal_gap *gap = &gaps->list[i];
		const struct journal_finding *range = &gap->finding;

		if (!gap->between || last->sequence < range->sequence ||
		    last->sequence > range->last)
			continue;
		/* It accounts for all of the gap if it names exactly the record that is followed
		 * there; of a beginning that lost more than that the rest is missing. */
		if (last->sequence == range->last && !is_end(last, range->last, gap->hash))
			continue;
		gap->told = last->sequence;
		if (last->sequence == gaps->start)
			gaps->claim = teller;
	}
	if (!gaps->sealed)
		journal_gaps_vouch(gaps);
	return 0;
}

void journal_gaps_vouch(struct journal_gaps *gaps)
{
	for (size_t i = gaps->count; i > 0; i--) {
		struct journal_gap *gap = &gaps->list[i - 1];

		if (gap->told == gaps->start && gap->told > 0) {
			gaps->dropped = gaps->start;
			gaps->claim = 0;
		}
		if (gap->told == gap->finding.last)
			forget(gaps, i - 1);
		else if (gap->told > 0)
			gap->finding.sequence = gap->told + 1;
	}
	gaps->gone_vouched = gaps->gone;
}

void journal_gaps_doubt(struct journal_gaps *gaps)
{
	for (size_t i = 0; i < gaps->count; i++)
		gaps->list[i].told = 0;
	gaps->gone = gaps->gone_vouched;
}

void journal_gaps_end(struct journal_gaps *gaps)
{
	for (size_t i = 0; i < gaps->count; i++)
		report(gaps, &gaps->list[i]);
	gaps->count = 0;
}
