/* Each terminal's checkpoints over all its journals, key by key. */
#include "audit.h"

#include "cleanup.h"

#include <errno.h>
#include <string.h>

struct gathering {
	struct audit_span *list;
	size_t count;
};

static void count_spans(void *user, const struct audit_chain *chain)
{
	*(size_t *)user += chain->n_ended + 1;
}

static void gather(void *user, const struct audit_chain *chain)
{
	struct gathering *gathering = user;

	if (!chain->owner)
		return;
	for (size_t i = 0; i < chain->n_ended; i++)
		gathering->list[gathering->count++] = chain->ended[i];
	gathering->list[gathering->count++] = (struct audit_span){
		.chain = chain,
		.key = chain->owner,
		.first_period = chain->first_period,
		.last_period = chain->last_period,
		.continues = chain->n_ended > 0,
	};
}

static int by_key_and_period(const void *left, const void *right)
{
	const struct audit_span *one = left, *other = right;
	int order = strcmp(one->key->name, other->key->name);

	if (order)
		return order;
	if (one->key->generation != other->key->generation)
		return one->key->generation < other->key->generation ? -1 : 1;
	return (one->first_period > other->first_period) -
	       (one->first_period < other->first_period);
}

static struct audit_chain *chain_of(const struct audit_span *span)
{
	return (struct audit_chain *)span->chain;
}

/* What a lost key had sealed when the next one was made was here then. */
static void look_at_end(struct audit *audit, const struct terminal *key, uint64_t expected,
			struct audit_chain *chain)
{
	if (key->end.sequence > 0 && expected <= key->end.period)
		audit_found(audit, AUDIT_LOST_SEALS, chain, expected, key->end.period);
}

/* From @key back in time to @seen (NULL: none was), of which the periods up to @expected were. */
static void look_at_ends(struct audit *audit, const struct terminal *key,
			 const struct terminal *seen, uint64_t expected, struct audit_chain *chain)
{
	for (; key && key != seen; key = key->before)
		look_at_end(audit, key, 0, chain);
	if (seen)
		look_at_end(audit, seen, expected, chain);
}

/* The checkpoints before the span that may have been dropped with its journal's beginning: each was
 * a record. But whoever can write a journal tells of as many as he likes. Where an earlier one is
 * here, a second was begun with the seal in use, which nobody does without losing the first; then
 * those periods may as well have been the first one's, and are nowhere. */
static uint64_t dropped_periods(const struct audit_span *before, const struct audit_span *span)
{
	if (span->continues || (before && before->key == span->key))
		return 0;
	return span->chain->begins_dropped;
}

/* A terminal's periods go on where its journal was begun anew, so that a journal which is missing
 * as a whole leaves a hole, and a seal that is used in two places at once overlaps. One that was
 * followed by another gets no more checkpoints: what stands behind its last is nobody's. */
static void look_at_next(struct audit *audit, const struct audit_span *before,
			 const struct audit_span *span, uint64_t expected)
{
	struct audit_chain *chain = chain_of(span);
	uint64_t dropped = dropped_periods(before, span);

	if (span->first_period > expected + dropped && !span->verified)
		audit_found(audit, AUDIT_LOST_SEALS, chain, expected,
			    span->first_period - 1 - dropped);
	if (!before || before->chain == span->chain)
		return;
	if (before->key == span->key && (uint64_t)span->first_period + 1 < expected)
		audit_found(audit, AUDIT_KEY_ORDER, chain, chain->sealed, chain->sealed);
	if (before->chain->head.sequence > before->chain->sealed)
		audit_chain_unsealed(audit, chain_of(before));
}

static const struct terminal *present(const struct terminal *key)
{
	return key->present ? key->present : key;
}

static void look_at_all(struct audit *audit, const struct gathering *spans)
{
	const struct audit_span *before = NULL;
	uint64_t expected = 0;

	for (size_t i = 0; i < spans->count; i++) {
		const struct audit_span *span = &spans->list[i];

		if (before && present(before->key) != present(span->key)) {
			look_at_ends(audit, present(before->key), before->key, expected,
				     chain_of(before));
			before = NULL;
		}
		if (!before || before->key != span->key) {
			look_at_ends(audit, span->key->before, before ? before->key : NULL,
				     expected, chain_of(span));
			expected = 0;
		}
		look_at_next(audit, before, span, expected);
		if (span->last_period >= expected)
			expected = (uint64_t)span->last_period + 1;
		before = span;
	}
	if (before)
		look_at_ends(audit, present(before->key), before->key, expected, chain_of(before));
}

int audit_terminal_seals(struct audit *audit)
{
	_cleanup_free_ struct audit_span *list = NULL;
	struct gathering spans = {};
	size_t count = 0;

	audit_each(audit, count_spans, &count);
	list = calloc(count + 1, sizeof(*list));
	if (!list)
		return -ENOMEM;
	spans.list = list;
	audit_each(audit, gather, &spans);
	qsort(list, spans.count, sizeof(*list), by_key_and_period);
	look_at_all(audit, &spans);
	return 0;
}
