/* The collector's receipts (receipt.h) that are kept on this terminal, as far as they are its. */
#ifndef SEKISHO_KEPTRECEIPTS_H
#define SEKISHO_KEPTRECEIPTS_H

#include "journal_receipts.h"

struct keptreceipts {
	struct receipt list[JOURNAL_RECEIPTS_MAX];
	size_t count;
	/* One at @path that can't be used, and why, for a person. */
	void (*bad)(void *user, const char *path, const char *why);
	void *user;
};

/* Those of root's and of the agent's own, or that in @file alone, which must be there; NULL: none.
 * Whose they are @configuration says (collector.conf(5)). */
void keptreceipts_load(struct keptreceipts *receipts, const char *configuration, const char *file);

#endif
