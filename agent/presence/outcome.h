/* What came of a log-in: the session that it began, or that it unlocked, or that has to end by it.
 * Where that can't be told, none. */
#ifndef SEKISHO_OUTCOME_H
#define SEKISHO_OUTCOME_H

#include "watches.h"

/* Takes down the person's screen that is locked while he or she shows the key: once it is unlocked
 * nobody can tell. */
void outcome_look_for_lock(const struct logind *logind, const struct login_note *note,
			   struct pending *pending);

/* One of @logind's; NULL: there is none, or not yet. */
const struct session *outcome_find(struct watches *watches, const struct logind *logind,
				   const struct login_note *note, const struct pending *pending,
				   int64_t now);

#endif
