/* What a row of an import takes from somebody who had it. */
#ifndef SEKISHO_CLI_IMPORT_EFFECT_H
#define SEKISHO_CLI_IMPORT_EFFECT_H

#include "transfer.h"

struct import_effect {
	uint32_t shuts_out; /* who could log in can't from that day on; 0: none is shut out */
	bool later; /* ... which is not today */
	uint32_t again; /* ... until that day; 0: for good */
	unsigned int lost; /* ROSTER_MAY_..., which went with the old position */
	uint32_t lost_from; /* ... from that day on */
};

/* Whether the roster lets the person in on @day, by a key or, with @code, by a one-time code. Pure.
 */
bool import_effect_may(const struct roster_person *person, bool code, uint32_t day);

/* The first day after @day on which it does; 0: none. Pure. */
uint32_t import_effect_again(const struct roster_person *person, bool code, uint32_t day);

/* What becomes of the log-ins of somebody who was @before and is @after, from @today on: the first
 * days of it, 0: none. Pure. */
struct import_change {
	uint32_t in; /* the person gets in, and did not */
	uint32_t out;
};
void import_effect_change(const struct roster_person *before, const struct roster_person *after,
			  bool code, uint32_t today, struct import_change *ret_change);

/* The rights of a person on the day from which a row counts. Pure. */
unsigned int import_effect_rights(const struct transfer *transfer,
				  const struct roster_person *person);

/* Once the row made @person of one who had the rights @before: fills .lost and .lost_from. Pure. */
void import_effect_compare(const struct transfer *transfer, unsigned int before,
			   const struct roster_person *person, struct import_effect *effect);

#endif
