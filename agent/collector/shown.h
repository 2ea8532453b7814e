/* Which of a verification's findings are shown: not all, for memory and for whoever reads them, and
 * so that nobody hides other findings behind many of his own. Terminals choose what files are
 * called, and what journals they send. */
#ifndef SEKISHO_SHOWN_H
#define SEKISHO_SHOWN_H

#include "audit.h"

#define SHOWN_ONE_PLACE 1000 /* of a kind; of a file, a terminal, or a journal that is nobody's */
#define SHOWN_OF_MANY                                                                              \
	100000 /* of all files: each one's first, and the rest; of nobody's journals */

struct shown {
	uint64_t file; /* the place of .here, */
	const struct audit_chain *chain; /* if it is none */
	uint64_t here[AUDIT_DAMAGE_COUNT];
	uint64_t (*of_terminals)[AUDIT_DAMAGE_COUNT];
	uint64_t of_first, of_files, of_nobody;
	uint64_t hidden; /* so many were not shown */
};

/* -ENOMEM. */
int shown_begin(struct shown *shown, const struct terminals *terminals);
void shown_end(struct shown *shown);

/* Is it shown? Counts it, so it is asked once for each. @terminals: the same ones. */
bool shown_takes(struct shown *shown, const struct terminals *terminals,
		 const struct audit_finding *finding);

#endif
