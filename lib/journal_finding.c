#include "journal_finding.h"

static const char *const damage_names[JOURNAL_DAMAGE_COUNT] = {
	[JOURNAL_ALTERED] = "altered",
	[JOURNAL_MISSING] = "missing",
	[JOURNAL_REORDERED] = "reordered",
	[JOURNAL_DUPLICATE] = "duplicate",
	[JOURNAL_UNLINKED] = "unlinked",
	[JOURNAL_BAD_HEADER] = "bad-header",
	[JOURNAL_TORN] = "torn",
	[JOURNAL_UNREADABLE] = "unreadable",
	[JOURNAL_WRONG_DROP] = "wrong-drop",
	[JOURNAL_BAD_SEAL] = "bad-seal",
	[JOURNAL_UNKNOWN_KEY] = "unknown-key",
	[JOURNAL_KEY_ORDER] = "key-order",
	[JOURNAL_LOST_SEALS] = "lost-seals",
	[JOURNAL_UNSEALED] = "unsealed",
	[JOURNAL_REWRITTEN] = "rewritten",
	[JOURNAL_CUT] = "cut",
	[JOURNAL_OTHER_JOURNAL] = "other-journal",
	[JOURNAL_BAD_RECEIPT] = "bad-receipt",
};

const char *journal_damage_name(enum journal_damage damage)
{
	return damage_names[damage];
}
