/* What a row of an import takes from somebody who had it. */
#ifndef SEKISHO_CLI_IMPORT_EFFECT_H
#define SEKISHO_CLI_IMPORT_EFFECT_H

#include "transfer.h"

struct import_effect {
	bool shuts_out; /* who could log in today can't after it */
	uint32_t again; /* ... until that day; 0: for good */
	unsigned int lost; /* ROSTER_MAY_..., which went with the old position */
	uint32_t lost_from; /* ... from that day on */
};

/* Whether the roster lets the person in on @day, by a key or, with @code, by a one-time code. Pure.
 */
bool import_effect_may(const struct roster_person *person, bool code, uint32_t day);

/* The first day after @today on which it does; 0: none. Pure. */
uint32_t import_effect_again(const struct roster_person *person, bool code, uint32_t today);

/* The rights of a person on the day from which a row counts. Pure. */
unsigned int import_effect_rights(const struct transfer *transfer,
				  const struct roster_person *person);

/* Once the row made @person of one who had the rights @before: fills .lost and .lost_from. Pure. */
void import_effect_compare(const struct transfer *transfer, unsigned int before,
			   const struct roster_person *person, struct import_effect *effect);

#endif
