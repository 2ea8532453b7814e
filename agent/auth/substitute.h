/* A log-in of somebody whose key is not at hand: a colleague vouches with a key of the own, and the
 * password stays the other factor, which is another module's. */
#ifndef SEKISHO_SUBSTITUTE_H
#define SEKISHO_SUBSTITUTE_H

#include "phonegroup.h"
#include "secondperson.h"

/* What is typed instead of an answer. */
#define SUBSTITUTE_WORD	     "substitute" /* the colleague is here */
#define SUBSTITUTE_TELEPHONE "telephone" /* the colleague is at another terminal */

struct substitute {
	/* The caller's. */
	bool here, telephone; /* which ways the service is named for */
	struct secondperson *second;
	struct lockout *lockout; /* of the person's own wrong answers */
	const char *group; /* file of the terminals that answer */
	const int *counters; /* the opened counters */

	/* The outcome, as far as it got. */
	bool chosen; /* nothing that the person has or knows was verified by us */
	bool by_telephone; /* that way was chosen */
	char terminal[PHONEGROUP_NAME]; /* that answered */
	uint32_t last_day; /* of the session, as roster_today() has it */
	uint32_t count; /* of the person's on that day, this one included */
};

/* The words that may be typed, for people; "": none. */
const char *substitute_words(const struct substitute *substitute);

/* Whether what was typed is such a word; then .by_telephone says which. */
bool substitute_is_meant(struct substitute *substitute, const char *typed);

/* The colleague is asked for and verified, here or by what another terminal answers. FAILURE_NONE:
 * the right is there, the person could use a key of the own today (none that is suspect) and is not
 * witnessed, and it is counted on the disk. */
enum failure substitute_run(struct substitute *substitute);

/* What the event of a log-in tells, and the fields of substitute.used that are not the log-in's. */
void substitute_describe(const struct substitute *substitute, struct event *event);
void substitute_describe_use(const struct substitute *substitute, struct event *event);

#endif
