/* What undoing an import does to people and keys. */
#ifndef SEKISHO_CLI_UNDO_EFFECT_H
#define SEKISHO_CLI_UNDO_EFFECT_H

#include "peoplenames.h"

#include "agent/auth/rosterfile.h"

/* A revocation is not undone: keys of @before that are revoked in @now stay that, and those that
 * @now has no more, since they made room, are revoked @today. Prints each; how many there are. */
size_t undo_effect_keep_revoked(const struct rosterfile *now, struct rosterfile *before,
				uint32_t today);

/* Prints each person who gets in again, or no more, by @before instead of @now, today or from a
 * later day on; how many there are. @codes: who has a one-time code. */
size_t undo_effect_show_people(const struct rosterfile *now, const struct rosterfile *before,
			       const struct peoplenames *codes, uint32_t today);

#endif
