/* A log-in of somebody whose key is not at hand: a colleague vouches with a key of the own, and the
 * password stays the other factor, which is another module's. */
#ifndef SEKISHO_SUBSTITUTE_H
#define SEKISHO_SUBSTITUTE_H

#include "secondperson.h"

#define SUBSTITUTE_WORD "substitute" /* what is typed instead of an answer */

struct substitute {
	/* The caller's. */
	bool offered; /* the service is named, and the person is at this terminal */
	struct secondperson *second;
	const int *counters; /* the opened counters */

	/* The outcome, as far as it got. */
	bool chosen; /* nothing that the person has or knows was verified by us */
	uint32_t count; /* of the person's today, this one included */
};

/* The colleague is asked for and verified. FAILURE_NONE: the right is there, the person could use a
 * key of the own today and is not witnessed, and it is counted on the disk. */
enum failure substitute_run(struct substitute *substitute);

/* What the event of a log-in tells, and the fields of substitute.used that are not the log-in's. */
void substitute_describe(const struct substitute *substitute, struct event *event);
void substitute_describe_use(const struct substitute *substitute, struct event *event);

#endif
