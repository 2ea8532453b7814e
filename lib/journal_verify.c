#include "journal_verify.h"

#include "cleanup.h"
#include "journal_lines.h"

#include <errno.h>
#include <string.h>
#include <time.h>

struct counting {
	journal_report_fn *report;
	void *user;
	struct journal_summary *summary;
	struct journal_chain *chain;
	uint64_t all; /* findings of any kind */
};

static void count_finding(void *user, const struct journal_finding *finding)
{
	struct counting *counting = user;

	counting->all++;
	if (finding->damage == JOURNAL_UNREADABLE)
		counting->summary->unreadable++;
	else
		counting->summary->findings++;
	if (counting->report)
		counting->report(counting->user, finding);
}

/* Where the last line ends, and whether only zeros follow. */
static int find_end(int fd, uint64_t *ret_end, bool *ret_clean)
{
	struct journal_lines lines;
	const char *line;
	uint64_t offset;
	size_t length;
	int r;

	journal_lines_begin(&lines, fd, 0);
	do
		r = journal_lines_next(&lines, &line, &length, &offset);
	while (r > 0);
	if (r < 0)
		return r;
	*ret_end = lines.line_offset;
	*ret_clean = lines.line_length == 0 || lines.zero;
	return 0;
}

/* How much of the newest segment to judge: what a writer adds meanwhile is left for next time, but
 * a tail that does not move is not being written. */
static uint64_t settled_end(int fd, unsigned int settle_ms)
{
	const struct timespec pause = {.tv_nsec = (long)settle_ms * 1000000};
	uint64_t before, after;
	bool clean;

	if (settle_ms == 0 || find_end(fd, &before, &clean) < 0)
		return UINT64_MAX;
	nanosleep(&pause, NULL);
	if (clean)
		return before;
	if (find_end(fd, &after, &clean) < 0 || (after == before && !clean))
		return UINT64_MAX;
	return after;
}

static void judge_segment(int dirfd, const struct journal_segment *segment,
			  const struct journal_segment *next, unsigned int settle_ms,
			  struct journal_chain *chain)
{
	_cleanup_close_ int fd = -1;
	struct journal_header header;
	bool known = next && journal_segment_header(dirfd, next, &header) == 0;
	int r = journal_segment_open(dirfd, segment, false, &fd);

	/* Gone since we listed it: as if it had gone before. A record has to account for it. */
	if (r == -ENOENT)
		return;
	journal_chain_segment(chain, segment, known ? &header : NULL);
	if (r < 0)
		journal_chain_unreadable(chain);
	else
		journal_lines_feed(fd, next ? UINT64_MAX : settled_end(fd, settle_ms), chain);
}

/* A seal behind a record that the collector knows otherwise vouches for nothing: receipts first. */
static void look_from_outside(void *user, const struct journal_chain *chain,
			      const struct journal_record *record, uint64_t offset)
{
	const struct counting *counting = user;
	struct journal_seals *seals = &counting->summary->seals;
	struct journal_gaps *gaps = &counting->chain->gaps;
	enum journal_seal seal;

	journal_receipts_record(&counting->summary->receipts, chain, record, offset);
	seal = journal_seals_record(seals, chain, record, offset);
	if (seal == JOURNAL_SEAL_NONE)
		return;
	if (seal == JOURNAL_SEAL_GOOD)
		journal_gaps_vouch(gaps);
	else
		journal_gaps_doubt(gaps);
	/* A gap is told at the end only, in case what is missing stands further down. */
	if (counting->all == 0 && gaps->count == 0)
		seals->vouched = record->sequence;
}

int journal_verify(int dirfd, unsigned int settle_ms, journal_report_fn *report, void *user,
		   struct journal_summary *ret_summary)
{
	const struct journal_vouchers none = {};

	return journal_verify_against(dirfd, settle_ms, &none, report, user, ret_summary);
}

int journal_verify_sealed(int dirfd, unsigned int settle_ms, const struct sealkeys *keys,
			  journal_report_fn *report, void *user,
			  struct journal_summary *ret_summary)
{
	const struct journal_vouchers vouchers = {.keys = keys};

	return journal_verify_against(dirfd, settle_ms, &vouchers, report, user, ret_summary);
}

int journal_verify_against(int dirfd, unsigned int settle_ms,
			   const struct journal_vouchers *vouchers, journal_report_fn *report,
			   void *user, struct journal_summary *ret_summary)
{
	_cleanup_free_ struct journal_segment *segments = NULL;
	struct journal_summary summary = {};
	struct journal_chain chain;
	struct counting counting = {report, user, &summary, &chain, 0};
	size_t count;
	int r;

	r = journal_segment_list(dirfd, &segments, &count, &summary.foreign);
	if (r < 0)
		return r;
	if (count == 0)
		return -ENOENT;
	journal_chain_begin(&chain, count_finding, &counting);
	chain.gaps.sealed = vouchers->keys != NULL;
	journal_seals_begin(&summary.seals, vouchers->keys, count_finding, &counting);
	journal_receipts_begin(&summary.receipts, vouchers->receipts, vouchers->n_receipts,
			       count_finding, &counting);
	journal_chain_watch(&chain, look_from_outside, &counting);
	for (size_t i = 0; i < count; i++)
		judge_segment(dirfd, &segments[i], i + 1 < count ? &segments[i + 1] : NULL,
			      settle_ms, &chain);
	journal_chain_end(&chain);
	journal_seals_end(&summary.seals, &chain);
	journal_receipts_end(&summary.receipts, &chain, summary.unreadable == 0);
	summary.records = chain.records;
	summary.segments = count;
	memcpy(summary.reasons, chain.segments, sizeof(summary.reasons));
	summary.dropped = chain.gaps.dropped;
	summary.claim = chain.gaps.claim;
	summary.superseded = chain.superseded;
	summary.head = chain.head;
	*ret_summary = summary;
	return 0;
}
